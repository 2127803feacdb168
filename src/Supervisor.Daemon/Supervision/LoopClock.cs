using System.Threading.Channels;

namespace Supervisor.Daemon.Supervision;

/// <summary>
/// The loop's time: monotonic, as a span since an epoch of the machine's own. It stands still while the machine
/// sleeps; the clock on the wall does not, and that gives the sleep away.
/// </summary>
internal sealed class LoopClock : IDisposable
{
    // Above any hiccup of a scheduler, below anything that a person would call a sleep.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1);

    private readonly TimeProvider time;
    private readonly ITimer timer;
    private TimeSpan? armedFor;
    private TimeSpan wallAhead;
    private TimeSpan lastSleep = TimeSpan.MinValue;

    public LoopClock(TimeProvider time, ChannelWriter<Message> inbox)
    {
        this.time = time;
        wallAhead = WallAhead();
        timer = time.CreateTimer(_ => inbox.TryWrite(Message.TimerFired.Instance), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Now.</summary>
    public TimeSpan Now => NowOn(time);

    /// <summary>Now on the machine's monotonic clock: the same for every supervisor of one boot.</summary>
    public static TimeSpan NowOn(TimeProvider time) => time.GetElapsedTime(0, time.GetTimestamp());

    /// <summary>Has the timer fire at this time, and at no other; null for never.</summary>
    public void WakeAt(TimeSpan? at)
    {
        if (at == armedFor)
            return;
        armedFor = at;
        timer.Change(at is { } due ? FromNow(due) : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The timer has fired and is no longer armed.</summary>
    public void Disarmed() => armedFor = null;

    /// <summary>Looks whether the machine slept since the last look.</summary>
    public void NoticeSleep()
    {
        var ahead = WallAhead();
        if (ahead - wallAhead > Tolerance)
            lastSleep = Now;
        wallAhead = ahead;
    }

    /// <summary>
    /// Whether something that was begun at <paramref name="since"/>, and should have been over within
    /// <paramref name="limit"/>, was interrupted by a sleep of the machine or of this process.
    /// </summary>
    public bool SleptThrough(TimeSpan since, TimeSpan limit) => since <= lastSleep || Now - since > limit + Tolerance;

    public void Dispose() => timer.Dispose();

    private TimeSpan WallAhead() => time.GetUtcNow() - DateTimeOffset.UnixEpoch - Now;

    /// <summary>In whole milliseconds, the timer's unit, rounded up so that it never fires too early; and within its range.</summary>
    private TimeSpan FromNow(TimeSpan at)
    {
        var milliseconds = Math.Ceiling((at - Now).TotalMilliseconds);
        return TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 0, TimeSpan.MillisecondsPerDay));
    }
}
