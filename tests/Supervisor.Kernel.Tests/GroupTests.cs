using Xunit;
using static Supervisor.Kernel.ServiceEvent;

namespace Supervisor.Kernel.Tests;

/// <summary>A leader ends, and others of its group live on.</summary>
public sealed class GroupTests
{
    private static readonly ServiceSpec Spec = new() { Name = "a", StopTimeout = Seconds(10), BackoffInitial = Seconds(1), BackoffMax = Seconds(60) };

    [Theory]
    [InlineData(1, 10, 1)] // No longer than until the next start.
    [InlineData(30, 10, 10)] // Nor longer than the grace.
    public void The_rest_gets_the_stop_signal_and_its_grace(int backoff, int grace, int killAt)
    {
        var (state, effects) = Step(Spec with { BackoffInitial = Seconds(backoff), StopTimeout = Seconds(grace) }, Running, new LeaderEnded(1, false), 5);
        Assert.Equal((Effects.Terminate, Goal.Up), (effects, state.Goal));
        Assert.Equal(new Phase.Stopping(7, Seconds(0), StopCause.Exit, Seconds(5 + killAt), null, Seconds(5)), state.Phase);
        Assert.Equal(Effects.Kill, Step(Spec, state, new Tick(), 5 + killAt).Effects);
    }

    [Fact]
    public void Where_the_next_start_is_due_at_once_there_is_no_grace()
    {
        var (state, effects) = Step(Spec with { BackoffInitial = TimeSpan.Zero }, Running, new LeaderEnded(1, false), 5);
        Assert.Equal(Effects.Kill, effects);
        Assert.Null(Assert.IsType<Phase.Stopping>(state.Phase).KillAt);
    }

    [Fact]
    public void The_backoff_counts_from_the_end_of_the_leader()
    {
        var ended = Step(Spec with { BackoffInitial = Seconds(8) }, Running, new LeaderEnded(1, false), 5).State;
        var gone = Step(Spec with { BackoffInitial = Seconds(8) }, ended, new Exited(1, false), 9).State;
        Assert.Equal(new Phase.Backoff(Seconds(13)), gone.Phase);
    }

    [Theory]
    [InlineData(RestartMode.Always, true, Goal.Up)]
    [InlineData(RestartMode.OnFailure, false, Goal.Up)]
    [InlineData(RestartMode.OnFailure, true, Goal.Down)]
    [InlineData(RestartMode.No, false, Goal.Down)]
    public void What_does_not_come_back_has_its_whole_grace(RestartMode mode, bool success, Goal goal)
    {
        var spec = Spec with { Restart = mode };
        var state = Step(spec, Running, new LeaderEnded(1, success), 5).State;
        Assert.Equal((goal, Seconds(goal == Goal.Up ? 6 : 15)), (state.Goal, Assert.IsType<Phase.Stopping>(state.Phase).KillAt));
        var gone = Step(spec, state, new Exited(1, success), 5).State;
        Assert.Equal(goal, gone.Goal);
        Assert.Equal(goal == Goal.Up, gone.Phase is Phase.Backoff);
    }

    [Fact]
    public void While_it_is_stopped_the_grace_is_the_groups()
    {
        var stopping = Step(Spec, Running, new Stop(), 5).State;
        var (state, effects) = Step(Spec, stopping, new LeaderEnded(1, true), 6);
        Assert.Equal(Effects.None, effects);
        Assert.Equal((Seconds(15), Seconds(6)), (Assert.IsType<Phase.Stopping>(state.Phase).KillAt, ((Phase.Stopping)state.Phase).EndedAt));
        Assert.Equal(state, Step(Spec, state, new LeaderEnded(1, true), 7).State);
        Assert.IsType<Phase.Stopped>(Step(Spec, state, new Exited(1, true), 8).State.Phase);
    }

    [Fact]
    public void An_examination_ends_with_the_leader_and_the_rest_gets_the_stop_signal()
    {
        var spec = Spec with { Examination = Seconds(30) };
        var examined = Step(spec, Running, new Condemned(1), 5).State;
        var (state, effects) = Step(spec, examined, new LeaderEnded(1, false), 6);
        Assert.Equal(Effects.Terminate, effects);
        Assert.Equal((Seconds(16), null, StopCause.Unhealthy), (Assert.IsType<Phase.Stopping>(state.Phase).KillAt, ((Phase.Stopping)state.Phase).SignalAt, ((Phase.Stopping)state.Phase).Cause));
    }

    [Fact]
    public void A_start_meanwhile_begins_anew_as_soon_as_all_is_gone()
    {
        var ended = Step(Spec, Running, new LeaderEnded(1, false), 5).State;
        var asked = Step(Spec, ended, new Start(), 5).State;
        Assert.Equal(Effects.Spawn, Step(Spec, asked, new Exited(1, false), 5).Effects);
    }

    [Fact]
    public void Where_that_has_passed_when_all_is_gone_the_next_start_is_due_now()
    {
        var ended = Step(Spec, Running, new LeaderEnded(1, false), 5).State;
        Assert.Equal(new Phase.Backoff(Seconds(9)), Step(Spec, ended, new Exited(1, false), 9).State.Phase);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void What_had_been_well_for_long_enough_starts_its_count_anew(int wellAt)
    {
        var well = Running with { Phase = new Phase.Running(7, Seconds(0), Seconds(wellAt)), Streak = new(5, 0, false) };
        Assert.Equal(0, Step(Spec, well, new LeaderEnded(1, false), 5).State.Streak.Restarts);
    }

    private static ServiceState Running => ServiceState.Initial with { Goal = Goal.Up, Generation = 1, Phase = new Phase.Running(7, Seconds(0), null) };

    private static Decision Step(ServiceSpec spec, ServiceState state, ServiceEvent e, double now) => ServiceMachine.Step(spec, state, e, Seconds(now));

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
