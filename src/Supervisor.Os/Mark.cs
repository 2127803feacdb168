using System.Globalization;
using System.Text;

namespace Supervisor.Os;

/// <summary>
/// What every daemon carries in its environment, and hands on to all that comes of it: whose it is. It is there from the
/// first instant of a process, so there is no moment in which a supervisor can die and leave a daemon that its successor
/// would not recognize.
/// </summary>
public static class Mark
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
    /// The living processes that carry the mark of this state folder; only those of our own user, or of the user that the
    /// service is run as, for anybody may write anything into his own environment. Linux only: elsewhere none.
    /// </summary>
    public static IReadOnlyList<Bearer> Bearers(string stateDir, IReadOnlySet<(string Service, uint User)> users) =>
        OperatingSystem.IsLinux() ? BearersOnLinux(Encoding.UTF8.GetBytes($"{StateDir}={stateDir}\0"), users) : [];

    private static List<Bearer> BearersOnLinux(byte[] mark, IReadOnlySet<(string Service, uint User)> users)
    {
        var uptime = ProcessStat.Uptime();
        var bearers = new List<Bearer>();
        foreach (var pid in ProcFiles.Processes())
            if (Read(pid, mark, users, uptime) is { } bearer)
                bearers.Add(bearer);
        return bearers;
    }

    /// <summary>Most processes are strangers, and there may be thousands: nothing is made of an environment without the mark.</summary>
    private static Bearer? Read(int pid, byte[] mark, IReadOnlySet<(string Service, uint User)> users, TimeSpan uptime)
    {
        var environment = ProcFiles.Bytes($"/proc/{pid}/environ");
        if (environment.AsSpan().IndexOf(mark) < 0)
            return null;
        var variables = Encoding.UTF8.GetString(environment).Split('\0');
        return variables.Contains(Encoding.UTF8.GetString(mark.AsSpan()[..^1]))
            && Value(variables, Service) is { } service
            && int.TryParse(Value(variables, Generation), NumberStyles.None, CultureInfo.InvariantCulture, out var generation)
            && ProcessStat.Read(pid) is { IsEnded: false } stat
            && pid != Environment.ProcessId
            && UserOf(pid) is { } user
            && (user == Libc.EffectiveUser() || users.Contains((service, user)))
            ? new(pid, stat.StartTime, stat.AgeAt(uptime), stat.Group, stat.Group == pid && stat.Session == pid, service, generation) { Parent = stat.Parent }
            : null;
    }

    private static string? Value(string[] variables, string name) =>
        Array.Find(variables, variable => variable.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];

    /// <summary>The real user, the first of four.</summary>
    private static uint? UserOf(int pid)
    {
        const string Label = "\nUid:\t";
        var status = ProcFiles.Text($"/proc/{pid}/status");
        var start = status.IndexOf(Label, StringComparison.Ordinal) + Label.Length;
        return start >= Label.Length && uint.TryParse(status[start..].Split('\t', 2)[0], NumberStyles.None, CultureInfo.InvariantCulture, out var user) ? user : null;
    }
}

/// <summary>A living process that carries our <see cref="Mark"/>.</summary>
/// <param name="Pid">Its id.</param>
/// <param name="StartTime">Its start time, in the system's own raw unit.</param>
/// <param name="Age">How long it has been running.</param>
/// <param name="Group">Its process group.</param>
/// <param name="IsLeader">Whether it leads a session of its own, as every process does that the supervisor starts; so may a descendant of one.</param>
/// <param name="Service">The service that it was started for, or descends from.</param>
/// <param name="Generation">The how manieth process of that service it is, or descends from.</param>
public sealed record Bearer(int Pid, string StartTime, TimeSpan Age, int Group, bool IsLeader, string Service, int Generation)
{
    /// <summary>Its parent.</summary>
    public int Parent { get; init; }
}
