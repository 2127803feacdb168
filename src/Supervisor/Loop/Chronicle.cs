using Supervisor.Kernel;
using static Supervisor.Wording;

namespace Supervisor.Loop;

/// <summary>Tells what happened, by comparing the state before with the state after: one line per change.</summary>
internal sealed class Chronicle(IEventSink sink, TimeProvider time)
{
    /// <summary>Tells of the supervisor itself.</summary>
    public void Tell(string name, string text) => sink.Write(new(time.GetUtcNow(), null, name, text));

    /// <summary>Tells of a service.</summary>
    public void Tell(ManagedService service, string name, string text) => sink.Write(new(time.GetUtcNow(), service.Name, name, text));

    /// <summary>Tells what a step changed.</summary>
    public void TellStep(ManagedService service, ServiceState before, ServiceEvent e, TimeSpan now)
    {
        switch (before.Phase, service.State.Phase)
        {
            case (Phase.Launching, Phase.Running running):
                Tell(service, "started", $"started (pid {running.Pid})");
                break;
            case (Phase.Running { Probes.Health: Health.Starting }, Phase.Running { Probes.Health: Health.Healthy } running):
                Tell(service, "healthy", $"healthy after {Duration(now - running.Since)}");
                break;
            case (Phase.Running running, Phase.Stopping { Cause: StopCause.Unhealthy }):
                Tell(service, "unhealthy", $"unhealthy: {running.Probes.Failures + 1} failures in a row, the last: {service.LastProbe?.Result.Detail}; sending {service.Config.StopSignal}");
                break;
            case (Phase.Running, Phase.Stopping { KillAt: not null }):
                Tell(service, "stopping", $"stopping: sent {service.Config.StopSignal}, SIGKILL in {Duration(service.Config.Spec.StopTimeout)}");
                break;
            case (Phase.Stopping { KillAt: { } due }, Phase.Stopping { KillAt: null }) when due <= now:
                Tell(service, "killed", $"still there after {Duration(service.Config.Spec.StopTimeout)}: sent SIGKILL");
                break;
            case (Phase.Running or Phase.Stopping { KillAt: not null }, Phase.Stopping { KillAt: null }):
                Tell(service, "killed", "sent SIGKILL");
                break;
            case (not Phase.Backoff, Phase.Backoff backoff):
                Tell(service, "backoff", $"restarting in {Duration(backoff.Until - now)} (restart {service.State.Streak.Restarts + 1} in a row)");
                break;
            case (not Phase.Stopped, Phase.Stopped) when before.Goal == Goal.Up && e is ServiceEvent.OfProcess:
                Tell(service, "stopped", $"ended for good (restart: {Word(service.Config.Spec.Restart)})");
                break;
            case (not Phase.Stopped, Phase.Stopped):
                Tell(service, "stopped", "stopped");
                break;
        }
        TellFailedProbe(service, before);
    }

    private void TellFailedProbe(ManagedService service, ServiceState before)
    {
        if (before.Phase is Phase.Running was && service.State.Phase is Phase.Running now && now.Probes.Failures > was.Probes.Failures)
            Tell(service, "probe_failed", $"probe failed ({now.Probes.Failures} of {service.Config.Spec.HealthRetries}): {service.LastProbe?.Result.Detail}");
    }

    private static string Word(RestartMode mode) => mode switch
    {
        RestartMode.Always => "always",
        RestartMode.OnFailure => "on-failure",
        RestartMode.No => "no",
    };
}
