using Supervisor.Os;

namespace Supervisor.Simulation;

/// <summary>
/// A machine with processes, groups, orphans and very few process ids, so that each is used again soon, and gladly by a
/// stranger. It knows what may be done to whom, and says so.
/// </summary>
internal sealed class SimulatedMachine(World world, Scenario scenario) : IProcessHost
{
    private readonly SortedDictionary<int, SimulatedProcess> processes = [];
    private readonly int[] generations = new int[scenario.Services.Count];
    private Dice dice = new(scenario.Seed ^ 0xD1CE);
    private int nextPid = 2;

    /// <summary>The living and the zombies.</summary>
    public IEnumerable<SimulatedProcess> Processes => processes.Values;

    /// <summary>The unreaped leader of a service's newest process; null for none.</summary>
    public SimulatedProcess? LeaderOf(int service) => service < 0
        ? null
        : processes.Values.FirstOrDefault(process => process.Service == service && process.IsLeader && process.Generation == generations[service]);

    public SpawnResult Spawn(SpawnRequest request)
    {
        if (request.OutputPath is { } findings)
            return Examine(scenario.IndexOf(Path.GetFileNameWithoutExtension(findings)));
        var service = scenario.IndexOf(Path.GetFileNameWithoutExtension(request.LogPath!));
        var generation = ++generations[service];
        var temper = scenario.TemperOf(service, generation);
        world.Monitor.OnSpawn(service, processes.Values.Any(process => process.Service == service && !process.IsZombie && !IsStray(process)));
        if (temper.SpawnFails)
            return new(0, "Resource temporarily unavailable");
        var leader = Add(service, generation, temper, group: null);
        leader.IsOurs = true;
        world.In(temper.Lifetime, () => Die(leader, temper.ExitCode is { } code ? code << 8 : 11));
        for (var i = 0; i < temper.Children; i++)
            Add(service, generation, temper, leader.Pid);
        if (temper.HasStray)
            Add(service, generation, temper, group: null);
        world.Monitor.OnSpawned(service, leader);
        return new(leader.Pid, null);
    }

    public void Kill(int pid, string signal)
    {
        var targets = pid < 0 ? MembersOf(-pid) : [.. processes.Values.Where(process => process.Pid == pid)];
        if (!processes.TryGetValue(Math.Abs(pid), out var owner) || !owner.IsOurs)
            throw new Violation(Invariant.NoStrangerSignalled, $"{signal} to {pid}, which is no child of the supervisor");
        world.Monitor.OnSignal(owner, signal);
        if (signal == "SIGTERM")
            owner.StopSignalAt ??= world.Clock.Now;
        foreach (var target in targets.Where(target => !target.IsZombie))
            Deliver(target, signal);
    }

    public int? PeekEnded()
    {
        var ended = processes.Values.Where(process => process.IsZombie && process.IsOurs).ToList();
        return ended.Count == 0 ? null : ended[dice.Below(ended.Count)].Pid;
    }

    public ExitStatus Reap(int pid)
    {
        if (!processes.Remove(pid, out var process) || !process.IsZombie || !process.IsOurs)
            throw new Violation(Invariant.ReapedOnceGroupFirst, $"{pid} is no ended child");
        if (process.IsLeader && !IsStray(process) && MembersOf(pid).Any(member => !member.IsKilled && !member.IsZombie))
            throw new Violation(Invariant.ReapedOnceGroupFirst, $"{pid} was reaped while its group lives on");
        if (dice.OneIn(3))
            Strange(pid);
        return ExitStatus.FromWait(process.Status);
    }

    public bool IsGroupGone(int group) => !MembersOf(group).Any(member => member.IsOurs);

    public IReadOnlyList<int> Children() => [.. processes.Values.Where(process => process.IsOurs).Select(process => process.Pid)];

    public string? StartTimeOf(int pid) => processes.TryGetValue(pid, out var process) ? $"{process.StartedAt}" : null;

