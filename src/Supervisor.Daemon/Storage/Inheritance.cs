using System.Globalization;

namespace Supervisor.Daemon.Storage;

/// <summary>
/// What an earlier supervisor left, so that this one can go on as if it were the same: what it wrote down, put right by
/// what is found alive. It wrote a moment after it acted, so the last thing that it did may be missing.
/// </summary>
internal static class Inheritance
{
    /// <summary>The services to go on with, in no order.</summary>
    /// <param name="written">What was written down; empty if nothing was.</param>
    /// <param name="host">The machine.</param>
    /// <param name="now">On the machine's monotonic clock.</param>
    /// <exception cref="IOException">It cannot be told which of the living is a service's process. No second one may be started then.</exception>
    public static IReadOnlyList<ServiceRecord> Of(IReadOnlyList<ServiceRecord> written, IProcessHost host, TimeSpan now)
    {
        var records = written.ToDictionary(record => record.Name);
        var bearers = host.Bearers().ToLookup(bearer => bearer.Service);
        var names = records.Keys.Union(bearers.Select(bearer => bearer.Key));
        return [.. names.Select(name => Heir(name, records.GetValueOrDefault(name), [.. bearers[name]], host, now))];
    }

    private static ServiceRecord Heir(string name, ServiceRecord? record, IReadOnlyList<Bearer> bearers, IProcessHost host, TimeSpan now)
    {
        var newest = bearers.Select(bearer => bearer.Generation).DefaultIfEmpty(0).Max();
        var isAlive = record?.Pid is { } pid && (host.IsChild(pid) || (record.StartTime is { } started && host.StartTimeOf(pid) == started));
        // Of a newer generation than was written down: it was started after that.
        if (newest > (record?.State.Generation ?? 0))
            return isAlive
                ? throw Doubt(name, record!.Pid!.Value, bearers.First(bearer => bearer.Generation == newest).Group)
                : Found(name, record, [.. bearers.Where(bearer => bearer.Generation == newest)], host, now);
        if (record is { Pid: { } recorded, StartTime: { } time } && !isAlive && bearers.FirstOrDefault(bearer => (bearer.Pid, bearer.StartTime) != (recorded, time) && IsNoDescendant(bearer, record.State.Generation, recorded, time)) is { } other)
            throw Doubt(name, recorded, other.Pid);
        return record!;
    }

    /// <summary>What descends from a process starts after it. So this, if it is not the very one, which has died since it was looked for, is no stray of the one that was written down, but contradicts it.</summary>
    private static bool IsNoDescendant(Bearer leader, int generation, int pid, string startTime) =>
        leader.IsLeader && leader.Generation == generation && long.TryParse(startTime, CultureInfo.InvariantCulture, out var recorded)
        && (Started(leader) < recorded || (Started(leader) == recorded && leader.Pid < pid)); // ids of one clock tick are given in order

    /// <summary>
    /// A process that was not written down leads a group of those that carry its mark. Where there are several groups, it
    /// cannot be told from what it left behind or set loose, so all of them have to go: it is taken for dead.
    /// </summary>
    private static ServiceRecord Found(string name, ServiceRecord? record, IReadOnlyList<Bearer> bearers, IProcessHost host, TimeSpan now)
    {
        var groups = bearers.Select(bearer => bearer.Group).Distinct().ToList();
        var state = record?.State ?? ServiceState.Initial;
        var phase = new Phase.Running(groups[0], now - bearers.Max(bearer => bearer.Age), null);
        return new(
            name,
            state with { Goal = Goal.Up, Phase = phase, Generation = bearers[0].Generation, Probes = new(Health.Starting, 0, null, false) },
            groups.Count == 1 ? host.StartTimeOf(groups[0]) : null,
            record?.LastExit,
            record?.Stop ?? StopPolicy.Default,
            null)
        {
            Leftovers = [.. groups.Skip(1)],
        };
    }

    private static long Started(Bearer bearer) => long.Parse(bearer.StartTime, CultureInfo.InvariantCulture);

    private static IOException Doubt(string name, int recorded, int found) => new(
        $"an earlier supervisor left {name} (pid {found}) running, but wrote down that its process is pid {recorded}, and it cannot be told which is right; "
        + $"no second one is started. Look at them (ps -fp {recorded},{found}), stop what is {name}'s, and start again");
}
