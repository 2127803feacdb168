using Xunit;
using static Supervisor.Kernel.ServiceEvent;
using static Supervisor.Kernel.Tests.Sample;

namespace Supervisor.Kernel.Tests;

/// <summary>What services owe to each other.</summary>
public sealed class FleetTests
{
    private static readonly ServiceSpec Dependent = new() { Name = "app", DependsOn = ["db"] };

    private static readonly ServiceSpec OneShot = Unchecked with { Restart = RestartMode.No };

    private static readonly ServiceState Done = After(OneShot, Running(OneShot), new Exited(1, true));

    private static readonly ServiceState Failed = After(OneShot, Running(OneShot), new Exited(1, false));

    private static readonly ServiceSpec Sweeping = Checked with { RestartDependents = true };

    [Fact]
    public void It_waits_until_all_that_it_depends_on_are_well()
    {
        var waiting = After(Dependent, Stopped, new Start());
        Assert.Equal(new Phase.Waiting(IsRestart: false), waiting.Phase);
        Assert.Null(waiting.Due);
        ServiceState[] notYet = [Stopped, Waiting(Checked), Running(Checked), Stopping(Checked), Restarting(Checked), Backoff(Checked), Leaving(Healthy(Checked))];
        foreach (var state in notYet)
            Assert.Null(Fleet.Next(waiting, [new(Checked, Healthy(Checked)), new(Checked, state)], []));
        Assert.Equal(new Ready(), Fleet.Next(waiting, [new(Checked, Healthy(Checked)), new(Unchecked, Running(Unchecked))], []));
    }

    [Fact]
    public void What_has_only_to_be_started_may_be_sick_and_may_have_done_its_work()
    {
        var waiting = After(Dependent, Stopped, new Start());
        foreach (var state in (ServiceState[])[Running(Checked), Healthy(Checked), Done])
            Assert.Equal(new Ready(), Fleet.Next(waiting, [new(Checked, state, Condition.Started)], []));
        foreach (var state in (ServiceState[])[Stopped, Waiting(Checked), Stopping(Checked), Backoff(Checked), Leaving(Healthy(Checked)), Failed])
            Assert.Null(Fleet.Next(waiting, [new(Checked, state, Condition.Started)], []));
    }

    [Fact]
    public void What_has_to_be_completed_has_ended_with_success_and_is_not_started_again()
    {
        var waiting = After(Dependent, Stopped, new Start());
        Assert.Equal(new Ready(), Fleet.Next(waiting, [new(OneShot, Done, Condition.Completed)], []));
        Assert.Equal(new Ready(), Fleet.Next(waiting, [new(OneShot, After(OneShot, Done, new Stop()), Condition.Completed)], []));
        ServiceState[] notDone =
        [
            Stopped, Running(OneShot), Stopping(OneShot), Failed, After(OneShot, Done, new Start()),
            After(OneShot, Stopping(OneShot), new Exited(1, true)), After(Unchecked, After(Unchecked, Running(Unchecked), new StopInTurn()), new Exited(1, true)),
        ];
        foreach (var state in notDone)
            Assert.Null(Fleet.Next(waiting, [new(OneShot, state, Condition.Completed)], []));
        // Others of its group may outlive the one that did the work.
        var left = After(OneShot, Running(OneShot), new LeaderEnded(1, true));
        Assert.Null(Fleet.Next(waiting, [new(OneShot, left, Condition.Completed)], []));
        Assert.Equal(new Ready(), Fleet.Next(waiting, [new(OneShot, After(OneShot, left, new Exited(1, true)), Condition.Completed)], []));
    }

    [Fact]
    public void A_restart_that_had_to_wait_counts_when_it_is_made()
    {
        var spec = Dependent with { AlertAfter = 0 };
        var waiting = After(spec, Backoff(Unchecked), new Tick(), Seconds(1));
        Assert.Equal((0, new Phase.Waiting(IsRestart: true)), (waiting.Restarts, waiting.Phase));
        var (state, effects) = ServiceMachine.Step(spec, waiting, new Ready(), Seconds(9));
        Assert.Equal((1, 1, Effects.Spawn | Effects.Alert), (state.Restarts, state.Streak.Restarts, effects));
    }

