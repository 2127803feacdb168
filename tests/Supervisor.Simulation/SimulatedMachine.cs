using Supervisor.Daemon.Storage;

namespace Supervisor.Simulation;

/// <summary>
/// A machine with processes, groups, orphans and very few process ids, so that each is used again soon, and gladly by a
/// stranger. It knows what may be done to whom, and says so.
/// </summary>
internal sealed class SimulatedMachine(World world, Scenario scenario) : IProcessHost
{
    private readonly SortedList<int, SimulatedProcess> processes = [];
    private readonly Dictionary<(int Pid, string StartTime), SimulatedProcess> known = [];

    // Those that have ended, while members of their session may live.
    private readonly List<SimulatedProcess> ended = [];
    private readonly Dictionary<int, (SimulatedProcess Process, string StartTime)> adopted = [];
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

    /// <summary>A process that lives, or once lived; without a start time the latest of this id.</summary>
    public SimulatedProcess Leader(int pid, string? startTime) => known[(pid, startTime ?? "")];

    /// <summary>The supervisor is killed in the midst of one of its next calls.</summary>
    public void KillSupervisorAfter(int calls) => callsToLive = calls;

    /// <summary>What the supervisor kept in its memory is gone with it.</summary>
    public void OnSupervisorEnded()
    {
        callsToLive = null;
        adopted.Clear();
        foreach (var process in known.Values)
        {
            (process.IsRecognized, process.IsSessionProven, process.ProvenAt, process.SoughtOutAt) = (false, false, process.NotedAt, null);
            process.IsFoundReaped |= processes.GetValueOrDefault(process.Pid) != process;
        }
    }

    /// <summary>The supervisor is dead: its children are init's, who reaps at once.</summary>
    public void OrphanAll()
    {
        foreach (var process in known.Values)
            process.IsAdopted = true;
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
        world.Monitor.OnSpawn(service, [.. processes.Values.Where(process => process.Service == service && !process.IsZombie && IsKnown(process) && !IsOfLostCopy(process))]);
        if (temper.SpawnFails)
            return new(0, "Resource temporarily unavailable");
        var leader = Add(service, generation, temper);
        leader.IsOurs = true;
        world.In(temper.Lifetime, () => Die(leader, temper.ExitCode is { } code ? code << 8 : 11));
        for (var i = 0; i < temper.Children; i++)
            Add(service, generation, temper, leader);
        if (temper.HasStray)
            Add(service, -generation, temper, leader, leavesGroup: true);
        if (temper.LateChildAfter is { } delay)
            world.In(delay, () => Beget(leader));
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
        if (adopted.TryGetValue(pid, out var one) && !IsProven(one))
        {
            adopted.Remove(pid);
            one.Process.ProvenAt = serial;
            return default;
        }
        if (!processes.Remove(pid, out var process) || !process.IsZombie || !process.IsOurs)
            throw new Violation(Invariant.ReapedOnce, $"{pid} is no ended child");
        if (dice.OneIn(3))
            Strange(pid);
        return ExitStatus.FromWait(process.Status);
    }

    public bool BringsOrphansHome => true;

    public bool HasChildIn(int group) => MembersOf(group).Any(member => member.IsOurs);

    public IReadOnlyList<int> Children() => [.. processes.Values.Where(process => process.IsOurs).Select(process => process.Pid)];

    IReadOnlyList<ProcessEntry> IProcessHost.Processes()
    {
        // A session that has no member has none again.
        ended.RemoveAll(leader => !(leader.IsSessionProven = IsSessionProven(leader)) && !processes.Values.Any(process => process.Session == leader.Pid && !process.IsZombie));
        return [.. processes.Values.Where(process => !process.IsZombie).Select(Entry)];
    }

    public ProcessEntry? Find(int pid) => processes.TryGetValue(pid, out var process) && !process.IsZombie ? Entry(process) : null;

    public bool IsChild(int pid) => processes.TryGetValue(pid, out var process) && process.IsOurs;

    public void Adopt(IReadOnlyList<(int Pid, string StartTime)> processes)
    {
        foreach (var (pid, startTime) in processes)
        {
            var process = Leader(pid, startTime);
            adopted.Add(pid, (process, startTime));
        }
    }

    public IReadOnlyList<Bearer> Bearers()
    {
        List<Bearer> bearers = [.. processes.Values.Select(process => Claim(process, isDescendant: false)).OfType<Bearer>()];
        foreach (var bearer in bearers)
            processes[bearer.Pid].SeenAt = world.Clock.Now;
        return bearers;
    }

    public Bearer? BearerOf(int pid) => Claim(processes[pid], isDescendant: true);

    public string Moment() => $"{serial}";

    public string? StartTimeOf(int pid) => processes.TryGetValue(pid, out var process) && !process.IsZombie ? $"{process.Serial}" : null;

