namespace Supervisor.Daemon.Supervision;

/// <summary>A service as the loop holds it: the kernel's state, and the evidence that people ask for. Only the loop touches it.</summary>
internal sealed class ManagedService(ServiceConfig config)
{
    private ServiceRecord? record;

    public ServiceConfig Config { get; set; } = config;

    /// <summary>How often its configuration was changed while it was there. What was asked by an older edition is void.</summary>
    public int Edition { get; set; }

    public string Name => Config.Spec.Name;

    public ServiceState State { get; set; } = ServiceState.Initial;

    /// <summary>Whether it is in the configuration no more: it is stopped, and then forgotten.</summary>
    public bool IsRetired { get; set; }

    /// <summary>What it depends on.</summary>
    public IReadOnlyList<ManagedService> Dependencies { get; set; } = [];

    /// <summary>What depends on it.</summary>
    public IReadOnlyList<ManagedService> Dependents { get; set; } = [];

    /// <summary>As the kernel sees it among others.</summary>
    public Kernel.Member Member => new(Config.Spec, State);

    /// <summary>For whom it waits: to be well, before it starts; or to be gone, before it is stopped.</summary>
    public IEnumerable<ManagedService> AwaitedNow => State switch
    {
        { Phase: Phase.Waiting } => Dependencies.Where(other => !other.Member.CanBeDependedOn),
        { Goal: Goal.Down, Phase: Phase.Running } => Dependents.Where(other => other.Member.IsLeaving),
        _ => [],
    };

    /// <summary>Those for whom it was last said to wait.</summary>
    public IReadOnlyList<string> AwaitedAsTold { get; set; } = [];

    /// <summary>What proves that a process is the one that was started last; null before the first.</summary>
    public string? StartTime { get; set; }

    /// <summary>Of what that process was started with; null if an earlier supervisor did not write it down.</summary>
    public string? Fingerprint { get; set; }

    public LastExit? LastExit { get; set; }

    public LastProbe? LastProbe { get; set; }

    /// <summary>What is wrong with the newest process that no probe can see; null for nothing.</summary>
    public string? Complaint { get; set; }

    /// <summary>Why the newest process was found unhealthy.</summary>
    public string WhyUnhealthy => Complaint ?? $"{Config.Spec.HealthRetries} failures in a row, the last: {LastProbe?.Result.Detail}";

    /// <summary>What was wanted of it when the shutdown began; null before that. A shutdown that was cut short leaves no wish behind.</summary>
    public Goal? GoalBeforeShutdown { get; set; }

    /// <summary>What the next supervisor has to know. It is kept, for of a thousand services few change at a time.</summary>
    public ServiceRecord Record => record ??=
        new(Name, State with { Goal = GoalBeforeShutdown ?? State.Goal }, StartTime, LastExit, StopPolicy.Of(Config), Fingerprint);

    /// <summary>Something of that has changed.</summary>
    public void NoteChange() => record = null;
}

/// <summary>How the last process ended.</summary>
/// <param name="At">When.</param>
/// <param name="Status">How; null if it could not even be started.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="Requested">Whether somebody had asked for it, or has since asked that it stay so.</param>
internal sealed record LastExit(DateTimeOffset At, ExitStatus? Status, string Reason, bool Requested = false);

/// <summary>What the last probe of the newest process saw.</summary>
/// <param name="At">When.</param>
/// <param name="Result">What.</param>
internal sealed record LastProbe(DateTimeOffset At, ProbeResult Result);
