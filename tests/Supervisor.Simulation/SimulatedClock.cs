namespace Supervisor.Simulation;

/// <summary>
/// Virtual time in whole milliseconds. The monotonic clock stands still while the machine sleeps; the clock on the wall
/// does not.
/// </summary>
internal sealed class SimulatedClock : TimeProvider
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private long asleep;
    private Timer? timer;

    /// <summary>Now, in milliseconds since the machine booted.</summary>
    public long Now { get; private set; } = 1_000_000;

    /// <summary>When the loop's timer is due; null for never.</summary>
    public long? TimerDue => timer?.Due;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Now * TimeSpan.TicksPerMillisecond;

    public override DateTimeOffset GetUtcNow() => Epoch.AddMilliseconds(Now + asleep);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        timer = new Timer(this, callback);

    public void AdvanceTo(long time) => Now = time;

    /// <summary>The machine sleeps: time passes on the wall alone.</summary>
    public void Sleep(long milliseconds) => asleep += milliseconds;

    /// <summary>Fires the timer if it is due.</summary>
    public bool FireTimer()
    {
        if (timer?.Due is not { } due || due > Now)
            return false;
        timer.Due = null;
        timer.Callback(null);
        return true;
    }

    private sealed class Timer(SimulatedClock clock, TimerCallback callback) : ITimer
    {
        public long? Due { get; set; }

        public TimerCallback Callback { get; } = callback;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime == Timeout.InfiniteTimeSpan ? null : clock.Now + (long)dueTime.TotalMilliseconds;
            return true;
        }

        public void Dispose() => Due = null;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
