namespace Supervisor.Kernel;

/// <summary>
/// Everything that is decided about one service. What is wanted (<see cref="Goal"/>) and where it
/// stands (<see cref="Phase"/>) are apart, so that a new wish never has to wait for an old one.
/// </summary>
/// <param name="Goal">What is wanted.</param>
/// <param name="Phase">Where it stands.</param>
/// <param name="Generation">Number of the newest process; 0 before the first. Reports about older ones are void.</param>
/// <param name="Restarts">Automatic restarts ever made.</param>
/// <param name="Streak">The restarts made in a row.</param>
/// <param name="Probes">What the probes of the running process have said so far; the default in every other phase.</param>
public readonly record struct ServiceState(Goal Goal, Phase Phase, int Generation, int Restarts, Streak Streak, ProbeTally Probes)
{
    /// <summary>A service of which nothing is wanted yet.</summary>
    public static ServiceState Initial { get; } = new(Goal.Down, new Phase.Stopped(), 0, 0, Streak.None, default);

    /// <summary>
    /// When the next <see cref="ServiceEvent.Tick"/> is due, on the clock of <c>now</c>; null for never.
    /// Timers are derived from the state, so none can outlive the reason it was set for.
    /// </summary>
    public TimeSpan? Due => Phase switch
    {
        Phase.Backoff backoff => backoff.Until,
        Phase.Running running => Earlier(running.WellAt, Probes.Due),
        Phase.Stopping stopping => Earlier(stopping.SignalAt, stopping.KillAt),
        _ => null,
    };

    /// <summary>The same service under policies, or in the hands of a supervisor, that may be new to it.</summary>
    public ServiceState Resumed(ServiceSpec spec, TimeSpan now)
    {
        if (Phase is not Phase.Running running)
            return this;
        var probes = Probes.Resumed(spec, now);
        var wellAt = running.WellAt ?? running.Since + RestartPolicy.Reset(spec, Streak);
        return this with { Phase = running with { WellAt = probes.Health == Health.Starting ? null : wellAt }, Probes = probes };
    }

    /// <summary>Whether it runs and, where that is checked, is healthy.</summary>
    public bool IsWell => this is { Phase: Phase.Running, Probes.Health: Health.Healthy or Health.Unchecked };

    /// <summary>The same service in another phase. What the probes have said is void there.</summary>
    internal ServiceState Enter(Phase phase) => this with { Phase = phase, Probes = default };

    private static TimeSpan? Earlier(TimeSpan? one, TimeSpan? other) => one < other || other is null ? one : other;
}

/// <summary>What is wanted of a service.</summary>
public enum Goal
{
    /// <summary>It should not run: stopped by hand, not started yet, or ended for good.</summary>
    Down,

    /// <summary>It should run.</summary>
    Up,
}
