using static Supervisor.Os.Wording;

namespace Supervisor.Daemon.Supervision;

/// <summary>
/// Tells what happened, by comparing the state before with the state after: one event per change. A new kind of event is
/// one more <c>Tell(About(…) with { … })</c>; a new member is a property of <see cref="EventRecord"/>.
/// </summary>
internal sealed class Chronicle(Action<EventRecord> tell, TimeProvider time)
{
    private const int MostProblems = 100;
    private const int MostNamed = 5;

    /// <summary>An event of the supervisor itself, to be told.</summary>
    public EventRecord About(string name, string text) => new(time.GetUtcNow(), null, name, text);

    /// <summary>An event of a service, to be told.</summary>
    public EventRecord About(ManagedService service, string name, string text) => new(time.GetUtcNow(), service.Name, name, text);

    /// <summary>Tells it.</summary>
    public void Tell(EventRecord record) => tell(record);

    /// <summary>Tells who asked for what, of each service that is meant; the supervisor itself is meant by null.</summary>
    public void TellCommand(ManagedService? service, string command, Requester? by)
    {
        var text = $"{command} {AskedFor(by)}";
        var record = service is null ? About("command", text) : About(service, "command", text);
        Tell(record with { Command = command, Uid = by?.Uid, User = by?.User });
    }

    /// <summary>Tells that a signal was passed on, and for whom.</summary>
    public void TellSignal(ManagedService service, int pid, Request.Signal order, Requester? by) =>
        Tell(About(service, "command", $"sent {order.Name} to {(order.ToGroup ? "the group of " : "")}pid {pid}, {AskedFor(by)}") with { Command = "signal", Pid = pid, Signal = order.Name, Uid = by?.Uid, User = by?.User });

    /// <summary>Tells that a process could not be started.</summary>
    public void TellStartFailed(ManagedService service, string error) =>
        Tell(About(service, "start_failed", $"could not be started: {error}") with { Reason = error, Failure = true });

    /// <summary>Tells for whom a service waits.</summary>
    public void TellWaiting(ManagedService service, IReadOnlyList<string> awaited)
    {
        var names = string.Join(", ", awaited);
        var text = service.State.Phase is Phase.Waiting ? $"waiting for {names}" : $"is to stop, once {names} {(awaited.Count == 1 ? "has" : "have")} stopped";
        Tell(About(service, "waiting", text) with { WaitingFor = awaited });
    }

    /// <summary>Tells that a service starts because others need it.</summary>
    public void TellNeeded(ManagedService service) =>
        Tell(About(service, "needed", $"starting, as {service.Dependents.First(other => other.State.Goal == Goal.Up).Name} depends on it"));

    /// <summary>Tells what became of an edited configuration.</summary>
    public void TellReloaded(IReadOnlyList<ChangeReport> changes)
    {
        int Count(string change) => changes.Count(one => one.Change == change);
        Tell(About("reloaded", $"configuration reloaded: {Count("added")} added, {Count("changed")} changed, {Count("removed")} removed, {Count("unchanged")} unchanged"));
        foreach (var one in changes.Where(one => one.Change != "unchanged"))
            Tell(new EventRecord(time.GetUtcNow(), one.Name, one.Change, $"{one.Change} in the configuration{(one.Keys.Count > 0 ? $" ({string.Join(", ", one.Keys)})" : "")}: {one.Done}") with { Keys = one.Keys.Count > 0 ? one.Keys : null });
    }

    /// <summary>Tells that an edited configuration is of no use, and why.</summary>
    public void TellNotReloaded(IReadOnlyList<string> problems)
    {
        foreach (var problem in problems.Take(MostProblems))
            Tell(About("reload_refused", $"configuration not reloaded, nothing was changed: {problem}") with { Reason = problem });
    }

    /// <summary>Tells that a process goes on under this supervisor.</summary>
    public void TellAdopted(ManagedService service, int pid, TimeSpan runtime) =>
        Tell(About(service, "adopted", $"adopted (pid {pid}), running for {Duration(runtime)}") with { Pid = pid, RuntimeSeconds = Seconds(runtime) });

