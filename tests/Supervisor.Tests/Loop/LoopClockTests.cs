using Microsoft.Extensions.Time.Testing;

namespace Supervisor.Tests.Loop;

/// <summary>The loop's clock under a clock on the wall that somebody sets.</summary>
public sealed class LoopClockTests
{
    private readonly WallClock time = new();
    private readonly LoopClock clock;

    public LoopClockTests() => clock = new(time);

    [Theory]
    [InlineData(-3600)]
    [InlineData(-0.5)]
    [InlineData(3600)]
    public void A_wall_clock_that_is_set_moves_no_due_time(double seconds)
    {
        var before = clock.Now;
        var (deadlines, due) = (new Deadlines(), new Due());
        deadlines.Set(due, before + TimeSpan.FromSeconds(10));
        time.Shift += TimeSpan.FromSeconds(seconds);
        Assert.Equal(before, clock.Now);
        time.Advance(TimeSpan.FromSeconds(9.9));
        deadlines.Fire(clock.Now);
        Assert.False(due.HasFired);
        time.Advance(TimeSpan.FromSeconds(0.1));
        deadlines.Fire(clock.Now);
        Assert.True(due.HasFired);
    }

    [Fact]
    public void A_wall_clock_that_is_set_back_is_no_sleep_and_hides_none()
    {
        var asked = clock.Now;
        time.Advance(TimeSpan.FromSeconds(1));
        time.Shift -= TimeSpan.FromHours(1);
        clock.NoticeSleep();
        Assert.False(clock.SleptThrough(asked, TimeSpan.FromSeconds(1)));
        time.Shift += TimeSpan.FromMinutes(1);
        clock.NoticeSleep();
        Assert.True(clock.SleptThrough(asked, TimeSpan.FromSeconds(1)));
    }

    private sealed class Due : Deadline
    {
        public bool HasFired { get; private set; }

        public override void OnDue(TimeSpan now) => HasFired = true;
    }

    /// <summary>Its wall clock can be set; its timers and timestamps do not care.</summary>
    private sealed class WallClock : TimeProvider
    {
        private readonly FakeTimeProvider steady = new();

        public TimeSpan Shift { get; set; }

        public override long TimestampFrequency => steady.TimestampFrequency;

        public void Advance(TimeSpan time) => steady.Advance(time);

        public override DateTimeOffset GetUtcNow() => steady.GetUtcNow() + Shift;

        public override long GetTimestamp() => steady.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            steady.CreateTimer(callback, state, dueTime, period);
    }
}
