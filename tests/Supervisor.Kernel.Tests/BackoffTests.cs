using CsCheck;
using Xunit;
using static Supervisor.Kernel.ServiceEvent;
using static Supervisor.Kernel.Tests.Sample;

namespace Supervisor.Kernel.Tests;

public sealed class BackoffTests
{
    [Fact]
    public void Delays_double_from_the_first_and_stay_at_the_maximum_to_restart_one_thousand()
    {
        var gaps = CrashLoop(Unchecked, 1000);
        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60], gaps.Take(8));
        Assert.All(gaps.Skip(6), gap => Assert.Equal(60, gap));
    }

    [Fact]
    public void No_delay_is_ever_below_the_one_before_it_or_above_the_maximum() =>
        Gen.Select(Gen.Int[0, 100_000], Gen.Int[0, 1_000_000], Gen.Int[1, 2000]).Sample((initial, more, nth) =>
        {
            var spec = Unchecked with { BackoffInitial = TimeSpan.FromMilliseconds(initial), BackoffMax = TimeSpan.FromMilliseconds(initial + more) };
            var delay = RestartPolicy.Delay(spec, nth);
            Assert.InRange(delay, nth == 1 ? spec.BackoffInitial : RestartPolicy.Delay(spec, nth - 1), spec.BackoffMax);
        });

    [Fact]
    public void A_process_that_could_not_be_started_waits_like_one_that_died()
    {
        var state = After(Unchecked, Launching(Unchecked), new SpawnFailed(1), Seconds(5));
        Assert.Equal(Seconds(6), state.Due);
    }

    [Fact]
    public void Only_restarts_that_were_made_are_counted()
    {
        var state = Backoff(Unchecked);
        Assert.Equal((0, 0), (state.Restarts, state.Streak.Restarts));
        state = After(Unchecked, state, new Tick(), Seconds(1));
        Assert.Equal((1, 1), (state.Restarts, state.Streak.Restarts));
    }

    [Fact]
    public void A_manual_start_cuts_the_wait_short_and_starts_the_count_anew()
    {
        var (state, now) = AfterRestarts(Unchecked, 5);
        state = After(Unchecked, After(Unchecked, state, new Exited(state.Generation, false), now), new Start(), now);
        Assert.Equal((5, 0), (state.Restarts, state.Streak.Restarts));
    }

    [Fact]
    public void A_restart_by_hand_and_a_start_amid_a_stop_start_the_count_anew_too()
    {
        var (running, now) = AfterRestarts(Unchecked, 3);
        Assert.Equal(3, running.Streak.Restarts);
        Assert.Equal(0, After(Unchecked, running, new Restart(), now).Streak.Restarts);
        Assert.Equal(0, After(Unchecked, After(Unchecked, running, new Stop(), now), new Start(), now).Streak.Restarts);
    }

    [Theory]
    [InlineData(59.9, 4)]
    [InlineData(60.0, 1)]
    public void Running_for_the_reset_time_starts_the_count_anew_and_not_a_moment_before(double ran, int next)
    {
        var (state, now) = AfterRestarts(Unchecked, 3);
        state = After(Unchecked, state, new Exited(state.Generation, false), now + Seconds(ran));
        Assert.Equal(RestartPolicy.Delay(Unchecked, next), Assert.IsType<Phase.Backoff>(state.Phase).Until - now - Seconds(ran));
    }

    [Fact]
    public void A_daemon_that_dies_1300_milliseconds_after_each_start_backs_off_all_the_same()
    {
        var gaps = CrashLoop(Unchecked, 8, lives: Seconds(1.3));
        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60], gaps);
    }

    [Fact]
    public void The_reset_time_is_never_shorter_than_the_delay_before_it()
    {
        var spec = Unchecked with { BackoffReset = TimeSpan.Zero };
        var (state, now) = AfterRestarts(spec, 4);
        Assert.Equal(now + Seconds(8), state.Due);
    }

    [Fact]
    public void A_checked_service_that_never_gets_healthy_is_never_forgiven_however_long_it_runs()
    {
        var spec = Checked with { HealthStartPeriod = TimeSpan.FromDays(1) };
        var (state, now) = AfterRestarts(spec, 3);
        state = After(spec, state, new Tick(), now + TimeSpan.FromHours(5));
        Assert.Equal(3, state.Streak.Restarts);
    }

    [Fact]
    public void A_checked_service_is_forgiven_once_it_was_healthy_long_enough()
    {
        var (state, now) = AfterRestarts(Checked, 3);
        state = Probe(Checked, state, Verdict.Good, now + Seconds(2));
        state = After(Checked, state, new Tick(), now + Seconds(61.9));
        Assert.Equal(3, state.Streak.Restarts);
        state = After(Checked, state, new Tick(), now + Seconds(62));
        Assert.Equal(0, state.Streak.Restarts);
    }

    /// <summary>The gaps, in seconds, between each end and the start that follows.</summary>
    private static List<double> CrashLoop(ServiceSpec spec, int restarts, TimeSpan lives = default)
    {
        var gaps = new List<double>();
        var (state, now) = (Running(spec), TimeSpan.Zero);
        for (var i = 0; i < restarts; i++)
        {
            now += lives;
            state = After(spec, state, new Exited(state.Generation, false), now);
            var due = state.Due!.Value;
            Assert.Equal(state, After(spec, state, new Tick(), due - TimeSpan.FromTicks(1)));
            gaps.Add((due - now).TotalSeconds);
            now = due;
            state = After(spec, After(spec, state, new Tick(), now), new Spawned(state.Generation + 1, Pid), now);
        }
        return gaps;
    }

    private static (ServiceState State, TimeSpan Now) AfterRestarts(ServiceSpec spec, int restarts)
    {
        var (state, now) = (Running(spec), TimeSpan.Zero);
        for (var i = 0; i < restarts; i++)
        {
            state = After(spec, state, new Exited(state.Generation, false), now);
            now = state.Due!.Value;
            state = After(spec, After(spec, state, new Tick(), now), new Spawned(state.Generation + 1, Pid), now);
        }
        return (state, now);
    }
}
