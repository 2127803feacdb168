using Supervisor.Daemon.Polling;

namespace Supervisor.Daemon.Supervision;

/// <summary>
/// The loop's time: monotonic, as a span since an epoch of the machine's own. It stands still while the machine sleeps; the clock
/// on the wall does not, and that gives the sleep away.
/// </summary>
internal sealed class LoopClock(TimeProvider time)
{
    // Above any hiccup of a scheduler, below anything that a person would call a sleep.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1);

    private TimeSpan wallAhead = WallAhead(time);
    private TimeSpan lastSleep = TimeSpan.MinValue;

    /// <summary>Now.</summary>
    public TimeSpan Now => Deadlines.NowOn(time);

    /// <summary>Looks whether the machine slept since the last look.</summary>
    public void NoticeSleep()
    {
        var ahead = WallAhead(time);
        if (ahead - wallAhead > Tolerance)
            lastSleep = Now;
        wallAhead = ahead;
    }

    /// <summary>
    /// Whether something that was begun at <paramref name="since"/>, and should have been over within <paramref name="limit"/>, was
    /// interrupted by a sleep of the machine or of this process.
    /// </summary>
    public bool SleptThrough(TimeSpan since, TimeSpan limit) => since <= lastSleep || Now - since > limit + Tolerance;

    private static TimeSpan WallAhead(TimeProvider time) => time.GetUtcNow() - DateTimeOffset.UnixEpoch - Deadlines.NowOn(time);
}
