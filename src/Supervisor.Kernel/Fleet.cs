namespace Supervisor.Kernel;

/// <summary>A service among others.</summary>
/// <param name="Spec">Its policies.</param>
/// <param name="State">Its state.</param>
/// <param name="Wanted">How it has to be for the one that depends on it and asks.</param>
public readonly record struct Member(ServiceSpec Spec, ServiceState State, Condition Wanted = Condition.Healthy)
{
    /// <summary>Whether that may start. What is done stays done until it is started again.</summary>
    public bool CanBeDependedOn => Wanted switch
    {
        Condition.Healthy => State is { Goal: Goal.Up, IsWell: true },
        Condition.Started => State is { Goal: Goal.Up, Phase: Phase.Running } or { Phase: Phase.Stopped { IsDone: true } },
        Condition.Completed => State.Phase is Phase.Stopped { IsDone: true },
    };

    /// <summary>Whether it should be down, and is not yet.</summary>
    public bool IsLeaving => State is { Goal: Goal.Down, Phase: Phase.Running or Phase.Stopping };

    /// <summary>Whether its process ends, to be replaced, and those of its dependents with it.</summary>
    public bool TakesAlong => Spec.RestartDependents && State is { Goal: Goal.Up, Phase: Phase.Stopping or Phase.Backoff or Phase.Waiting { IsRestart: true } };
}

/// <summary>What services owe to those that they depend on, and to those that depend on them: pure functions, too.</summary>
public static class Fleet
{
    /// <summary>What has to happen to a service now, given how its neighbours are; null for nothing.</summary>
    /// <param name="state">The service's state.</param>
    /// <param name="dependencies">What it depends on.</param>
    /// <param name="dependents">What depends on it.</param>
    public static ServiceEvent? Next(ServiceState state, IEnumerable<Member> dependencies, IEnumerable<Member> dependents) => state switch
    {
        { Phase: Phase.Waiting } when dependencies.All(other => other.CanBeDependedOn) => new ServiceEvent.Ready(),
        { Goal: Goal.Up, Phase: Phase.Running } when dependencies.Any(other => other.TakesAlong) => new ServiceEvent.Restart(),
        { Goal: Goal.Down, Phase: Phase.Running or Phase.Stopping { SignalAt: not null } } when !dependents.Any(other => other.IsLeaving) => new ServiceEvent.Stop(),
        _ => null,
    };
}
