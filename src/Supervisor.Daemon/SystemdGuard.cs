using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Supervisor.Daemon;

/// <summary>systemd, by the protocol of sd_notify(3): one datagram a message, to the socket that it names.</summary>
internal sealed class SystemdGuard : IGuard
{
    private const string NotifySocket = "NOTIFY_SOCKET";
    private const string WatchdogTime = "WATCHDOG_USEC";
    private const string WatchdogProcess = "WATCHDOG_PID";

    private readonly Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
    private readonly UnixDomainSocketEndPoint address;

    private SystemdGuard(UnixDomainSocketEndPoint address, TimeSpan? aliveEvery)
    {
        this.address = address;
        AliveEvery = aliveEvery;
    }

    public bool Listens => true;

    public TimeSpan? AliveEvery { get; }

    /// <summary>The guard that an environment names; nobody if it names none that can be spoken to.</summary>
    /// <param name="variables">The value of a variable, or null.</param>
    /// <param name="self">The id of this process.</param>
    public static IGuard From(Func<string, string?> variables, int self)
    {
        try
        {
            return AddressOf(variables(NotifySocket)) is { } address ? new SystemdGuard(address, AliveEveryOf(variables, self)) : NoGuard.Instance;
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            // Without descriptors, or of an impossible length. A supervisor without a guard is better than none.
            return NoGuard.Instance;
        }
    }

    public bool Tell(string message)
    {
        try
        {
            socket.SendTo(Encoding.UTF8.GetBytes(message), address);
            return true;
        }
        catch (SocketException e)
        {
            // Whoever is not there any more does not want to be told again; supervision goes on unguarded.
            return e.SocketErrorCode is not (SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable);
        }
    }

    public void Dispose() => socket.Dispose();

    /// <summary>An absolute path, or with @ in front a name in the abstract namespace, which .NET writes with a zero byte.</summary>
    private static UnixDomainSocketEndPoint? AddressOf(string? name) => name switch
    {
        ['/', _, ..] => new(name),
        ['@', _, ..] => new($"\0{name[1..]}"),
        _ => null,
    };

    /// <summary>Half of the time after which it takes us for dead, as sd_watchdog_enabled(3) advises; only if we are meant.</summary>
    private static TimeSpan? AliveEveryOf(Func<string, string?> variables, int self)
    {
        var isForUs = variables(WatchdogProcess) is not { Length: > 0 } pid || pid == self.ToString(CultureInfo.InvariantCulture);
        return isForUs && ulong.TryParse(variables(WatchdogTime), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds is >= 2 and <= long.MaxValue
            ? TimeSpan.FromMicroseconds(microseconds / 2)
            : null;
    }
}