    /// <summary>Somebody else sends a signal to a service's leader.</summary>
    public void Disturb(int service, string signal)
    {
        if (LeaderOf(service) is { IsZombie: false } leader)
            Deliver(leader, signal);
    }

    /// <summary>Somebody says to be a service's process, and a much newer one: alone, or as a member of a group that is nobody's.</summary>
    public void Forge(int service, long amount)
    {
        SimulatedProcess? leader = null;
        if (amount % 2 == 0)
            leader = Stranger(FreePid());
        var forger = Stranger(FreePid(), leader, (service, generations[service] + 100_000));
        world.In(amount * 3, () => Die(forger, 0));
        if (leader is not null)
            world.In(amount * 4, () => Die(leader, 0));
    }

    /// <summary>These are written down, and known to be true.</summary>
    public IReadOnlyList<ServiceRecord> Note(IReadOnlyList<ServiceRecord> records)
    {
        foreach (var record in records)
            if (record is { Pid: { } pid, StartTime: { } started })
                (Leader(pid, started).ProvenAt, Leader(pid, started).NotedAt) = (ProvenAt(record), ProvenAt(record));
        return [.. records.Select(record => record.ProvenAt.Length == 0 ? record with { ProvenAt = Moment() } : record)];
    }

    private long ProvenAt(ServiceRecord record) => record.ProvenAt.Length == 0 ? serial : long.Parse(record.ProvenAt);

    /// <summary>What was written down is deleted.</summary>
    public IReadOnlyList<ServiceRecord> Forget()
    {
        foreach (var process in known.Values)
            (process.ProvenAt, process.NotedAt, process.IsSessionProven) = (0, 0, false);
        return [];
    }

    /// <summary>Who lives of all that came of a service's processes, as far as it can be told.</summary>
    /// <param name="service">The service.</param>
    /// <param name="leader">Its newest process. Where it is asked for by marks, what says to come of it, or of one before, is as good as true.</param>
    public IEnumerable<SimulatedProcess> RestOf(int service, SimulatedProcess leader)
    {
        var newest = leader.ToldGeneration ?? Math.Abs(leader.Generation);
        var rest = processes.Values.Where(process => !process.IsZombie && (process.IsOurs || leader.IsAskedForByMarks) && (process.Service == service
            ? IsKnown(process) && (process.IsOurs || process.Session == leader.Pid || !(Claim(process, false)?.Generation > newest))
            : process.Forged is var (claimed, generation) && claimed == service && generation <= newest)).ToList();
        // What is no child of the supervisor may lose its mark between two of its looks.
        foreach (var process in rest.Where(process => process.IsOurs || process.SeenAt >= leader.DiedAt))
            process.IsRecognized = true;
        return rest;
    }

    /// <summary>Whether somebody who had left was sought out this instant, and obeyed at once.</summary>
    public bool HasObeyedNow(int service, SimulatedProcess leader) => known.Values.Any(process =>
        process != leader && process.SoughtOutAt == world.Clock.Now && process.DiedAt == world.Clock.Now
        && (process.Parent == leader || leader.IsAskedForByMarks)
        && (process.Service == service || process.Forged?.Service == service));

    /// <summary>Whether it can be told whose this is: it came home, or is of a proven session, or says so.</summary>
    public bool IsKnown(SimulatedProcess process)
    {
        var leader = known.GetValueOrDefault((process.Session, ""));
        if (process.IsRecognized || Claim(process, process.IsOurs || leader is { IsZombie: true, ProvenAt: > 0 }) is not null)
            return true;
        return process.IsOurs
            ? leader is { Generation: > 0 }
            : leader is not null && (leader == process ? process.ProvenAt > 0 : leader.IsZombie ? leader.IsSessionProven || IsSessionProven(leader) : leader.ProvenAt > 0);
    }

    /// <summary>Whether it comes of one that could not be found when another supervisor took over: what was written down was lost, and whose it was, too.</summary>
    private bool IsOfLostCopy(SimulatedProcess process) => !process.IsOurs && known[(process.Session, "")].ProvenAt == 0;

    private bool IsSessionProven(SimulatedProcess leader) =>
        processes.Values.Any(process => process.Session == leader.Pid && !process.IsZombie && process.Service == leader.Service && (leader.IsSessionProven || process.Serial <= leader.ProvenAt));

    /// <summary>What a process says of itself, by its mark or by its log.</summary>
    private Bearer? Claim(SimulatedProcess process, bool isDescendant)
    {
        var age = world.Clock.Now - process.StartedAt;
        (int Service, int Generation)? claim = process switch
        {
            { IsZombie: true } => null,
            { Forged: not null } => process.Forged,
            { IsOfService: false } => null,
            { Temper.LosesMarkAfter: var lost } when !(lost <= age) => (process.Service, Math.Abs(process.Generation)),
            { Temper.LosesLogAfter: var lost } when !(lost <= age) && (isDescendant || process.Session == process.Pid) => (process.Service, 0),
            _ => null,
        };
        return claim is var (service, generation)
            ? new(process.Pid, $"{process.Serial}", TimeSpan.FromMilliseconds(age), process.Group, process.Session == process.Pid, scenario.Services[service].Spec.Name, generation)
            : null;
    }

