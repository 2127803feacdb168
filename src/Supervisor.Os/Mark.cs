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
    internal const string Service = "SUPERVISOR_SERVICE";
    private const string Generation = "SUPERVISOR_GENERATION";
    internal const string StateDir = "SUPERVISOR_STATE_DIR";

    // More than there ever are, and one that is forged leaves room for those that follow.
    private const int MostGenerations = 1_000_000_000;

    /// <summary>The variables for a process of a service.</summary>
    public static IEnumerable<KeyValuePair<string, string>> For(string service, int generation, string stateDir) =>
    [
        KeyValuePair.Create(Service, service),
        KeyValuePair.Create(Generation, generation.ToString(CultureInfo.InvariantCulture)),
        KeyValuePair.Create(StateDir, stateDir),
    ];

    /// <summary>What a variable of the mark is, in an environment; null for nothing.</summary>
    internal static (string Service, int Generation, string StateDir)? In(string[] environment) =>
        Value(environment, StateDir) is { } folder
        && Value(environment, Service) is { } service
        && int.TryParse(Value(environment, Generation), NumberStyles.None, CultureInfo.InvariantCulture, out var generation) && generation < MostGenerations
            ? (service, generation, folder)
            : null;

    /// <summary>The value of a variable in an environment; null if it is not there.</summary>
    internal static string? Value(string[] variables, string name) =>
        Array.Find(variables, variable => variable.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];
}

/// <summary>
/// Reads the marks of processes, which say whose they are. An environment can be lost (Perl's <c>$0</c>, <c>setproctitle</c>, <c>env -i</c>):
/// then the log does, where it still is stdout or stderr. Anybody may write anything into his own environment, so a mark counts only with our
/// own user, or the user that the service is run as. Linux only: elsewhere there are none.
/// </summary>
/// <param name="stateDir">The state folder. What names another folder is another supervisor's, a copied folder's for one.</param>
/// <param name="logDir">Where the logs lie.</param>
/// <param name="services">The services that are configured, and the users that they become, where that is not our own.</param>
public sealed class MarkReader(string stateDir, string logDir, IEnumerable<(string Name, uint? User)> services)
{
    private readonly HashSet<(string Service, uint User)> users = [.. services.Where(service => service.User is not null).Select(service => (service.Name, service.User!.Value))];
    private readonly string[] names = [.. services.Select(service => service.Name)];
    private readonly string? home = Namespace(Environment.ProcessId);

    /// <summary>From here on the mark of this service counts with this user, too.</summary>
    public void Trust((string Service, uint User) user) => users.Add(user);

    /// <summary>The living processes that carry our mark.</summary>
    public IReadOnlyList<Bearer> Bearers() => OperatingSystem.IsLinux() ? [.. Read(ProcFiles.Processes(), areDescendants: false)] : [];

    /// <summary>What the mark of one process says; null if it carries none of ours.</summary>
    /// <param name="pid">A descendant of ours. Of others, a log alone says it only of those that lead a session, as all do that are started by a supervisor.</param>
    public Bearer? BearerOf(int pid) => OperatingSystem.IsLinux() ? Read([pid], areDescendants: true).FirstOrDefault() : null;

    private IEnumerable<Bearer> Read(IEnumerable<int> pids, bool areDescendants)
    {
        var uptime = ProcessStat.Uptime();
        var logs = new Lazy<Dictionary<FileId, string>>(Logs, isThreadSafe: false);
        return pids.Select(pid => Read(pid, logs, uptime, areDescendants)).OfType<Bearer>();
    }

    /// <summary>Whose each log is. There may be a thousand, so they are looked at only if somebody bears no mark.</summary>
    private Dictionary<FileId, string> Logs()
    {
        var logs = new Dictionary<FileId, string>();
        foreach (var name in names)
            if (FileOwner.IdAt(LogPath.Of(logDir, name)) is { } log)
                logs[log] = name;
        return logs;
    }

    /// <summary>Most processes are strangers, and there may be thousands: nothing is made of an environment without the mark.</summary>
    private Bearer? Read(int pid, Lazy<Dictionary<FileId, string>> logs, TimeSpan uptime, bool isDescendant)
    {
        if (pid == Environment.ProcessId)
            return null;
        var environment = ProcFiles.Bytes($"/proc/{pid}/environ");
        (string Service, int Generation)? claim = null;
        if (environment.AsSpan().IndexOf("SUPERVISOR_STATE_DIR="u8) < 0)
            claim = ByLog(pid, logs.Value);
        else if (Mark.In(Encoding.UTF8.GetString(environment).Split('\0')) is { } mark && IsOurs(pid, mark.StateDir))
            claim = (mark.Service, mark.Generation);
        return claim is var (service, generation)
            && ProcessStat.Read(pid) is { IsEnded: false } stat
            && UserOf(pid) is { } user
            && (user == Libc.EffectiveUser() || users.Contains((service, user)))
            && (generation > 0 || isDescendant || (stat.Session == pid && !IsSupervisedElsewhere(stat)))
                ? new(pid, stat.StartTime, stat.AgeAt(uptime), stat.Group, stat.Group == pid && stat.Session == pid, service, generation) { Parent = stat.Parent, Session = stat.Session }
                : null;
    }

    /// <summary>A path means what it means to the process that has it: a container may have one that is called the same.</summary>
    private bool IsOurs(int pid, string folder)
    {
        var isAtHome = Namespace(pid) == home;
        return (isAtHome && folder == stateDir) || (FileOwner.IdAt(isAtHome ? folder : $"/proc/{pid}/root{folder}") is { } there && there == FileOwner.IdAt(stateDir));
    }

    private static string? Namespace(int pid) => new FileInfo($"/proc/{pid}/ns/mnt").LinkTarget;

    private static (string Service, int Generation)? ByLog(int pid, Dictionary<FileId, string> logs) =>
        Enumerable.Range(1, 2).Select(descriptor => FileOwner.IdAt($"/proc/{pid}/fd/{descriptor}")).OfType<FileId>().Where(logs.ContainsKey).Select(log => ((string, int)?)(logs[log], 0)).FirstOrDefault();

    /// <summary>Two supervisors with one folder for their logs are a mistake, but none by which one may take the daemons of the other.</summary>
    private static bool IsSupervisedElsewhere(ProcessStat stat) =>
        stat.Parent != Environment.ProcessId && ProcessStat.Read(stat.Parent)?.Name == "supervisor";

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
/// <param name="Generation">Which process of that service it is, or descends from, counted from 1; 0 where that is not known, for it bears no mark but the log.</param>
public sealed record Bearer(int Pid, string StartTime, TimeSpan Age, int Group, bool IsLeader, string Service, int Generation)
{
    /// <summary>Its parent.</summary>
    public int Parent { get; init; }

    /// <summary>Its session.</summary>
    public int Session { get; init; }
}
