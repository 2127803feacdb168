using static Supervisor.Kernel.Phase;
using static Supervisor.Kernel.ServiceEvent;

namespace Supervisor.Kernel;

/// <summary>
/// States × events: every decision about one service, as a pure function. What a row does not name changes nothing.
/// A phase that holds a process is left only by its <see cref="Exited"/>, so there are never two; and a goal of
/// <see cref="Goal.Up"/> never rests in <see cref="Stopped"/>, so none is forgotten.
/// </summary>
public static class ServiceMachine
{
    /// <summary>Takes one event.</summary>
    /// <param name="spec">The service's policies.</param>
    /// <param name="state">Its state so far.</param>
    /// <param name="e">What happened.</param>
    /// <param name="now">When, on a monotonic clock; only differences matter.</param>
    public static Decision Step(ServiceSpec spec, ServiceState state, ServiceEvent e, TimeSpan now) => e switch
    {
        OfProcess report when report.Generation != state.Generation => new(state),
        Start => OnStart(spec, state with { Goal = Goal.Up }, now),
        Restart => OnRestart(spec, state with { Goal = Goal.Up }, now),
        StopInTurn when state.Phase is Running or Stopping => new(state with { Goal = Goal.Down }),
        Stop or StopInTurn => OnStop(spec, state with { Goal = Goal.Down }, now),
        Ready when state.Phase is Waiting waiting => Proceed(spec, state, waiting.IsRestart),
        Kill => OnKill(state with { Goal = Goal.Down }),
        Tick => OnTick(spec, state, now),
        Spawned spawned => OnSpawned(spec, state, spawned.Pid, now),
        SpawnFailed => OnSpawnFailed(spec, state, now),
        LeaderEnded ended => OnLeaderEnded(spec, state, ended.Success, now),
        Exited exited => OnExited(spec, state, exited.Success, now),
        Examined => OnExamined(spec, state, now),
        Condemned when state.Phase is Running running => GiveUp(spec, state, running, now),
        Probed probed => OnProbed(spec, state, probed.Verdict, now),
        _ => new(state),
    };

    private static Decision OnStart(ServiceSpec spec, ServiceState state, TimeSpan now) => state.Phase switch
    {
        Stopped or Backoff or Waiting => Begin(spec, state with { Streak = state.Streak.Anew() }, isRestart: false),
        Stopping stopping => Hasten(spec, state with { Streak = state.Streak.Anew() }, stopping with { StartsAtOnce = true }, now),
        _ => new(state),
    };

    private static Decision OnRestart(ServiceSpec spec, ServiceState state, TimeSpan now) => state.Phase switch
    {
        Running running => Terminate(spec, state with { Streak = state.Streak.Anew() }, running, StopCause.Request, now),
        _ => OnStart(spec, state, now),
    };

    private static Decision OnStop(ServiceSpec spec, ServiceState state, TimeSpan now) => state.Phase switch
    {
        Backoff or Waiting => new(state.Enter(new Stopped())),
        Running running => Terminate(spec, state, running, StopCause.Request, now),
        Stopping stopping => Hasten(spec, state, stopping, now),
        _ => new(state),
    };

    private static Decision OnExamined(ServiceSpec spec, ServiceState state, TimeSpan now) => state.Phase switch
    {
        Stopping stopping => Hasten(spec, state, stopping, now),
        _ => new(state),
    };

    private static Decision OnKill(ServiceState state) => state.Phase switch
    {
        Backoff or Waiting => new(state.Enter(new Stopped())),
        Running running => Slay(state, new Stopping(running.Pid, running.Since, StopCause.Request, null)),
        Stopping stopping => Slay(state, stopping),
        _ => new(state),
    };

    private static Decision OnTick(ServiceSpec spec, ServiceState state, TimeSpan now) => state.Phase switch
    {
        Backoff backoff when backoff.Until <= now => Begin(spec, state, isRestart: true),
        Running running => OnRunningTick(spec, state, running, now),
        Stopping stopping when stopping.SignalAt <= now => Hasten(spec, state, stopping, now),
        Stopping stopping when stopping.KillAt <= now => Slay(state, stopping),
        _ => new(state),
    };

    private static Decision OnRunningTick(ServiceSpec spec, ServiceState state, Running running, TimeSpan now)
    {
        var well = running.WellAt <= now;
        var ask = state.Probes.Due <= now;
        return new(
            state with
            {
                Phase = well ? running with { WellAt = null } : running,
                Streak = well ? Streak.None : state.Streak,
                Probes = ask ? state.Probes.Ask(spec, now, now - running.Since) : state.Probes,
            },
            (ask ? Effects.Probe : Effects.None) | (well && state.Streak.Alerted ? Effects.Recover : Effects.None));
    }

    private static Decision OnSpawned(ServiceSpec spec, ServiceState state, int pid, TimeSpan now)
    {
        if (state.Phase is not Launching)
            return new(state);
        TimeSpan? wellAt = spec.Checked ? null : now + RestartPolicy.Reset(spec, state.Streak);
        var running = new Running(pid, now, wellAt);
        return state.Goal == Goal.Up
            ? new(state.Enter(running) with { Probes = ProbeTally.Fresh(spec, now) })
            : Terminate(spec, state, running, StopCause.Request, now);
    }

    private static Decision OnSpawnFailed(ServiceSpec spec, ServiceState state, TimeSpan now) => state.Phase switch
    {
        Launching => Ended(spec, state, false, now, now),
        _ => new(state),
    };

