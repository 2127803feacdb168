using Supervisor.Daemon.Polling;

namespace Supervisor.Daemon.Supervision;

/// <summary>
/// When the world is told that all is well: at once, and after each interval, but only while every service that should be up is well. One
/// that is due meanwhile is sent as soon as that is so again.
/// </summary>
internal sealed class HeartbeatPlan(SupervisorConfig initial, Action<Uri> beat, ServiceSet services, Deadlines deadlines) : Deadline
{
    private (Uri? Url, TimeSpan Interval) wanted = Of(initial);
    private TimeSpan next = TimeSpan.MinValue;
    private bool isDue = true;

    /// <summary>From here on it is sent as this configuration says, and at once if that is something new.</summary>
    public void Reconfigure(SupervisorConfig config)
    {
        if (Of(config) == wanted)
            return;
        (wanted, next, isDue) = (Of(config), TimeSpan.MinValue, true);
    }

    /// <summary>Sends what is due. To be asked when it is due, or when something has changed that it goes by.</summary>
    public void Settle(TimeSpan now, bool isStopping, bool hasChanged)
    {
        if (!isDue && !hasChanged)
            return;
        isDue = false;
        if (wanted.Url is { } url && !isStopping && next <= now && services.All.All(IsWellOrUnwanted))
        {
            beat(url);
            next = now + wanted.Interval;
        }
        deadlines.Set(this, wanted.Url is null || isStopping || next <= now ? null : next);
    }

    public override void OnDue(TimeSpan now) => isDue = true;

    private static (Uri?, TimeSpan) Of(SupervisorConfig config) => (config.HeartbeatUrl, config.HeartbeatInterval);

    private static bool IsWellOrUnwanted(ManagedService service) => service.IsWell || (service.State.Goal == Goal.Down && service.FinalExit is null);
}
