using Xunit;
using static Supervisor.Kernel.ServiceEvent;
using static Supervisor.Kernel.Tests.Sample;

namespace Supervisor.Kernel.Tests;

/// <summary>What survived when the kernel was mutated: edges, and clocks that do not begin at zero.</summary>
public sealed class BoundaryTests
{
    private static readonly TimeSpan Late = TimeSpan.FromDays(40);

    private static ServiceState StartedLate(ServiceSpec spec) => After(spec, Launching(spec), new Spawned(1, Pid), Late);

    [Fact]
    public void An_answer_that_nobody_asked_an_unchecked_service_for_changes_nothing()
    {
        var state = Running(Unchecked);
        Assert.Equal(new Decision(state), ServiceMachine.Step(Unchecked, state, new Probed(1, Verdict.Bad), Seconds(1)));
    }

    [Fact]
    public void The_start_period_ends_at_its_end()
    {
        var asked = After(Checked, Running(Checked), new Tick(), Seconds(9));
        Assert.Equal(1, Failures(After(Checked, asked, new Probed(1, Verdict.Bad), Checked.HealthStartPeriod)));
    }

    [Theory]
    [InlineData(Verdict.Good)]
    [InlineData(Verdict.Bad)]
    [InlineData(Verdict.None)]
    public void Whatever_the_answer_the_next_question_is_due(Verdict verdict) =>
        Assert.Equal(Seconds(12), Probe(Checked, Healthy(Checked), verdict, Seconds(10)).Due);

    [Fact]
    public void An_early_question_must_be_answered_before_answers_count()
    {
        var spec = Checked with { HealthStartPeriod = TimeSpan.FromMilliseconds(100), HealthInterval = Seconds(5) };
        Assert.Equal(Seconds(5), Running(spec).Due);
        spec = spec with { HealthStartPeriod = TimeSpan.FromMilliseconds(101) };
        Assert.Equal(Seconds(0.1), Running(spec).Due);
    }

    [Fact]
    public void Uptime_is_counted_from_the_start_of_the_process_not_of_the_machine()
    {
        var asked = After(Checked, StartedLate(Checked), new Tick(), Late + Seconds(1));
        Assert.Equal(Late + Seconds(2), asked.Phase is Phase.Running ? asked.Probes.Next : null);
        Assert.Equal(0, Failures(After(Checked, asked, new Probed(1, Verdict.Bad), Late + Seconds(2))));
    }

    [Fact]
    public void A_failed_launch_is_a_failure()
    {
        var spec = Checked with { Restart = RestartMode.OnFailure };
        Assert.IsType<Phase.Backoff>(After(spec, Launching(spec), new SpawnFailed(1)).Phase);
    }

    [Fact]
    public void To_be_unhealthy_is_a_failure_whatever_the_exit_code()
    {
        var spec = Checked with { Restart = RestartMode.OnFailure, HealthRetries = 1 };
        var state = Probe(spec, Healthy(spec), Verdict.Bad, Seconds(5));
        Assert.IsType<Phase.Backoff>(After(spec, state, new Exited(1, true), Seconds(6)).Phase);
    }

    [Fact]
    public void Without_an_alert_there_is_nothing_to_recover_from()
    {
        var restarted = After(Checked, After(Checked, Backoff(Checked), new Tick(), Seconds(1)), new Spawned(2, Pid), Seconds(1));
        var asked = After(Checked, restarted, new Tick(), Seconds(2));
        var (state, effects) = ServiceMachine.Step(Checked, asked, new Probed(2, Verdict.Good), Seconds(2));
        Assert.Equal((Effects.None, new Streak(1, 0, false)), (effects, state.Streak));
    }

    [Fact]
    public void Of_two_things_to_wait_for_the_earlier_is_due()
    {
        var healthy = Healthy(Checked with { BackoffReset = Seconds(3) });
        Assert.Equal(Seconds(2), healthy.Due);
        var spec = Checked with { BackoffReset = Seconds(0.5) };
        Assert.Equal(Seconds(1.5), Probe(spec, Running(spec), Verdict.Good, Seconds(1)).Due);
    }

    private static int Failures(ServiceState state) => Tally(state).Failures;
}
