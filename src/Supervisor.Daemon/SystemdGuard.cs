using System.Globalization;
using System.Text;
using Supervisor.Daemon.Supervision;

namespace Supervisor.Daemon;

/// <summary>systemd, by the protocol of sd_notify(3): one datagram a message, to the socket that it names.</summary>
internal static class SystemdGuard
{
    /// <summary>The guard that an environment names; null if it names none that can be spoken to.</summary>
    /// <param name="variables">The value of a variable, or null.</param>
    /// <param name="self">The id of this process.</param>
    public static Guard? From(Func<string, string?> variables, int self)
    {
        if (AddressOf(variables("NOTIFY_SOCKET")) is not { } address)
            return null;
        // Without a descriptor there is no guard, and that is better than no supervisor.
        var socket = Descriptors.Datagram(address.Family);
        return socket < 0 ? null : new(message => Tell(socket, address, message), AliveEveryOf(variables, self));
    }

    /// <summary>Whoever is not there any more does not want to be told again; supervision goes on unguarded.</summary>
    private static bool Tell(int socket, NativeAddress address, string message) =>
        Descriptors.SendTo(socket, Encoding.UTF8.GetBytes(message), address) is var sent && (sent >= 0 || !(Descriptors.IsNotYet(sent) || Descriptors.IsOurs(sent)));

    /// <summary>An absolute path, or with @ in front a name in the abstract namespace. No path is longer than that of a control socket may be.</summary>
    private static NativeAddress? AddressOf(string? name) => name switch
    {
        ['/' or '@', _, ..] when Encoding.UTF8.GetByteCount(name) <= ControlSocketPath.MaxBytes => NativeAddress.Unix(name),
        _ => null,
    };

    /// <summary>Half of the time after which it takes us for dead, as sd_watchdog_enabled(3) advises; only if we are meant.</summary>
    private static TimeSpan? AliveEveryOf(Func<string, string?> variables, int self)
    {
        var isForUs = variables("WATCHDOG_PID") is not { Length: > 0 } pid || pid == self.ToString(CultureInfo.InvariantCulture);
        return isForUs && ulong.TryParse(variables("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds is >= 2 and <= long.MaxValue
            ? TimeSpan.FromMicroseconds(microseconds / 2)
            : null;
    }
}
