namespace Supervisor.Simulation;

/// <summary>
/// Virtual time in whole milliseconds. The monotonic clock stands still while the machine sleeps; the clock on the wall
/// does not.
/// </summary>
internal sealed class SimulatedClock : TimeProvider
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private long asleep;

    /// <summary>Now, in milliseconds since the machine booted.</summary>
    public long Now { get; private set; } = 1_000_000;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Now * TimeSpan.TicksPerMillisecond;

    public override DateTimeOffset GetUtcNow() => Epoch.AddMilliseconds(Now + asleep);

    public void AdvanceTo(long time) => Now = time;

    /// <summary>The machine sleeps: time passes on the wall alone.</summary>
    public void Sleep(long milliseconds) => asleep += milliseconds;
}