    [Fact]
    public void A_start_by_hand_that_has_to_wait_does_not_count()
    {
        var waiting = After(Dependent, After(Dependent, Backoff(Unchecked), new Tick(), Seconds(1)), new Restart());
        Assert.Equal(0, After(Dependent, waiting, new Ready()).Restarts);
    }

    [Fact]
    public void A_restart_by_hand_waits_too_once_the_old_process_is_gone() =>
        Assert.IsType<Phase.Waiting>(After(Dependent, Restarting(Unchecked), new Exited(1, false)).Phase);

    [Fact]
    public void A_dependency_that_fails_is_restarted_alone()
    {
        foreach (var state in new[] { Backoff(Checked), Restarting(Checked), Stopped })
            Assert.Null(Fleet.Next(Running(Unchecked), [new(Checked, state)], []));
    }

    [Fact]
    public void A_dependency_may_take_its_dependents_along()
    {
        foreach (var state in new[] { Backoff(Sweeping), Restarting(Sweeping) })
            Assert.Equal(new Restart(), Fleet.Next(Running(Unchecked), [new(Sweeping, state)], []));
        foreach (var state in new[] { Stopped, Stopping(Sweeping), Waiting(Sweeping), Running(Sweeping), Healthy(Sweeping) })
            Assert.Null(Fleet.Next(Running(Unchecked), [new(Sweeping, state)], []));
        Assert.Null(Fleet.Next(Backoff(Unchecked), [new(Sweeping, Backoff(Sweeping))], []));
        Assert.Null(Fleet.Next(Restarting(Unchecked), [new(Sweeping, Backoff(Sweeping))], []));
    }

    [Fact]
    public void A_restart_takes_them_along_while_it_has_to_wait_itself()
    {
        // As a supervisor may find them that was killed before it wrote down that it had started both.
        var spec = Sweeping with { DependsOn = ["disk"] };
        var waiting = After(spec, Backoff(Sweeping), new Tick(), Seconds(1));
        Assert.Equal(new Phase.Waiting(IsRestart: true), waiting.Phase);
        Assert.Equal(new Restart(), Fleet.Next(Running(Unchecked), [new(spec, waiting)], []));
    }

    [Fact]
    public void What_is_to_stop_in_turn_stops_once_its_dependents_that_stop_too_are_gone()
    {
        var leaving = Leaving(Running(Checked));
        foreach (var state in new[] { leaving, Stopping(Checked) })
            Assert.Null(Fleet.Next(leaving, [], [new(Checked, Stopped), new(Checked, state)]));
        foreach (var state in new[] { Stopped, Running(Checked), Restarting(Checked), Backoff(Checked), Waiting(Checked) })
            Assert.Equal(new Stop(), Fleet.Next(leaving, [], [new(Checked, state)]));
    }

    [Fact]
    public void A_dependency_that_takes_its_dependents_along_does_not_undo_a_stop_whose_turn_has_not_come()
    {
        var dependent = new Member(Checked, Leaving(Running(Checked)));
        foreach (var state in new[] { Backoff(Sweeping), Restarting(Sweeping) })
            Assert.Null(Fleet.Next(Leaving(Running(Unchecked)), [new(Sweeping, state)], [dependent]));
    }

    [Fact]
    public void An_examination_goes_on_until_its_turn_has_come_and_ends_then()
    {
        var spec = Checked with { Examination = Seconds(10), HealthRetries = 1 };
        var examined = After(spec, Probe(spec, Healthy(spec), Verdict.Bad, Seconds(9)), new StopInTurn());
        Assert.Equal(Goal.Down, examined.Goal);
        Assert.Null(Fleet.Next(examined, [], [new(Checked, Leaving(Running(Checked)))]));
        Assert.Equal(new Stop(), Fleet.Next(examined, [], []));
        Assert.Null(Fleet.Next(After(spec, examined, new Stop()), [], []));
    }

    [Fact]
    public void A_start_calls_off_a_stop_whose_turn_has_not_come()
    {
        var state = After(Checked, Leaving(Running(Checked)), new Start());
        Assert.Equal(Running(Checked), state);
        Assert.Null(Fleet.Next(state, [], []));
    }

    [Fact]
    public void What_ends_before_its_turn_to_stop_rests() =>
        Assert.IsType<Phase.Stopped>(After(Checked, Leaving(Running(Checked)), new Exited(1, false)).Phase);

    private static ServiceState Leaving(ServiceState state) => After(Checked, state, new StopInTurn());
}
