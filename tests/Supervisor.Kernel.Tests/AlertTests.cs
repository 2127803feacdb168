using Xunit;
using static Supervisor.Kernel.ServiceEvent;
using static Supervisor.Kernel.Tests.Sample;

namespace Supervisor.Kernel.Tests;

public sealed class AlertTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(10)]
    public void The_restart_after_so_many_in_a_row_raises_one_alert(int after)
    {
        var spec = Unchecked with { AlertAfter = after };
        var alerts = Live(spec, Running(spec), 50).Select(restart => restart.Effects.HasFlag(Effects.Alert)).ToList();
        Assert.Equal(after, alerts.IndexOf(true));
        Assert.Single(alerts, raised => raised);
    }

    [Fact]
    public void The_first_health_after_an_alert_is_a_recovery_and_only_the_first()
    {
        var spec = Checked with { AlertAfter = 0 };
        var (state, _, now) = Live(spec, Running(spec), 3)[^1];
        Assert.Equal((Effects.Recover, Effects.None), (Answer(ref state, Seconds(1)), Answer(ref state, Seconds(10))));

        Effects Answer(ref ServiceState state, TimeSpan later)
        {
            state = After(spec, state, new Tick(), now + later);
            (state, var effects) = ServiceMachine.Step(spec, state, new Probed(state.Generation, Verdict.Good), now + later);
            return effects;
        }
    }

    [Fact]
    public void An_unchecked_service_has_recovered_once_it_ran_long_enough()
    {
        var spec = Unchecked with { AlertAfter = 0 };
        var (state, _, now) = Live(spec, Running(spec), 3)[^1];
        Assert.Equal(Effects.None, ServiceMachine.Step(spec, state, new Tick(), now + Seconds(59)).Effects);
        Assert.Equal(Effects.Recover, ServiceMachine.Step(spec, state, new Tick(), now + Seconds(60)).Effects);
    }

    [Fact]
    public void A_service_that_flaps_after_its_recovery_is_alerted_again_after_as_many_restarts()
    {
        var spec = Checked with { AlertAfter = 2 };
        var (state, _, now) = Live(spec, Running(spec), 3)[^1];
        state = Probe(spec, state, Verdict.Good, now + Seconds(1));
        var alerts = Live(spec, state, 3, now + Seconds(2)).Select(restart => restart.Effects.HasFlag(Effects.Alert));
        Assert.Equal([false, false, true], alerts);
    }

    [Fact]
    public void An_unchecked_service_that_flaps_after_its_recovery_is_alerted_again_too()
    {
        var spec = Unchecked with { AlertAfter = 2 };
        var (state, _, now) = Live(spec, Running(spec), 3)[^1];
        state = After(spec, state, new Tick(), now + Seconds(60));
        var alerts = Live(spec, state, 3, now + Seconds(61)).Select(restart => restart.Effects.HasFlag(Effects.Alert));
        Assert.Equal([false, false, true], alerts);
    }

    [Fact]
    public void A_manual_restart_does_not_swallow_the_recovery()
    {
        var spec = Checked with { AlertAfter = 0 };
        var (state, _, now) = Live(spec, Running(spec), 1)[^1];
        state = After(spec, After(spec, state, new Restart(), now), new Exited(state.Generation, true), now);
        state = After(spec, After(spec, state, new Spawned(state.Generation, Pid), now), new Tick(), now + Seconds(1));
        var effects = ServiceMachine.Step(spec, state, new Probed(state.Generation, Verdict.Good), now + Seconds(1)).Effects;
        Assert.Equal(Effects.Recover, effects);
    }

    /// <summary>So many crashes, each right after the start: what each restart led to.</summary>
    private static List<(ServiceState State, Effects Effects, TimeSpan Now)> Live(ServiceSpec spec, ServiceState state, int restarts, TimeSpan now = default)
    {
        var all = new List<(ServiceState, Effects, TimeSpan)>();
        for (var i = 0; i < restarts; i++)
        {
            state = After(spec, state, new Exited(state.Generation, false), now);
            now = state.Due!.Value;
            (state, var effects) = ServiceMachine.Step(spec, state, new Tick(), now);
            state = After(spec, state, new Spawned(state.Generation, Pid), now);
            all.Add((state, effects, now));
        }
        return all;
    }
}
