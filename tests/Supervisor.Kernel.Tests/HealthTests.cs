using CsCheck;
using Xunit;
using static Supervisor.Kernel.ServiceEvent;
using static Supervisor.Kernel.Tests.Sample;

namespace Supervisor.Kernel.Tests;

public sealed class HealthTests
{
    [Fact]
    public void Exactly_so_many_failures_in_a_row_make_it_unhealthy() =>
        Gen.Select(Gen.Int[1, 6], Gen.Bool.Array[0, 60]).Sample((retries, answers) =>
        {
            var spec = Checked with { HealthRetries = retries };
            var (state, failures, now) = (Healthy(spec), 0, Seconds(1));
            foreach (var good in answers)
            {
                now += spec.HealthInterval;
                state = Probe(spec, state, good ? Verdict.Good : Verdict.Bad, now);
                failures = good ? 0 : failures + 1;
                Assert.Equal(failures >= retries, state.Phase is Phase.Stopping);
                if (failures >= retries)
                    return;
            }
        });

    [Fact]
    public void A_prober_that_fails_itself_neither_counts_nor_interrupts_the_count()
    {
        var state = Healthy(Checked);
        foreach (var verdict in new[] { Verdict.Bad, Verdict.None, Verdict.Bad, Verdict.None })
            state = Probe(Checked, state, verdict, (state.Due ?? default) + Seconds(2));
        Assert.Equal(2, Tally(state).Failures);
    }

    [Fact]
    public void Failures_before_the_first_success_do_not_count_until_the_start_period_has_passed()
    {
        var state = Running(Checked);
        state = Probe(Checked, state, Verdict.Bad, Checked.HealthStartPeriod - Seconds(0.1));
        Assert.Equal(0, Tally(state).Failures);
        state = Probe(Checked, state, Verdict.Bad, Checked.HealthStartPeriod + Seconds(2));
        Assert.Equal(1, Tally(state).Failures);
    }

    [Fact]
    public void After_the_first_success_failures_count_even_within_the_start_period()
    {
        var state = Probe(Checked, Healthy(Checked), Verdict.Bad, Seconds(3));
        Assert.Equal(1, Tally(state).Failures);
    }

    [Fact]
    public void A_new_process_starts_with_a_clean_count()
    {
        var state = Probe(Checked, Probe(Checked, Healthy(Checked), Verdict.Bad, Seconds(3)), Verdict.Bad, Seconds(5));
        state = After(Checked, After(Checked, state, new Exited(1, false), Seconds(6)), new Tick(), Seconds(7));
        state = After(Checked, state, new Spawned(2, Pid), Seconds(7));
        Assert.Equal(ProbeTally.Fresh(Checked, Seconds(7)), Tally(state));
    }

    [Fact]
    public void There_is_never_more_than_one_probe_under_way()
    {
        var asked = After(Checked, Running(Checked), new Tick(), Seconds(1));
        Assert.Null(asked.Due);
        Assert.Equal(new Decision(asked), ServiceMachine.Step(Checked, asked, new Tick(), Seconds(100)));
    }

    [Fact]
    public void An_answer_that_took_longer_than_the_interval_is_followed_by_the_next_question_at_once()
    {
        var state = After(Checked, Healthy(Checked), new Tick(), Seconds(10));
        state = After(Checked, state, new Probed(1, Verdict.Good), Seconds(15));
        Assert.Equal(Seconds(12), state.Due);
    }

    [Fact]
    public void An_answer_nobody_waits_for_is_ignored()
    {
        var state = Healthy(Checked);
        Assert.Equal(new Decision(state), ServiceMachine.Step(Checked, state, new Probed(1, Verdict.Bad), Seconds(2)));
    }

    [Fact]
    public void While_failures_do_not_count_it_is_asked_at_doubling_times_up_to_the_interval()
    {
        var (state, asked) = (Running(Checked), new List<double>());
        for (var i = 0; i < 8; i++)
        {
            asked.Add(state.Due!.Value.TotalSeconds);
            state = Probe(Checked, state, Verdict.Bad, state.Due.Value);
        }
        Assert.Equal([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.2, 7.2], asked.Select(time => Math.Round(time, 3)));
    }

    [Fact]
    public void Where_every_failure_counts_it_is_asked_at_the_interval_from_the_start()
    {
        var spec = Checked with { HealthStartPeriod = TimeSpan.Zero };
        Assert.Equal(spec.HealthInterval, Running(spec).Due);
    }

    [Fact]
    public void A_service_without_a_check_is_never_probed()
    {
        var state = After(Unchecked, Running(Unchecked), new Tick(), TimeSpan.FromDays(1));
        Assert.Null(state.Due);
    }

    [Fact]
    public void A_health_check_of_a_healthy_service_allocates_nothing()
    {
        var (tick, good) = (new Tick(), new Probed(1, Verdict.Good));
        // By then its restarts are forgotten, and all of the code is compiled.
        var (state, _) = Check(Healthy(Checked), 100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var (_, probes) = Check(state, 10_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(10_000, probes);

        (ServiceState State, int Probes) Check(ServiceState state, int rounds)
        {
            var probes = 0;
            for (var round = 0; round < rounds; round++)
            {
                var now = state.Due ?? default;
                var (asked, effects) = ServiceMachine.Step(Checked, state, tick, now);
                state = ServiceMachine.Step(Checked, asked, good, now).State;
                probes += effects == Effects.Probe && state.IsWell ? 1 : 0;
            }
            return (state, probes);
        }
    }
}
