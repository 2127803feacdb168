using Supervisor.Daemon.Polling;

namespace Supervisor.Daemon.Supervision;

/// <summary>The way down: stop signals to all at once, but to what others depend on after them; then whatever is left, then nothing.</summary>
internal sealed class ShutdownPlan(ServiceSet services, ServiceDriver driver, Reaper reaper, Alerts alerts, Chronicle chronicle, Deadlines deadlines, LoopClock clock) : Deadline
{
    private static readonly TimeSpan RestPatience = TimeSpan.FromMilliseconds(20);

    // A terminal and a wrapper that passes it on send one Ctrl+C twice.
    private static readonly TimeSpan Echo = TimeSpan.FromMilliseconds(500);

    private TimeSpan? alertsUntil;
    private TimeSpan? signalledAt;
    private bool hasNoPatience;

    /// <summary>Whether it has begun. It cannot be called off.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Whether nothing is left running.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Stops every service, with its grace.</summary>
    public void Begin(string why)
    {
        if (HasBegun)
            return;
        HasBegun = true;
        chronicle.Tell(chronicle.About("shutdown", $"{why}: stopping all services") with { Reason = why });
        foreach (var service in services.All)
        {
            service.GoalBeforeShutdown = service.State.Goal;
            driver.Apply(service, new ServiceEvent.StopInTurn());
        }
    }

    /// <summary>The first signal begins; a second one, half a second after it or later, ends all grace.</summary>
    public void OnSignal(string signal)
    {
        if (clock.Now - signalledAt >= Echo)
            KillAll(signal);
        signalledAt ??= clock.Now;
        Begin(signal);
    }

    private bool AreAllStopped => services.All.All(service => service.State.Phase is Phase.Stopped);

    /// <summary>
    /// Looks whether it is over. Once no service runs, alerts that are under way get a little time; then what is still there is killed,
    /// and looked for again soon, for its end nobody may tell.
    /// </summary>
    public void Advance()
    {
        if (!HasBegun || IsDone || !AreAllStopped)
            return;
        alertsUntil ??= hasNoPatience ? TimeSpan.MinValue : clock.Now + Alerts.Grace;
        if (!alerts.IsIdle && alertsUntil > clock.Now)
            deadlines.Set(this, alertsUntil);
        else
        {
            IsDone = !reaper.KillRest();
            deadlines.Set(this, IsDone ? null : clock.Now + RestPatience);
        }
    }

    /// <summary>It is looked again, for the loop takes a turn.</summary>
    public override void OnDue(TimeSpan now)
    {
    }

    private void KillAll(string signal)
    {
        (hasNoPatience, alertsUntil) = (true, null);
        chronicle.Tell(chronicle.About("shutdown", $"{signal} again: killing what is left") with { Reason = signal });
        foreach (var service in services.All)
            driver.Apply(service, new ServiceEvent.Kill());
    }
}
