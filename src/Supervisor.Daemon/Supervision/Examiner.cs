namespace Supervisor.Daemon.Supervision;

/// <summary>
/// Runs <c>before_restart_cmd</c>: a child like any other, of which nothing depends but when the stop signal is sent, and
/// that not for long.
/// </summary>
internal sealed class Examiner(LoopClock clock, EffectRunner runner, Reaper reaper, Chronicle chronicle)
{
    private readonly Dictionary<ManagedService, int> running = [];

    /// <summary>Starts it; <paramref name="report"/> is called when it has ended, or could not be started.</summary>
    public void Begin(ManagedService service, Phase.Stopping stopping, Action<ServiceEvent> report)
    {
        var (examined, since) = (new ServiceEvent.Examined(service.State.Generation), clock.Now);
        var result = runner.Examine(service, stopping.Pid, service.WhyUnhealthy);
        if (result.Error is { } error)
        {
            chronicle.TellNotExamined(service, stopping.Pid, error);
            report(examined);
            return;
        }
        running[service] = result.Pid;
        reaper.Watch(result.Pid, status =>
        {
            if (running.GetValueOrDefault(service) == result.Pid)
                running.Remove(service);
            chronicle.TellExamined(service, stopping.Pid, status, clock.Now - since, runner.EvidenceOf(service));
            report(examined);
        });
    }

    /// <summary>Something has overtaken it, or its time is up: kills it, if it is still there.</summary>
    public void End(ManagedService service)
    {
        if (running.TryGetValue(service, out var pid))
            reaper.Signal(pid, "SIGKILL");
    }
}