    private void Beget(SimulatedProcess leader)
    {
        if (leader is { IsZombie: false, IsKilled: false })
            Add(leader.Service, leader.Generation, leader.Temper, leader);
    }

    private static ProcessEntry Entry(SimulatedProcess process) => new(process.Pid, process.Group, process.Session, $"{process.Serial}", $"s{process.Service}");

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
        var command = Add(-1, 1, Temper.Calm(dice) with { ObeysAfter = null, DiesAfter = dice.Pick(0L, 0, 3) });
        command.IsOurs = true;
        return command;
    }

    private List<SimulatedProcess> MembersOf(int group) => [.. processes.Values.Where(process => process.Group == group)];

    /// <summary>Whether it lives, and it was known how to prove that it is the one.</summary>
    private bool IsProven((SimulatedProcess Process, string StartTime) one) =>
        one.StartTime != "" && processes.GetValueOrDefault(one.Process.Pid) == one.Process && !one.Process.IsZombie;

    private static int MarkedGeneration(SpawnRequest request) =>
        int.Parse(request.Variables.Last(variable => variable.Key == "SUPERVISOR_GENERATION").Value);

    /// <summary>Whom a signal would reach; and whether the supervisor may send it.</summary>
    private List<SimulatedProcess> Targets(int pid, string signal)
    {
        List<SimulatedProcess> targets = pid < 0 ? MembersOf(-pid) : processes.TryGetValue(pid, out var one) ? [one] : [];
        if (targets.Find(target => !target.IsOurs && !target.IsOfService && target.Forged is null) is { } stranger)
            throw new Violation(Invariant.NoStrangerSignalled, $"{signal} to {pid}, and so to {stranger.Pid}, which is none of the supervisor's");
        foreach (var target in targets.Where(target => pid > 0 || target.Generation < 0))
            target.SoughtOutAt = world.Clock.Now;
        if (targets.Count > 0 && known.TryGetValue((Math.Abs(pid), ""), out var leader))
        {
            world.Monitor.OnSignal(leader, signal);
            if (signal == "SIGTERM")
                leader.StopSignalAt ??= world.Clock.Now;
        }
        return targets;
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

    private SimulatedProcess Add(int service, int generation, Temper temper, SimulatedProcess? parent = null, bool leavesGroup = false)
    {
        var pid = FreePid();
        var process = new SimulatedProcess
        {
            Pid = pid,
            Group = leavesGroup ? pid : parent?.Pid ?? pid,
            Session = leavesGroup && !temper.HasJobs ? pid : parent?.Pid ?? pid,
            Parent = parent,
            IsAdopted = parent is { IsAdopted: true },
            Service = service,
            Generation = generation,
            Serial = ++serial,
            Temper = temper,
            StartedAt = world.Clock.Now,
        };
        return Remember(process);
    }

    /// <summary>A stranger takes an id the moment it is free, for a while.</summary>
    private void Strange(int pid)
    {
        if (!processes.Values.Any(process => process.Group == pid || process.Session == pid))
            Leave(Stranger(pid), dice.Between(1, 60_000));
    }

    private void Leave(SimulatedProcess stranger, long after) => world.In(after, () => processes.Remove(stranger.Pid));

    private SimulatedProcess Stranger(int pid, SimulatedProcess? leader = null, (int Service, int Generation)? forged = null)
    {
        var stranger = new SimulatedProcess
        {
            Pid = pid,
            Group = leader?.Pid ?? pid,
            Session = leader?.Pid ?? pid,
            Service = -1,
            Generation = 0,
            Serial = ++serial,
            Temper = Temper.Calm(dice),
            StartedAt = world.Clock.Now,
            Forged = forged,
        };
        return Remember(stranger);
    }

    private SimulatedProcess Remember(SimulatedProcess process)
    {
        processes.Add(process.Pid, process);
        return known[(process.Pid, "")] = known[(process.Pid, $"{process.Serial}")] = process;
    }

    private int FreePid()
    {
        while (processes.ContainsKey(nextPid) || processes.Values.Any(process => process.Group == nextPid || process.Session == nextPid))
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
        ended.Add(process);
        process.Status = status;
        process.DiedAt = world.Clock.Now;
        if (process.IsLeader && process.IsOurs)
            foreach (var child in processes.Values.Where(child => child.Parent == process))
                BringHome(child);
        if (process.IsOurs || adopted.ContainsKey(process.Pid))
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

    /// <summary>Whether what it wrote down is deleted then.</summary>
    public bool LosesState { get; init; }
}
