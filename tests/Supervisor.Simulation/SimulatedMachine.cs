namespace Supervisor.Simulation;

/// <summary>
/// A machine with processes, groups, orphans and very few process ids, so that each is used again soon, and gladly by a
/// stranger. It knows what may be done to whom, and says so.
/// </summary>
internal sealed class SimulatedMachine(World world, Scenario scenario) : IProcessHost
{
    private readonly SortedList<int, SimulatedProcess> processes = [];
    private readonly Dictionary<(int Pid, string StartTime), SimulatedProcess> leaders = [];
    private readonly Dictionary<int, (SimulatedProcess Process, string StartTime)> adopted = [];
    private readonly HashSet<int> leaderless = [];
    private readonly int[] generations = new int[scenario.Services.Count];
    private Dice dice = new(scenario.Seed ^ 0xD1CE);
    private int nextPid = 2;
    private long serial;
    private int? callsToLive;

    /// <summary>The living and the zombies.</summary>
    public IEnumerable<SimulatedProcess> Processes => processes.Values;

    /// <summary>The unreaped leader of a service's newest process; null for none.</summary>
    public SimulatedProcess? LeaderOf(int service) => service < 0
        ? null
        : processes.Values.FirstOrDefault(process => process.Service == service && process.IsLeader && process.Generation == generations[service]);

    /// <summary>A process that leads, or once led, a service's group; without a start time the latest of this id.</summary>
    public SimulatedProcess Leader(int pid, string? startTime) => leaders[(pid, startTime ?? "")];

    /// <summary>The supervisor is killed in the midst of one of its next calls.</summary>
    public void KillSupervisorAfter(int calls) => callsToLive = calls;

    /// <summary>What the supervisor kept in its memory is gone with it.</summary>
    public void OnSupervisorEnded()
    {
        callsToLive = null;
        adopted.Clear();
        leaderless.Clear();
    }

    /// <summary>The supervisor is dead: its children are init's, who reaps at once.</summary>
    public void OrphanAll()
    {
        foreach (var process in processes.Values.Where(process => process.IsOurs).ToList())
        {
            process.IsOurs = false;
            if (process.IsZombie)
                Vanish(process);
        }
    }

    public SpawnResult Spawn(SpawnRequest request)
    {
        if (request.Argv.Contains("--successor"))
            return Try();
        if (request.OutputPath is { } findings)
            return Examine(scenario.IndexOf(Path.GetFileNameWithoutExtension(findings)));
        var service = scenario.IndexOf(Path.GetFileNameWithoutExtension(request.LogPath!));
        var generation = generations[service] = MarkedGeneration(request);
        var temper = scenario.TemperOf(service, generation);
        world.Monitor.OnSpawn(service, processes.Values.Any(process => process.Service == service && !process.IsZombie && !IsStray(process)));
        if (temper.SpawnFails)
            return new(0, "Resource temporarily unavailable");
        var leader = Add(service, generation, temper, group: null);
        Remember(leader);
        leader.IsOurs = true;
        world.In(temper.Lifetime, () => Die(leader, temper.ExitCode is { } code ? code << 8 : 11));
        for (var i = 0; i < temper.Children; i++)
            Add(service, generation, temper, leader.Pid);
        if (temper.HasStray)
            Remember(Add(service, -generation, temper, group: null));
        world.Monitor.OnSpawned(service, leader);
        MayDie();
        return new(leader.Pid, null);
    }

    public void Kill(int pid, string signal)
    {
        MayDie();
        foreach (var target in Targets(pid, signal).Where(target => !target.IsZombie).ToList())
            Deliver(target, signal);
    }

    public int? PeekEnded()
    {
        var ended = processes.Values.Where(process => process.IsZombie && process.IsOurs).Select(process => process.Pid)
            .Concat(adopted.Where(one => !IsProven(one.Value)).Select(one => one.Key)).ToList();
        return ended.Count == 0 ? null : ended[dice.Below(ended.Count)];
    }

    public ExitStatus Reap(int pid)
    {
        MayDie();
        if (adopted.TryGetValue(pid, out var known) && !IsProven(known))
        {
            adopted.Remove(pid);
            leaderless.Add(pid);
            return default;
        }
        if (!processes.Remove(pid, out var process) || !process.IsZombie || !process.IsOurs)
            throw new Violation(Invariant.ReapedOnce, $"{pid} is no ended child");
        if (dice.OneIn(3))
            Strange(pid);
        return ExitStatus.FromWait(process.Status);
    }

    public bool IsGroupGone(int group) => leaderless.Contains(group)
        ? !MembersOf(group).Any(member => member.IsMarked) && leaderless.Remove(group)
        : !MembersOf(group).Any(member => member.IsOurs);

    public bool HearsOf(int group) => !leaderless.Contains(group);

    IReadOnlyList<string> IProcessHost.MembersOf(int group) => [.. MembersOf(group).Where(member => !member.IsZombie).Select(member => $"{member.Pid}")];

    public bool IsChild(int pid) => processes.TryGetValue(pid, out var process) && process.IsOurs;

    public void Adopt(IReadOnlyList<(int Pid, string StartTime)> processes)
    {
        foreach (var (pid, startTime) in processes)
        {
            var process = Leader(pid, startTime);
            process.IsAdopted = true;
            adopted.Add(pid, (process, startTime));
        }
    }

    public IReadOnlyList<Bearer> Bearers() =>
    [
        .. from process in processes.Values
           where process.IsMarked && !process.IsZombie
           let age = TimeSpan.FromMilliseconds(world.Clock.Now - process.StartedAt)
           select new Bearer(process.Pid, $"{process.Serial}", age, process.Group, process.IsLeader, scenario.Services[process.Service].Spec.Name, Math.Abs(process.Generation)),
    ];

