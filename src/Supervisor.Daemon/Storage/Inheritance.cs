namespace Supervisor.Daemon.Storage;

/// <summary>
/// What an earlier supervisor left, so that this one can go on as if it were the same: what it wrote down, put right by
/// what is found alive. It wrote a moment after it acted, so the last thing that it did may be missing.
/// </summary>
internal static class Inheritance
{
    /// <summary>The services to go on with, in no order.</summary>
    /// <param name="written">What was written down; empty if nothing was.</param>
    /// <param name="found">Who lives and bears a mark.</param>
    /// <param name="host">The machine.</param>
    /// <param name="now">On the machine's monotonic clock.</param>
    public static IReadOnlyList<ServiceRecord> Of(IReadOnlyList<ServiceRecord> written, IReadOnlyList<Bearer> found, IProcessHost host, TimeSpan now)
    {
        var records = written.ToDictionary(record => record.Name);
        var bearers = found.ToLookup(bearer => bearer.Service);
        var processes = new Lazy<IReadOnlyList<ProcessEntry>>(host.Processes); // One look for all, and only if it is wanted.
        var names = records.Keys.Union(bearers.Select(bearer => bearer.Key));
        return [.. names.Select(name => Heir(name, records.GetValueOrDefault(name), [.. bearers[name]], host, processes, now)).OfType<ServiceRecord>()];
    }

    /// <summary>
    /// A process that is proven by its id and its start time goes before all marks, which its own user can forge. Only where it and its session
    /// are gone can a newer one have been started since it was written down. One whose mark is lost is newer if it came after that.
    /// </summary>
    private static ServiceRecord? Heir(string name, ServiceRecord? record, IReadOnlyList<Bearer> bearers, IProcessHost host, Lazy<IReadOnlyList<ProcessEntry>> processes, TimeSpan now)
    {
        var newer = bearers.Where(bearer => bearer.Generation > (record?.State.Generation ?? 0) || (bearer is { Generation: 0, IsLeader: true } && (record?.Pid is null || !ProcessIdentity.HadStartedBy(bearer.StartTime, record.ProvenAt)))).ToLookup(bearer => bearer.Generation);
        if (newer.MaxBy(generation => generation.Key) is not { } newest)
            return record;
        return record is not null && Lives(record, host, processes)
            ? newest.Key > 0 ? record with { FalseClaim = newest.First() } : record
            : Found(name, record, [.. newest, .. bearers.Where(bearer => bearer is { Generation: 0, IsLeader: true } && newest.Any(member => member.Group == bearer.Pid || member.Session == bearer.Pid || member.Parent == bearer.Pid))], now);
    }

    /// <summary>Whether the process that was written down lives, or something of its session does.</summary>
    private static bool Lives(ServiceRecord record, IProcessHost host, Lazy<IReadOnlyList<ProcessEntry>> processes)
    {
        if (record.Pid is not { } pid)
            return false;
        if (host.IsStill(pid, record.StartTime))
            return true;
        var proof = new GroupProof(host, pid, record.StartTime ?? "", record.ProvenAt);
        return proof.SessionAmong(processes.Value).Count > 0 || proof.ClaimantsAmong(processes.Value, record.Name).Any();
    }

    /// <summary>
    /// A process that was not written down leads a session, and is older than all that left it. Where nobody does, the leader has ended, or
    /// is somebody else: it is taken for dead then, and all that carry the mark for what it left.
    /// </summary>
    private static ServiceRecord Found(string name, ServiceRecord? record, IReadOnlyList<Bearer> bearers, TimeSpan now)
    {
        var leader = bearers.Where(bearer => bearer.IsLeader).OrderByDescending(bearer => bearer.Age).ThenBy(bearer => bearer.Pid).FirstOrDefault();
        var (state, process) = (record?.State ?? ServiceState.Initial, leader ?? bearers[0]);
        var phase = new Phase.Running(process.Pid, now - process.Age, null);
        return new(
            name,
            state with { Goal = Goal.Up, Phase = phase, Generation = Math.Max(state.Generation, bearers[0].Generation), Probes = new(Health.Starting, 0, null, false) },
            leader?.StartTime,
            record?.LastExit,
            record?.Stop ?? StopPolicy.Default,
            null);
    }
}
