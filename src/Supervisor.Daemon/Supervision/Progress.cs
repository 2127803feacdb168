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

/// <summary>The judgement on a state, one function for each thing that can be asked.</summary>
internal static class ProgressOf
{
    /// <summary>A start or a restart, which is about processes from <paramref name="generation"/> on.</summary>
    public static Progress Start(ServiceState state, int generation) => state switch
    {
        { Goal: Goal.Down } => Progress.Failed,
        _ when state.Generation < generation => Progress.Pending,
        { Phase: Phase.Running } => state.IsWell ? Progress.Done : Progress.Pending,
        { Phase: Phase.Launching or Phase.Waiting or Phase.Stopping { Cause: StopCause.Request } } => Progress.Pending,
        _ => Progress.Failed,
    };

    /// <summary>A stop.</summary>
    public static Progress Stop(ServiceState state) => state switch
    {
        { Goal: Goal.Up } => Progress.Failed,
        { Phase: Phase.Stopped } => Progress.Done,
        _ => Progress.Pending,
    };

    /// <summary>Waiting until it is well, through any number of restarts.</summary>
    public static Progress Wait(ServiceState state) => state switch
    {
        { Goal: Goal.Down } => Progress.Failed,
        { IsWell: true } => Progress.Done,
        _ => Progress.Pending,
    };
}