    /// <summary>A service's program has put itself into the background.</summary>
    public static EventRecord Backgrounded(DateTimeOffset at, string service, int pid, string program) =>
        new(at, service, "backgrounded", $"puts itself into the background (pid {pid}, {program}), where it cannot be supervised: {Background.Remedy(program)}") { Pid = pid };

    /// <summary>Tells the same.</summary>
    public void TellBackgrounded(ManagedService service, ProcessEntry process) => Tell(Backgrounded(time.GetUtcNow(), service.Name, process.Pid, process.Name));

    /// <summary>Tells that somebody else claims to be a service's process, which can be forged.</summary>
    public void TellFalseClaim(ManagedService service, int pid, int other) =>
        Tell(About(service, "claim_refused", $"pid {other} bears the mark of a newer process, but the one that was written down (pid {pid}), or what it left, still lives: pid {other} is left alone") with { Pid = other });

    /// <summary>Tells that an orphan came home of which nobody can tell what service left it.</summary>
    public void TellOrphan(ProcessEntry process) =>
        Tell(About("orphan", $"{process} was left behind, and it cannot be told by which service; it ends when the supervisor does") with { Pid = process.Pid });

    /// <summary>Tells how a process ended.</summary>
    public void TellExit(ManagedService service, int pid, ExitStatus status, TimeSpan? runtime, bool isFailure) =>
        Tell(About(service, "exited", $"{status} (pid {pid})") with
        {
            Pid = pid,
            Code = status.Code,
            Signal = status.Signal,
            CoreDumped = status.CoreDumped ? true : null,
            RuntimeSeconds = Seconds(runtime),
            PeakMemoryBytes = status.PeakMemory,
            Reason = service.LastExit?.Reason,
            Failure = isFailure ? true : null,
        });

    /// <summary>Tells how the examination of a process ended, and where its findings are.</summary>
    public void TellExamined(ManagedService service, int pid, ExitStatus status, TimeSpan runtime, string file) =>
        Tell(About(service, "examined", $"before_restart_cmd {status} after {Duration(runtime)}; its output: {file}") with
        {
            Pid = pid,
            Code = status.Code,
            Signal = status.Signal,
            RuntimeSeconds = Seconds(runtime),
            File = file,
        });

    /// <summary>Tells that there was no examination.</summary>
    public void TellNotExamined(ManagedService service, int pid, string error) =>
        Tell(About(service, "examined", $"before_restart_cmd could not be started: {error}") with { Pid = pid, Reason = error });

