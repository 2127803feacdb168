using Supervisor.Daemon.Checks;
using Supervisor.Daemon.Polling;
using Supervisor.Daemon.Storage;

namespace Supervisor.Daemon.Supervision;

/// <summary>A service as the loop holds it: the kernel's state, and the evidence that people ask for. Only the loop touches it.</summary>
internal sealed class ManagedService : Deadline
{
    private ServiceConfig config;
    private ServiceRecord? record;
    private string? configured;
    private ServiceEvent.Probed? lastReport;

    public ManagedService(ServiceConfig config) => this.config = config;

    public ServiceConfig Config
    {
        get => config;
        set => (config, configured) = (value, null);
    }

    /// <summary>How often its configuration was changed while it was there. What was asked by an older edition is void.</summary>
    public int Edition { get; set; }

    public string Name => Config.Spec.Name;

    public ServiceState State { get; set; } = ServiceState.Initial;

    /// <summary>Has the clock tick for it. Set once.</summary>
    public Action<ManagedService>? Tick { get; set; }

    /// <summary>Whether it is in the configuration no more: it is stopped, and then forgotten.</summary>
    public bool IsRetired { get; set; }

    /// <summary>Which it is of all services, from 0; -1 once it is forgotten. Set by <see cref="ServiceSet"/> alone.</summary>
    public int Index { get; set; } = -1;

    /// <summary>What it depends on.</summary>
    public IReadOnlyList<ManagedService> Dependencies { get; set; } = [];

    /// <summary>What depends on it.</summary>
    public IReadOnlyList<ManagedService> Dependents { get; set; } = [];

    /// <summary>
    /// Those that leave the port that it is to serve, and have to be gone before it starts, or their answers would be taken for its own.
    /// What is left of a service, its former instance or its former name, is not what it depends on.
    /// </summary>
    public IReadOnlyList<ManagedService> Predecessors { get; set; } = [];

    /// <summary>Those whose predecessor it is.</summary>
    public IReadOnlyList<ManagedService> Successors { get; set; } = [];

    /// <summary>The port that its process serves, though it is to leave it; null for none. Of another process than this generation it says nothing.</summary>
    public (int? Port, int Generation) Former { get; set; }

    /// <summary>The port that it is about to leave; null for none.</summary>
    public int? LeavingPort => State.Phase switch
    {
        Phase.Running or Phase.Stopping when Former.Generation == State.Generation => Former.Port,
        Phase.Running or Phase.Stopping when IsRetired => Config.LocalPort,
        _ => null,
    };

    /// <summary>What the kernel decides by. What waits for a predecessor starts as what waits for a dependency does.</summary>
    public ServiceSpec Spec => Predecessors.Count == 0 ? Config.Spec : Config.Spec with { DependsOn = [.. Config.Spec.DependsOn, .. Predecessors.Select(other => other.Name)] };

    /// <summary>As the kernel sees it among others.</summary>
    public Kernel.Member Member => new(Config.Spec, State);

    /// <summary>One that it depends on, and how it has to be for this one.</summary>
    public Kernel.Member AsWanted(ManagedService other) => other.Member with { Wanted = Config.Spec.Conditions.GetValueOrDefault(other.Name) };

    /// <summary>Whether it has done its work, and nothing that depends on it wants more of it.</summary>
    public bool HasDoneEnough => State.Phase is Phase.Stopped { IsDone: true } && Dependents.All(other => other.AsWanted(this).CanBeDependedOn);

    /// <summary>Whom it waits for: to be well, before it starts; or to be gone, before it is stopped.</summary>
    public IEnumerable<ManagedService> AwaitedNow => State switch
    {
        { Phase: Phase.Waiting } => [.. Dependencies.Where(other => !AsWanted(other).CanBeDependedOn), .. PredecessorsNow],
        { Goal: Goal.Down, Phase: Phase.Running } => Dependents.Where(other => other.Member.IsLeaving),
        _ => [],
    };

    /// <summary>Those of its predecessors that are not gone.</summary>
    public IEnumerable<ManagedService> PredecessorsNow => Predecessors.Where(other => other.LeavingPort == Config.LocalPort);

    /// <summary>Those that it was last said to wait for.</summary>
    public IReadOnlyList<string> AwaitedAsTold { get; set; } = [];

    /// <summary>What proves that a process is the one that was started last; null before the first.</summary>
    public string? StartTime { get; set; }

    /// <summary>Once that process has ended, the last moment at which its group was known to be ours, on the clock of the start times; else null.</summary>
    public string? ProvenAt { get; set; }

    /// <summary>Of what that process was started with; null if an earlier supervisor did not write it down.</summary>
    public string? Fingerprint { get; set; }

    /// <summary>Of what its next process will be started with.</summary>
    public string ConfiguredFingerprint => configured ??= ServiceFingerprint.Of(Config);

    public LastExit? LastExit { get; set; }

    /// <summary>How it ended by itself, if it is not to be restarted; null if it runs, is to run, never ran, or was stopped by hand.</summary>
    public LastExit? FinalExit =>
        State is { Goal: Goal.Down, Phase: Phase.Stopped or Phase.Stopping { Cause: StopCause.Exit } } && GoalBeforeShutdown is not Goal.Up && LastExit is { Requested: false } exit ? exit : null;

    /// <summary>Whether it runs and, where that is checked, is healthy; or has done its work.</summary>
    public bool IsWell => State is { Goal: Goal.Up, IsWell: true } || FinalExit is { HasFailed: false };

    public LastProbe? LastProbe { get; set; }

    /// <summary>How many probes have failed.</summary>
    public long ProbeFailures { get; set; }

    /// <summary>What asks its endpoint; kept so that a check allocates nothing. The world's own.</summary>
    public SocketCheck? Check { get; set; }

    /// <summary>Of which process, and on which port, the answers are known to be its own. The world's own.</summary>
    public (int Generation, int? Port) Vouched { get; set; }

    /// <summary>What the check that is under way was sent for.</summary>
    public ProbeTicket Ticket { get; set; }

    /// <summary>What is wrong with the newest process that no probe can see; null for nothing.</summary>
    public string? Complaint { get; set; }

    /// <summary>Why the newest process was found unhealthy.</summary>
    public string WhyUnhealthy => Complaint ?? $"{Config.Spec.HealthRetries} failures in a row, the last: {LastProbe?.Result.Detail}";

    /// <summary>What was wanted of it when the shutdown began; null before that. A shutdown that was cut short leaves no wish behind.</summary>
    public Goal? GoalBeforeShutdown { get; set; }

    /// <summary>What the next supervisor has to know. It is kept, for of a thousand services few change at a time.</summary>
    public ServiceRecord Record => record ??=
        new(Name, State with { Goal = GoalBeforeShutdown ?? State.Goal }, StartTime, LastExit, StopPolicy.Of(Config), Fingerprint) { ProvenAt = ProvenAt ?? "" };

    /// <summary>Something of that has changed.</summary>
    public void NoteChange() => record = null;

    /// <summary>What a probe saw, as the kernel is told it. The same report comes again and again, so it is made once.</summary>
    public ServiceEvent Report(int generation, Verdict verdict) =>
        lastReport is { } last && last.Generation == generation && last.Verdict == verdict ? last : lastReport = new(generation, verdict);

    public override void OnDue(TimeSpan now) => Tick!(this);
}

/// <summary>What the last probe of the newest process saw.</summary>
/// <param name="At">When.</param>
/// <param name="Result">What.</param>
internal readonly record struct LastProbe(DateTimeOffset At, ProbeResult Result);
