namespace Supervisor.Daemon.Supervision;

/// <summary>
/// What the guard is told, and when. The loop itself does it, once a turn: a loop that is stuck falls silent, and the
/// guard acts.
/// </summary>
internal sealed class GuardReport(IGuard guard, ServiceSet services)
{
    private string told = "";
    private TimeSpan? aliveDue;

    /// <summary>Tells what is new, and gives the time of its next turn at the latest; null for never.</summary>
    public TimeSpan? Settle(TimeSpan now, bool isStopping)
    {
        if (!guard.Listens)
            return null;
        var news = isStopping ? "STOPPING=1\nSTATUS=stopping all services" : $"READY=1\nSTATUS={HowTheyAre()}";
        if (news != told && guard.Tell(news))
            told = news;
        return SayAlive(now);
    }

    private TimeSpan? SayAlive(TimeSpan now)
    {
        if (guard.AliveEvery is not { } interval)
            return null;
        if (aliveDue is not { } due || due <= now)
        {
            guard.Tell("WATCHDOG=1");
            aliveDue = now + interval;
        }
        return aliveDue;
    }

    /// <summary>Those that are stopped by hand, or have ended for good, are as they should be and do not count.</summary>
    private string HowTheyAre()
    {
        var wanted = services.All.Where(service => service.State.Goal == Goal.Up).ToList();
        var well = wanted.Count(service => ProgressOf.Wait(service.State) == Progress.Done);
        return $"{well} of {wanted.Count} {(wanted.Count == 1 ? "service is" : "services are")} well";
    }
}
