namespace Supervisor.Daemon.Storage;

/// <summary>One service, as the next supervisor has to know it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="State">Its state.</param>
/// <param name="StartTime">What proves its process to be the one; null if there was none yet.</param>
/// <param name="LastExit">How its last process ended; null if none did yet.</param>
/// <param name="Stop">How to stop its process, should the configuration no longer say so.</param>
/// <param name="Fingerprint">Of what its process was started with; null where that is not known.</param>
internal sealed record ServiceRecord(string Name, ServiceState State, string? StartTime, LastExit? LastExit, StopPolicy Stop, string? Fingerprint)
{
    /// <summary>When its process, or what is left of that, was last known to be its own, on the clock of the start times; empty for the moment at which this is written down.</summary>
    public string ProvenAt { get; init; } = "";

    /// <summary>Who claims to be a newer process, though the one that was written down lives; null for nobody. Found, not written down.</summary>
    public Bearer? FalseClaim { get; init; }

    /// <summary>The process; null if there is none.</summary>
    public int? Pid => State.Phase switch
    {
        Phase.Running running => running.Pid,
        Phase.Stopping stopping => stopping.Pid,
        _ => null,
    };
}

/// <summary>How to stop a process.</summary>
/// <param name="Signal">The signal that asks it to end.</param>
/// <param name="Timeout">The grace before SIGKILL.</param>
internal sealed record StopPolicy(string Signal, TimeSpan Timeout)
{
    /// <summary>Where nobody has said anything else.</summary>
    public static StopPolicy Default { get; } = Of(new() { Spec = new() { Name = "" }, Cmd = [], WorkingDir = "/" });

    /// <summary>A service's own.</summary>
    public static StopPolicy Of(ServiceConfig config) =>
        Default is { } common && (common.Signal, common.Timeout) == (config.StopSignal, config.Spec.StopTimeout) ? common : new(config.StopSignal, config.Spec.StopTimeout);

    /// <summary>As much of a configuration as it takes to stop a service that is configured no more.</summary>
    public ServiceConfig ToConfig(string name) => new()
    {
        Spec = new() { Name = name, StopTimeout = Timeout },
        Cmd = [],
        WorkingDir = "/",
        StopSignal = Signal,
    };
}

/// <summary>How the last process ended.</summary>
/// <param name="At">When.</param>
/// <param name="Status">How; null if it could not even be started.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="Requested">Whether somebody had asked for it, or has since asked that it stay so.</param>
/// <param name="HasFailed">Whether it was found unhealthy, or ended unasked and not because its work is done.</param>
internal sealed record LastExit(DateTimeOffset At, ExitStatus? Status, string Reason, bool Requested, bool HasFailed);
