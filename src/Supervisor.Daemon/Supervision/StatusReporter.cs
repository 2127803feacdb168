namespace Supervisor.Daemon.Supervision;

/// <summary>Words the state for those who ask.</summary>
internal sealed class StatusReporter(SupervisorStatus supervisor)
{
    /// <summary>How these services stand at <paramref name="now"/> on the loop's clock.</summary>
    public StatusReport Report(IEnumerable<ManagedService> services, TimeSpan now) =>
        new(supervisor, [.. services.Select(service => Report(service, now))]);

    private static ServiceStatus Report(ManagedService service, TimeSpan now)
    {
        var state = service.State;
        var process = Process(state.Phase);
        return new(
            service.Name,
            process?.Pid,
            Status(service, state),
            Health(state),
            process is { } living ? Math.Round((now - living.Since).TotalSeconds, 3) : null,
            state.Restarts,
            state.Streak.Restarts,
            state.Phase is Phase.Backoff backoff ? Math.Max(0, Math.Round((backoff.Until - now).TotalSeconds, 3)) : null,
            service.LastExit is { } exit ? new(exit.At, exit.Status?.Code, exit.Status?.Signal, exit.Reason) : null,
            service.LastProbe is { } probe ? new(probe.At, probe.Result.Verdict == Verdict.Good, probe.Result.Detail) : null,
            service.AwaitedNow.Select(other => other.Name).ToArray() is { Length: > 0 } awaited ? awaited : null)
        {
            Failed = service.FinalExit is { HasFailed: true } ? true : null,
            ProbeFailures = service.ProbeFailures,
            Removed = service.IsRetired,
        };
    }

    private static (int Pid, TimeSpan Since)? Process(Phase phase) => phase switch
    {
        Phase.Running running => (running.Pid, running.Since),
        Phase.Stopping stopping => (stopping.Pid, stopping.Since),
        _ => null,
    };

    private static string Status(ManagedService service, ServiceState state) => state.Phase switch
    {
        Phase.Running when state.Goal == Goal.Down => "stopping", // once its dependents are gone
        Phase.Running => "running",
        Phase.Stopping => "stopping",
        Phase.Backoff => "backoff",
        Phase.Waiting or Phase.Launching => "waiting",
        _ => service.FinalExit is null ? "stopped" : "exited",
    };

    private static string? Health(ServiceState state) => state.Phase switch
    {
        Phase.Running when state.Goal == Goal.Down => null,
        Phase.Running when state.Probes.Health == Kernel.Health.Starting => "starting",
        Phase.Running when state.Probes.Health == Kernel.Health.Healthy => "healthy",
        Phase.Stopping { Cause: StopCause.Unhealthy } => "unhealthy",
        _ => null,
    };
}
