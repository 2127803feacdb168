using Xunit;
using static Supervisor.Kernel.ServiceEvent;
using static Supervisor.Kernel.Tests.Sample;

namespace Supervisor.Kernel.Tests;

/// <summary>What is condemned for another reason than its probes is unhealthy all the same.</summary>
public sealed class CondemnationTests
{
    [Fact]
    public void It_gets_the_stop_signal_and_comes_back_after_a_backoff()
    {
        var (state, effects) = ServiceMachine.Step(Unchecked, Running(Unchecked), new Condemned(1), Seconds(5));
        Assert.Equal(Effects.Terminate, effects);
        Assert.Equal(StopCause.Unhealthy, Assert.IsType<Phase.Stopping>(state.Phase).Cause);
        Assert.Equal(Seconds(7), Assert.IsType<Phase.Backoff>(After(Unchecked, state, new Exited(1, true), Seconds(6)).Phase).Until);
    }

    [Fact]
    public void It_is_examined_first_where_that_is_wanted()
    {
        var spec = Unchecked with { Examination = Seconds(5) };
        Assert.Equal(Effects.Examine, ServiceMachine.Step(spec, Running(spec), new Condemned(1), Seconds(5)).Effects);
    }

    [Fact]
    public void It_has_failed_though_it_ends_with_success()
    {
        var spec = Unchecked with { Restart = RestartMode.OnFailure };
        var stopping = After(spec, Running(spec), new Condemned(1));
        Assert.IsType<Phase.Backoff>(After(spec, stopping, new Exited(1, true)).Phase);
    }

    [Fact]
    public void What_does_not_run_or_is_another_process_is_left_alone()
    {
        foreach (var state in new[] { Stopped, Launching(Checked), Stopping(Checked), Restarting(Checked), Backoff(Checked) })
            Assert.Equal(new(state), ServiceMachine.Step(Checked, state, new Condemned(state.Generation), Seconds(1)));
        Assert.Equal(new(Running(Checked)), ServiceMachine.Step(Checked, Running(Checked), new Condemned(0), Seconds(1)));
    }
}
