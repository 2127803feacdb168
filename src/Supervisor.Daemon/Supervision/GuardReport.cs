using Supervisor.Daemon.Polling;

namespace Supervisor.Daemon.Supervision;

/// <summary>
/// What the guard is told, and when. The loop itself does it, once a turn: a loop that is stuck falls silent, and the guard acts.
/// </summary>
internal sealed class GuardReport(Guard? guard, ServiceSet services, Deadlines deadlines) : Deadline
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private string told = "";
    private bool isUntold = true;
    private bool isAliveDue = true;

    /// <summary>Tells what is new.</summary>
    public void Settle(TimeSpan now, bool isStopping, bool hasChanged)
    {
        if (guard is null)
            return;
        if (hasChanged || isUntold || isStopping)
        {
            var news = isStopping ? "STOPPING=1\nSTATUS=stopping all services" : $"READY=1\nSTATUS={HowTheyAre()}";
            isUntold = news != told && !guard.Tell(news);
            told = isUntold ? told : news;
        }
        if (isAliveDue && guard.AliveEvery is { } interval)
        {
            isAliveDue = !guard.Tell("WATCHDOG=1");
            deadlines.Set(this, now + interval);
        }
        // Of a quiet fleet there is no next turn in which to tell it again.
        if ((isUntold || (isAliveDue && guard.AliveEvery is not null)) && !(Due <= now + Retry))
            deadlines.Set(this, now + Retry);
    }

    public override void OnDue(TimeSpan now) => isAliveDue = true;

    /// <summary>Those that are stopped by hand are as they should be and do not count.</summary>
    private string HowTheyAre()
    {
        var wanted = services.All.Where(service => service.State.Goal == Goal.Up || service.FinalExit is not null).ToList();
        var well = wanted.Count(service => service.IsWell);
        return $"{well} of {wanted.Count} {(wanted.Count == 1 ? "service is" : "services are")} well";
    }
}