    /// <summary>Somebody else sends a signal to a service's leader.</summary>
    public void Disturb(int service, string signal)
    {
        if (LeaderOf(service) is { IsZombie: false } leader)
            Deliver(leader, signal);
    }

    /// <summary>A command that looks at a service's process: over at once, or after a while, or never.</summary>
    private SpawnResult Examine(int service)
    {
        world.Monitor.OnExamine(service);
        if (dice.OneIn(10))
            return new(0, "Resource temporarily unavailable");
        var command = Add(-1, 1, Temper.Calm(dice) with { ObeysAfter = null, DiesAfter = dice.Pick(0L, 0, 3) }, group: null);
        command.IsOurs = true;
        world.In(dice.Pick(0, dice.Between(1, 2_000), dice.Between(1, 20_000), long.MaxValue / 4), () => Die(command, dice.Pick(0, 256, 11)));
        return new(command.Pid, null);
    }

    private List<SimulatedProcess> MembersOf(int group) => [.. processes.Values.Where(process => process.Group == group)];

    private static bool IsStray(SimulatedProcess process) => process.IsLeader && process.Generation < 0;

    private SimulatedProcess Add(int service, int generation, Temper temper, int? group)
    {
        var pid = FreePid();
        var isStray = group is null && LeaderOf(service) is not null;
        var process = new SimulatedProcess
        {
            Pid = pid,
            Group = group ?? pid,
            Service = service,
            Generation = isStray ? -generation : generation,
            Temper = temper,
            StartedAt = world.Clock.Now,
        };
        processes.Add(pid, process);
        return process;
    }

    /// <summary>A stranger takes an id the moment it is free, for a while.</summary>
    private void Strange(int pid)
    {
        if (processes.Values.Any(process => process.Group == pid))
            return;
        processes.Add(pid, new() { Pid = pid, Group = pid, Service = -1, Generation = 0, Temper = Temper.Calm(dice), StartedAt = world.Clock.Now });
        world.In(dice.Between(1, 60_000), () => processes.Remove(pid));
    }

    private int FreePid()
    {
        while (processes.ContainsKey(nextPid) || processes.Values.Any(process => process.Group == nextPid))
            nextPid = nextPid > 10 * scenario.Services.Count + 50 ? 2 : nextPid + 1;
        return nextPid++;
    }

    private void Deliver(SimulatedProcess process, string signal)
    {
        switch (signal)
        {
            case "SIGKILL":
                process.IsKilled = true;
                world.In(process.Temper.DiesAfter, () => Die(process, 9));
                break;
            case "SIGSTOP":
                process.IsSuspended = true;
                break;
            case "SIGCONT":
                process.IsSuspended = false;
                if (process.PendingEnd is { } status)
                    Die(process, status);
                else if (process.HasStopPending)
                    Obey(process);
                break;
            default:
                process.HasStopPending = true;
                if (!process.IsSuspended)
                    Obey(process);
                break;
        }
    }

    private void Obey(SimulatedProcess process)
    {
        process.HasStopPending = false;
        if (process.IsLeader && process.Temper.ObeysAfter is { } delay)
            world.In(delay, () => Die(process, 0));
    }

    /// <summary>It ends. Its children come home to the supervisor; its parent has to reap it.</summary>
    private void Die(SimulatedProcess process, int status)
    {
        if (process.IsZombie || !processes.TryGetValue(process.Pid, out var current) || current != process)
            return;
        if (process.IsSuspended && status != 9)
        {
            process.PendingEnd = status;
            return;
        }
        process.IsZombie = true;
        process.Status = status;
        process.DiedAt = world.Clock.Now;
        if (process.IsLeader)
            foreach (var child in processes.Values.Where(child => child != process && child.Service == process.Service && Math.Abs(child.Generation) == Math.Abs(process.Generation)))
                Adopt(child);
        if (process.IsOurs)
            world.SignalChild();
        else
            processes.Remove(process.Pid);
    }

    private void Adopt(SimulatedProcess orphan)
    {
        orphan.IsOurs = true;
        if (orphan.IsZombie)
            world.SignalChild();
    }
}