    /// <summary>Tells what a step changed.</summary>
    /// <param name="service">Of which service.</param>
    /// <param name="before">How it stood.</param>
    /// <param name="e">What happened.</param>
    /// <param name="now">When.</param>
    /// <param name="left">Those who are about to get SIGKILL, or whom a process has left behind, where that is known.</param>
    public void TellStep(ManagedService service, ServiceState before, ServiceEvent e, TimeSpan now, IReadOnlyList<string> left)
    {
        var (grace, signal) = (service.Config.Spec.StopTimeout, service.Config.StopSignal);
        switch (before.Phase, service.State.Phase)
        {
            case (Phase.Launching, Phase.Running running):
                Tell(About(service, "started", $"started (pid {running.Pid})") with { Pid = running.Pid });
                break;
            case (Phase.Running, Phase.Running running) when (before.Probes.Health, service.State.Probes.Health) is (Health.Starting, Health.Healthy):
                Tell(About(service, "healthy", $"healthy after {Duration(now - running.Since)}") with { Pid = running.Pid, AfterSeconds = Seconds(now - running.Since) });
                break;
            case (Phase.Running running, Phase.Stopping { Cause: StopCause.Unhealthy } stopping):
                TellUnhealthy(service, running, before.Probes, stopping.SignalAt is null ? $"sending {signal}" : $"running before_restart_cmd, {signal} in {Duration(service.Config.Spec.Examination)} at the latest");
                break;
            case (Phase.Running, Phase.Stopping { Cause: StopCause.Exit, KillAt: { } end } stopping):
                Tell(About(service, "stopping", $"left {(left.Count == 0 ? "others" : Names(left))} behind: sent them {signal}, SIGKILL in {Duration(end - now)}") with { Pid = stopping.Pid, Signal = signal, DelaySeconds = Seconds(end - now) });
                break;
            case (Phase.Running or Phase.Stopping { SignalAt: not null }, Phase.Stopping { KillAt: not null, SignalAt: null } stopping):
                Tell(About(service, "stopping", $"stopping: sent {signal}, SIGKILL in {Duration(grace)}") with { Pid = stopping.Pid, Signal = signal, DelaySeconds = Seconds(grace) });
                break;
            case (Phase.Stopping { KillAt: { } due, SignalAt: null }, Phase.Stopping { KillAt: null } stopping) when due <= now:
                Tell(About(service, "killed", $"still there after {Duration(stopping is { Cause: StopCause.Exit, EndedAt: { } ended } ? due - ended : grace)}: sent SIGKILL{To(left)}") with { Pid = stopping.Pid, Signal = "SIGKILL" });
                break;
            case (Phase.Running or Phase.Stopping { KillAt: not null }, Phase.Stopping { KillAt: null } stopping):
                Tell(About(service, "killed", $"sent SIGKILL{To(left)}") with { Pid = stopping.Pid, Signal = "SIGKILL" });
                break;
            case (not Phase.Backoff, Phase.Backoff backoff):
                var restart = service.State.Streak.Restarts + 1;
                Tell(About(service, "backoff", $"restarting in {Duration(backoff.Until - now)} (restart {restart} in a row)") with { DelaySeconds = Seconds(backoff.Until - now), Restart = restart });
                break;
            case (not Phase.Stopped, Phase.Stopped) when before.Goal == Goal.Up && e is ServiceEvent.OfProcess:
                Tell(About(service, "stopped", $"ended for good (restart: {Word(service.Config.Spec.Restart)})") with { Reason = $"restart: {Word(service.Config.Spec.Restart)}" });
                break;
            case (not Phase.Stopped, Phase.Stopped):
                Tell(About(service, "stopped", "stopped"));
                break;
        }
        TellFailedProbe(service, before);
    }

    private static string AskedFor(Requester? by) => $"asked for{(by is null ? "" : $" by {by.User} (uid {by.Uid})")}";

    private void TellUnhealthy(ManagedService service, Phase.Running running, ProbeTally probes, string then)
    {
        Tell(About(service, "unhealthy", $"unhealthy: {service.WhyUnhealthy}; {then}") with
        {
            Pid = running.Pid,
            Failures = service.Complaint is null ? probes.Failures + 1 : null,
            Detail = service.Complaint ?? service.LastProbe?.Result.Detail,
        });
    }

    private void TellFailedProbe(ManagedService service, ServiceState before)
    {
        if (service.State.Phase is not Phase.Running now || service.State.Probes.Failures <= before.Probes.Failures)
            return;
        var (failures, detail) = (service.State.Probes.Failures, service.LastProbe?.Result.Detail);
        Tell(About(service, "probe_failed", $"probe failed ({failures} of {service.Config.Spec.HealthRetries}): {detail}") with
        {
            Pid = now.Pid,
            Failures = failures,
            Detail = detail,
        });
    }

    private static string To(IReadOnlyList<string> left) => left.Count == 0 ? "" : $" to {Names(left)}";

    private static string Names(IReadOnlyList<string> all) => $"{string.Join(", ", all.Take(MostNamed))}{(all.Count > MostNamed ? $" and {all.Count - MostNamed} more" : "")}";

    private static double? Seconds(TimeSpan? time) => time is { } span ? Math.Round(span.TotalSeconds, 3) : null;

    private static string Word(RestartMode mode) => mode switch
    {
        RestartMode.Always => "always",
        RestartMode.OnFailure => "on-failure",
        RestartMode.No => "no",
    };
}
