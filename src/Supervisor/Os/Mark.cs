using System.Globalization;
using System.Text;

namespace Supervisor.Os;

/// <summary>
/// What every daemon carries in its environment, and hands on to all that comes of it: whose it is. It is there from the
/// first instant of a process, so there is no moment in which a supervisor can die and leave a daemon that its successor
/// would not recognize.
/// </summary>
internal static class Mark
{
    private const string Service = "SUPERVISOR_SERVICE";
    private const string Generation = "SUPERVISOR_GENERATION";
    private const string StateDir = "SUPERVISOR_STATE_DIR";

    /// <summary>The variables for a process of a service.</summary>
    public static IEnumerable<KeyValuePair<string, string>> For(string service, int generation, string stateDir) =>
    [
        KeyValuePair.Create(Service, service),
        KeyValuePair.Create(Generation, generation.ToString(CultureInfo.InvariantCulture)),
        KeyValuePair.Create(StateDir, stateDir),
    ];

    /// <summary>
    /// The living processes that carry the mark of this state folder; only those of our own user, for anybody may write
    /// anything into his own environment. Linux only: elsewhere none.
    /// </summary>
    public static IReadOnlyList<Bearer> Bearers(string stateDir) =>
        OperatingSystem.IsLinux() ? BearersOnLinux(Encoding.UTF8.GetBytes($"{StateDir}={stateDir}\0")) : [];

    private static List<Bearer> BearersOnLinux(byte[] mark)
    {
        var uptime = ProcessStat.Uptime();
        var bearers = new List<Bearer>();
        foreach (var pid in ProcFiles.Processes())
            if (Read(pid, mark, uptime) is { } bearer)
                bearers.Add(bearer);
        return bearers;
    }

    /// <summary>Most processes are strangers, and there may be thousands: nothing is made of an environment without the mark.</summary>
    private static Bearer? Read(int pid, byte[] mark, TimeSpan uptime)
    {
        var environment = ProcFiles.Bytes($"/proc/{pid}/environ");
        if (environment.AsSpan().IndexOf(mark) < 0)
            return null;
        var variables = Encoding.UTF8.GetString(environment).Split('\0');
        return variables.Contains(Encoding.UTF8.GetString(mark.AsSpan()[..^1]))
            && InheritedEnvironment.Value(variables, Service) is { } service
            && int.TryParse(InheritedEnvironment.Value(variables, Generation), NumberStyles.None, CultureInfo.InvariantCulture, out var generation)
            && ProcessStat.Read(pid) is { IsEnded: false } stat
            && pid != Environment.ProcessId
            && IsOfOurUser(pid)
            ? new(pid, stat.StartTime, stat.AgeAt(uptime), stat.Group, stat.Group == pid && stat.Session == pid, service, generation)
            : null;
    }

    private static bool IsOfOurUser(int pid) =>
        ProcFiles.Text($"/proc/{pid}/status").Contains($"Uid:\t{Libc.EffectiveUser()}\t", StringComparison.Ordinal);
}
