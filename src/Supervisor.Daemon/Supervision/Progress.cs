namespace Supervisor.Daemon.Supervision;

/// <summary>How far a service is on the way to what was asked of it.</summary>
internal enum Progress
{
    /// <summary>On the way.</summary>
    Pending,

    /// <summary>There.</summary>
    Done,

    /// <summary>It went another way. What was asked will not happen, or not soon.</summary>
    Failed,
}

/// <summary>The judgement on a service, one function for each thing that can be asked.</summary>
internal static class ProgressOf
{
    /// <summary>How long a service without a health check has to run until it counts as up: what crashes does so at its start.</summary>
    public static readonly TimeSpan Probation = TimeSpan.FromSeconds(1);

    /// <summary>A start or a restart, which is about the process of <paramref name="generation"/>, or a newer one that somebody asked for.</summary>
    public static Progress Start(ManagedService service, int generation, TimeSpan now) => service.State switch
    {
        { Goal: Goal.Down } state => service is { FinalExit: { } exit, IsRetired: false } && state.Generation >= generation ? Ended(state, exit) : Progress.Failed,
        _ when IsStuck(service) => Progress.Failed,
        var state when state.Generation < generation => Progress.Pending,
        { IsWell: true } when UpAt(service) <= now => Progress.Done,
        // The process that was meant has ended by itself, and been replaced.
        var state when state.Generation > generation && service.LastExit is { Requested: false } => Progress.Failed,
        { Phase: Phase.Running or Phase.Launching or Phase.Waiting { IsRestart: false } or Phase.Stopping { Cause: StopCause.Request } or Phase.Stopping { StartsAtOnce: true } } => Progress.Pending,
        _ => Progress.Failed,
    };

    /// <summary>A stop.</summary>
    public static Progress Stop(ManagedService service) => service.State switch
    {
        { Goal: Goal.Up } => Progress.Failed,
        { Phase: Phase.Stopped } => Progress.Done,
        _ => Progress.Pending,
    };

    /// <summary>Waiting until it is well. The ends of processes older than <paramref name="generation"/> are borne; where it is null, those of all.</summary>
    public static Progress Wait(ManagedService service, int? generation, TimeSpan now)
    {
        var newest = service.State.Generation;
        var progress = Start(service, Math.Min(newest, generation ?? newest), now);
        var isBorne = service.State.Goal == Goal.Up && !(newest >= generation) && !IsStuck(service);
        return progress == Progress.Failed && isBorne ? Progress.Pending : progress;
    }

    /// <summary>When a service that runs counts as up; null if it does not run, or if its health says that.</summary>
    public static TimeSpan? ProvenAt(ManagedService service) =>
        service.State is { Phase: Phase.Running running, Probes.Health: Health.Unchecked } ? running.Since + Probation : null;

    /// <summary>Who waits for what somebody has stopped, or what has ended for good, may wait for ever.</summary>
    private static bool IsStuck(ManagedService service) =>
        service.State.Phase is Phase.Waiting && service.AwaitedNow.Any(other => other.State is { Goal: Goal.Down, Phase: not Phase.Stopping { Cause: StopCause.Exit } } && !service.Predecessors.Contains(other));

    private static TimeSpan UpAt(ManagedService service) => ProvenAt(service) ?? TimeSpan.MinValue;

    private static Progress Ended(ServiceState state, Storage.LastExit exit) =>
        state.Phase is not Phase.Stopped ? Progress.Pending : exit.HasFailed ? Progress.Failed : Progress.Done;
}