    public IReadOnlyList<int> Descendants() => [.. processes.Values.Where(process => process.IsOurs || (process.IsMarked && !process.IsZombie)).Select(process => process.Pid)];

    public string? StartTimeOf(int pid) => processes.TryGetValue(pid, out var process) && !process.IsZombie ? $"{process.Serial}" : null;

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
        var command = Command();
        world.In(dice.Pick(0, dice.Between(1, 2_000), dice.Between(1, 20_000), long.MaxValue / 4), () => Die(command, dice.Pick(0, 256, 11)));
        return new(command.Pid, null);
    }

    /// <summary>The successor is tried: nearly always it is fit, and soon says so.</summary>
    private SpawnResult Try()
    {
        var trial = Command();
        world.In(dice.OneIn(10) ? long.MaxValue / 4 : dice.Between(0, 100), () => Die(trial, dice.OneIn(10) ? 256 : 0));
        return new(trial.Pid, null);
    }

    /// <summary>A command of the supervisor's own.</summary>
    private SimulatedProcess Command()
    {
        var command = Add(-1, 1, Temper.Calm(dice) with { ObeysAfter = null, DiesAfter = dice.Pick(0L, 0, 3) }, group: null);
        command.IsOurs = true;
        return command;
    }

    private List<SimulatedProcess> MembersOf(int group) => [.. processes.Values.Where(process => process.Group == group)];

    /// <summary>Whether it lives, and it was known how to prove that it is the one.</summary>
    private bool IsProven((SimulatedProcess Process, string StartTime) one) =>
        one.StartTime != "" && processes.GetValueOrDefault(one.Process.Pid) == one.Process && !one.Process.IsZombie;

    private static bool IsStray(SimulatedProcess process) => process.IsLeader && process.Generation < 0;

    private void Remember(SimulatedProcess leader) => leaders[(leader.Pid, "")] = leaders[(leader.Pid, $"{leader.Serial}")] = leader;

    private static int MarkedGeneration(SpawnRequest request) =>
        int.Parse(request.Variables.Last(variable => variable.Key == "SUPERVISOR_GENERATION").Value);

    /// <summary>Whom a signal would reach; and whether the supervisor may send it.</summary>
    private List<SimulatedProcess> Targets(int pid, string signal)
    {
        var id = Math.Abs(pid);
        var owner = processes.GetValueOrDefault(id);
        if (pid < 0 && adopted.TryGetValue(id, out var known) && !IsProven(known))
        {
            if (signal == "SIGTERM")
                known.Process.StopSignalAt ??= world.Clock.Now;
            return [.. MembersOf(id).Where(member => member.IsMarked)];
        }
        if (pid < 0 && leaderless.Contains(id) && !MembersOf(id).Any(member => member.IsMarked))
            return [];
        if (pid < 0 && owner is null && MembersOf(id).Any(member => member.IsOurs || member.IsMarked))
            owner = leaders[(id, "")]; // It was reaped, and its group pins the id.
        if (owner is null || !(owner.IsOurs || owner.IsMarked))
            throw new Violation(Invariant.NoStrangerSignalled, $"{signal} to {pid}, which is none of the supervisor's");
        world.Monitor.OnSignal(owner, signal);
        if (signal == "SIGTERM")
            owner.StopSignalAt ??= world.Clock.Now;
        return pid < 0 ? MembersOf(id) : [owner];
    }

    /// <summary>The end of the supervisor may come between any two of its calls.</summary>
    private void MayDie()
    {
        if (callsToLive is not { } calls)
            return;
        callsToLive = calls - 1;
        if (calls <= 0)
            throw new SupervisorDied();
    }

    private SimulatedProcess Add(int service, int generation, Temper temper, int? group)
    {
        var pid = FreePid();
        var process = new SimulatedProcess
        {
            Pid = pid,
            Group = group ?? pid,
            Service = service,
            Generation = generation,
            Serial = ++serial,
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
        var stranger = new SimulatedProcess { Pid = pid, Group = pid, Service = -1, Generation = 0, Serial = ++serial, Temper = Temper.Calm(dice), StartedAt = world.Clock.Now };
        processes.Add(pid, stranger);
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
        if ((process.IsLeader ? process.Temper.ObeysAfter : process.Temper.ChildrenObeyAfter) is { } delay)
            world.In(delay, () => Die(process, 0));
    }

    /// <summary>It ends. Its children come home to the supervisor, or to init; its parent has to reap it.</summary>
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
        if (process.IsLeader && process.IsOurs)
            foreach (var child in processes.Values.Where(child => child != process && child.Service == process.Service && Math.Abs(child.Generation) == Math.Abs(process.Generation)))
                BringHome(child);
        if (process.IsOurs || process.IsAdopted)
            world.SignalChild();
        if (!process.IsOurs)
            Vanish(process);
    }

    /// <summary>Somebody else reaps it.</summary>
    private void Vanish(SimulatedProcess process)
    {
        processes.Remove(process.Pid);
        if (dice.OneIn(3))
            Strange(process.Pid);
    }

    private void BringHome(SimulatedProcess orphan)
    {
        orphan.IsOurs = true;
        if (orphan.IsZombie)
            world.SignalChild();
    }
}

/// <summary>The supervisor was killed.</summary>
/// <param name="outage">How long until there is another one; null if it was killed in the midst of its work.</param>
internal sealed class SupervisorDied(long? outage = null) : Exception
{
    public long? Outage => outage;
}