    private static Decision OnLeaderEnded(ServiceSpec spec, ServiceState state, bool success, TimeSpan now) => state.Phase switch
    {
        Running { WellAt: var wellAt } running when wellAt <= now => Disband(spec, state with { Streak = state.Streak.Anew() }, running, success, now),
        Running running => Disband(spec, state, running, success, now),
        Stopping { EndedAt: null } stopping => Hasten(spec, state, stopping with { EndedAt = now }, now),
        _ => new(state),
    };

    private static Decision OnExited(ServiceSpec spec, ServiceState state, bool success, TimeSpan now) => state.Phase switch
    {
        Running { WellAt: var wellAt } when wellAt <= now => Ended(spec, state with { Streak = state.Streak.Anew() }, success, now, now),
        Running => Ended(spec, state, success, now, now),
        Stopping { Cause: StopCause.Request } or Stopping { StartsAtOnce: true } when state.Goal == Goal.Up => Begin(spec, state, isRestart: false),
        Stopping stopping => Ended(spec, state, success && stopping.Cause == StopCause.Exit, stopping.EndedAt ?? now, now),
        _ => new(state),
    };

    private static Decision OnProbed(ServiceSpec spec, ServiceState state, Verdict verdict, TimeSpan now)
    {
        if (state is not { Phase: Running running, Probes.Asking: true })
            return new(state);
        var next = state with { Probes = state.Probes.Answer(spec, verdict, now - running.Since) };
        return (state.Probes.Health, next.Probes.Health) switch
        {
            (_, Health.Unhealthy) => GiveUp(spec, next, running, now),
            (Health.Starting, Health.Healthy) => FirstHealthy(spec, next, running, now),
            _ => new(next),
        };
    }

    private static Decision FirstHealthy(ServiceSpec spec, ServiceState state, Running running, TimeSpan now) => new(
        state with
        {
            Phase = running with { WellAt = now + RestartPolicy.Reset(spec, state.Streak) },
            Streak = state.Streak.Alerted ? state.Streak.Recovered() : state.Streak,
        },
        state.Streak.Alerted ? Effects.Recover : Effects.None);

    /// <summary>No process is left: wait for the next start, or rest if none is wanted.</summary>
    private static Decision Ended(ServiceSpec spec, ServiceState state, bool success, TimeSpan at, TimeSpan now)
    {
        if (state.Goal == Goal.Down || !RestartPolicy.Restarts(spec.Restart, success))
            return new(state.Enter(new Stopped(success && !RestartPolicy.Restarts(spec.Restart, success))) with { Goal = Goal.Down });
        var due = at + RestartPolicy.Delay(spec, state.Streak.Restarts + 1);
        return new(state.Enter(new Backoff(due > now ? due : now)));
    }

    /// <summary>The next process; but first all that it depends on have to be well.</summary>
    private static Decision Begin(ServiceSpec spec, ServiceState state, bool isRestart) =>
        spec.DependsOn.Count == 0 ? Proceed(spec, state, isRestart) : new(state.Enter(new Waiting(isRestart)));

    private static Decision Proceed(ServiceSpec spec, ServiceState state, bool isRestart) =>
        isRestart ? Relaunch(spec, state) : Launch(state);

    private static Decision Relaunch(ServiceSpec spec, ServiceState state)
    {
        var alarm = state.Streak.IsAlarming(spec.AlertAfter);
        var launch = Launch(state with { Restarts = state.Restarts + 1, Streak = state.Streak.OneMore(alarm) });
        return alarm ? launch with { Effects = launch.Effects | Effects.Alert } : launch;
    }

    private static Decision Launch(ServiceState state) =>
        new(state.Enter(new Launching()) with { Generation = state.Generation + 1 }, Effects.Spawn);

    private static Decision Terminate(ServiceSpec spec, ServiceState state, Running running, StopCause cause, TimeSpan now) =>
        new(state.Enter(new Stopping(running.Pid, running.Since, cause, now + spec.StopTimeout)), Effects.Terminate);

    /// <summary>It is unhealthy: the stop signal, after an examination where one is wanted.</summary>
    private static Decision GiveUp(ServiceSpec spec, ServiceState state, Running running, TimeSpan now)
    {
        if (spec.Examination == TimeSpan.Zero)
            return Terminate(spec, state, running, StopCause.Unhealthy, now);
        var signalAt = now + spec.Examination;
        return new(state.Enter(new Stopping(running.Pid, running.Since, StopCause.Unhealthy, signalAt + spec.StopTimeout, signalAt)), Effects.Examine);
    }

    /// <summary>No more examination: the stop signal, if it was not sent yet.</summary>
    private static Decision Hasten(ServiceSpec spec, ServiceState state, Stopping stopping, TimeSpan now) => stopping.SignalAt is null
        ? new(state.Enter(stopping))
        : new(state.Enter(stopping with { KillAt = now + spec.StopTimeout, SignalAt = null }), Effects.Terminate);

    /// <summary>What is left of a group gets its grace, but nobody waits for it longer than for the next start.</summary>
    private static Decision Disband(ServiceSpec spec, ServiceState state, Running running, bool success, TimeSpan now)
    {
        var comesBack = state.Goal == Goal.Up && RestartPolicy.Restarts(spec.Restart, success);
        var delay = RestartPolicy.Delay(spec, state.Streak.Restarts + 1);
        var grace = comesBack && delay < spec.StopTimeout ? delay : spec.StopTimeout;
        var next = state with { Goal = comesBack ? Goal.Up : Goal.Down };
        var stopping = new Stopping(running.Pid, running.Since, StopCause.Exit, now + grace, null, now);
        return grace == TimeSpan.Zero ? Slay(next, stopping) : new(next.Enter(stopping), Effects.Terminate);
    }

    private static Decision Slay(ServiceState state, Stopping stopping) =>
        new(state.Enter(stopping with { KillAt = null, SignalAt = null }), Effects.Kill);
}
