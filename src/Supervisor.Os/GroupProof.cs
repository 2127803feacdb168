namespace Supervisor.Os;

/// <summary>
/// Whether a group is the one that it was, though its leader is no child of ours, and may have ended. The kernel gives no id away while a
/// session bears it, and nobody comes into a session but by birth: so if one member was there when the leader was known to be ours, or when
/// it was last looked, all members are ours.
/// </summary>
/// <param name="host">The machine.</param>
/// <param name="group">The group, and its session: the leader's id.</param>
/// <param name="startTime">The leader's start time; empty if it is not known.</param>
/// <param name="until">The last moment at which the group was known to be ours; null as long as the leader lives.</param>
public sealed class GroupProof(IProcessHost host, int group, string startTime, string? until)
{
    /// <summary>All of the session, as it was last looked; none if they were not proven to be ours.</summary>
    public HashSet<ProcessEntry> Session { get; private set; } = [];

    /// <summary>The leader has ended, just now.</summary>
    public void LeaderEnded() => until ??= host.Moment();

    /// <summary>Whether the leader lives.</summary>
    public bool HasLeader => host.StartTimeOf(group) == startTime;

    /// <summary>
    /// Whether anybody lives in the group. An earlier look at all processes will mostly do: who was seen and lives is a member still, and
    /// where nobody of the session was seen, nobody can have been born into it since.
    /// </summary>
    /// <param name="earlier">All processes, at some moment since the leader started.</param>
    /// <param name="lookAgain">Looks at all processes.</param>
    public bool HasMember(IReadOnlyList<ProcessEntry> earlier, Func<IReadOnlyList<ProcessEntry>> lookAgain) =>
        HasOneOf(Session) || HasOneOf(Proven(earlier)) || (earlier.Any(process => process.Session == group) && HasOneOf(Proven(lookAgain())));

    private bool HasOneOf(HashSet<ProcessEntry> session) => session.Any(process => process.Group == group && host.Find(process.Pid) == process);

    /// <summary>Of a session that is not proven, those who show by a mark or a log that they are this service's: they may have been born after it last was.</summary>
    public IEnumerable<ProcessEntry> ClaimantsAmong(IReadOnlyList<ProcessEntry> processes, string service) =>
        processes.Where(process => process.Session == group && process.Pid != group && host.BearerOf(process.Pid)?.Service == service);

    /// <summary>The living members of the group; none if they are not proven to be ours.</summary>
    public IReadOnlyList<ProcessEntry> Members(IReadOnlyList<ProcessEntry> processes) => [.. SessionAmong(processes).Where(process => process.Group == group)];

    /// <summary>The same of the whole session.</summary>
    public IReadOnlyCollection<ProcessEntry> SessionAmong(IReadOnlyList<ProcessEntry> processes) => Session = Proven(processes);

    private HashSet<ProcessEntry> Proven(IReadOnlyList<ProcessEntry> processes)
    {
        HashSet<ProcessEntry> session = [.. processes.Where(process => process.Session == group)];
        var moment = until ?? host.Moment();
        var isGivenAway = session.Any(process => process.Pid == group && process.StartTime != startTime);
        return startTime.Length > 0 && !isGivenAway && session.Any(process => Session.Any(known => (known.Pid, known.StartTime) == (process.Pid, process.StartTime)) || ProcessIdentity.HadStartedBy(process.StartTime, moment)) ? session : [];
    }
}
