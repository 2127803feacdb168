namespace Supervisor.Daemon.Supervision;

/// <summary>The way down: stop signals to all at once, but to what others depend on after them; then whatever is left, then nothing.</summary>
internal sealed class ShutdownPlan(ServiceSet services, ServiceDriver driver, Reaper reaper, Chronicle chronicle)
{
    private bool signalled;

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

    /// <summary>The first signal begins; a second one ends all grace.</summary>
    public void OnSignal(string signal)
    {
        if (signalled)
            KillAll(signal);
        signalled = true;
        Begin(signal);
    }

    /// <summary>Whether no service runs any more, but something else does, whose end nobody may tell.</summary>
    public bool IsWaitingForRest => HasBegun && !IsDone && AreAllStopped;

    private bool AreAllStopped => services.All.All(service => service.State.Phase is Phase.Stopped);

    /// <summary>Looks whether it is over. Once no service runs, what else is still there is killed.</summary>
    public void Advance()
    {
        if (IsWaitingForRest)
            IsDone = !reaper.KillRest();
    }

    private void KillAll(string signal)
    {
        chronicle.Tell(chronicle.About("shutdown", $"{signal} again: killing what is left") with { Reason = signal });
        foreach (var service in services.All)
            driver.Apply(service, new ServiceEvent.Kill());
    }
}
