namespace Supervisor.Daemon.Supervision;

/// <summary>
/// When the world is told that all is well: at once, and after each interval, but only while every service that should be
/// up is well. One that is due meanwhile is sent as soon as that is so again.
/// </summary>
internal sealed class HeartbeatPlan(SupervisorConfig initial, IHeartbeat? heartbeat, ServiceSet services)
{
    private (Uri? Url, TimeSpan Interval) wanted = Of(initial);
    private TimeSpan due = TimeSpan.MinValue;

    /// <summary>From here on it is sent as this configuration says, and at once if that is something new.</summary>
    public void Reconfigure(SupervisorConfig config)
    {
        if (Of(config) == wanted)
            return;
        wanted = Of(config);
        due = TimeSpan.MinValue;
    }

    /// <summary>Sends what is due, and gives the time when the next is; null for when something else has changed.</summary>
    public TimeSpan? Settle(TimeSpan now, bool isStopping)
    {
        if (heartbeat is null || wanted.Url is not { } url || isStopping)
            return null;
        if (due > now)
            return due;
        if (!AreAllWell())
            return null;
        heartbeat.Beat(url);
        return due = now + wanted.Interval;
    }

    private static (Uri?, TimeSpan) Of(SupervisorConfig config) => (config.HeartbeatUrl, config.HeartbeatInterval);

    private bool AreAllWell() => services.All.All(service => service.State.Goal == Goal.Down || ProgressOf.Wait(service.State) == Progress.Done);
}

/// <summary>Tells the world that all is well.</summary>
internal interface IHeartbeat
{
    /// <summary>Sends one. Never blocks and never throws.</summary>
    void Beat(Uri url);
}
