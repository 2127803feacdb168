using Xunit;
using static Supervisor.Kernel.ServiceEvent;
using static Supervisor.Kernel.Tests.Sample;

namespace Supervisor.Kernel.Tests;

/// <summary>What is found unhealthy may be examined before it is stopped; nothing waits for that but the stop signal.</summary>
public sealed class ExaminationTests
{
    private static readonly ServiceSpec Examined = Checked with { Examination = Seconds(5), HealthRetries = 1 };

    /// <summary>The verdict comes at 12 s.</summary>
    private static Decision Verdict(ServiceSpec spec)
    {
        var asked = After(spec, Healthy(spec), new Tick(), Seconds(12));
        return ServiceMachine.Step(spec, asked, new Probed(1, Kernel.Verdict.Bad), Seconds(12));
    }

    [Fact]
    public void The_stop_signal_waits_for_the_examination()
    {
        var (state, effects) = Verdict(Examined);
        Assert.Equal((Effects.Examine, Seconds(17)), (effects, state.Due));
        var (after, done) = ServiceMachine.Step(Examined, state, new Examined(1), Seconds(13));
        Assert.Equal((Effects.Terminate, Seconds(13) + Examined.StopTimeout), (done, after.Due));
        Assert.Equal(StopCause.Unhealthy, Assert.IsType<Phase.Stopping>(after.Phase).Cause);
    }

    [Fact]
    public void But_not_longer_than_it_may_take()
    {
        var (state, _) = Verdict(Examined);
        Assert.Equal(new Decision(state), ServiceMachine.Step(Examined, state, new Tick(), Seconds(16.999)));
        var (after, done) = ServiceMachine.Step(Examined, state, new Tick(), Seconds(17));
        Assert.Equal((Effects.Terminate, Seconds(17) + Examined.StopTimeout), (done, after.Due));
        Assert.Equal(new Decision(after), ServiceMachine.Step(Examined, after, new Examined(1), Seconds(18)));
    }

    [Theory]
    [InlineData("Stop", Effects.Terminate, false)]
    [InlineData("Start", Effects.Terminate, true)]
    [InlineData("Restart", Effects.Terminate, true)]
    [InlineData("Kill", Effects.Kill, false)]
    public void Whatever_is_asked_overtakes_it_and_its_cause_stays_what_it_was(string asked, Effects effects, bool startsAtOnce)
    {
        ServiceEvent e = asked switch { "Stop" => new Stop(), "Start" => new Start(), "Restart" => new Restart(), _ => new Kill() };
        var (state, done) = ServiceMachine.Step(Examined, Verdict(Examined).State, e, Seconds(13));
        var stopping = Assert.IsType<Phase.Stopping>(state.Phase);
        Assert.Equal((effects, StopCause.Unhealthy, startsAtOnce, null), (done, stopping.Cause, stopping.StartsAtOnce, stopping.SignalAt));
        Assert.Equal(new Decision(state), ServiceMachine.Step(Examined, state, new Examined(1), Seconds(13)));
    }

    [Fact]
    public void A_process_that_ends_meanwhile_has_failed()
    {
        var state = After(Examined, Verdict(Examined).State, new Exited(1, true), Seconds(13));
        Assert.Equal(Seconds(14), Assert.IsType<Phase.Backoff>(state.Phase).Until);
    }

    [Fact]
    public void Without_it_the_stop_signal_goes_out_at_once() =>
        Assert.Equal(Effects.Terminate, Verdict(Examined with { Examination = TimeSpan.Zero }).Effects);
}
