using Xunit;
using static Supervisor.Kernel.ServiceEvent;
using static Supervisor.Kernel.Tests.Sample;

namespace Supervisor.Kernel.Tests;

/// <summary>The table of states × events, cell by cell.</summary>
public sealed class ServiceMachineTests
{
    /// <summary>Where each event leads from each state, what is wanted then, and what is done.</summary>
    public static TheoryData<string, string, string, Goal, Effects> Cells => new()
    {
        { "Stopped", "Start", "Launching", Goal.Up, Effects.Spawn },
        { "Stopped", "Restart", "Launching", Goal.Up, Effects.Spawn },
        { "Stopped", "Stop", "Stopped", Goal.Down, Effects.None },
        { "Stopped", "Kill", "Stopped", Goal.Down, Effects.None },
        { "Stopped", "Tick", "Stopped", Goal.Down, Effects.None },
        { "Stopped", "Spawned", "Stopped", Goal.Down, Effects.None },
        { "Stopped", "SpawnFailed", "Stopped", Goal.Down, Effects.None },
        { "Stopped", "Exited", "Stopped", Goal.Down, Effects.None },
        { "Stopped", "LeaderEnded", "Stopped", Goal.Down, Effects.None },
        { "Stopped", "Examined", "Stopped", Goal.Down, Effects.None },
        { "Stopped", "Condemned", "Stopped", Goal.Down, Effects.None },
        { "Stopped", "Probed", "Stopped", Goal.Down, Effects.None },
        { "Launching", "Start", "Launching", Goal.Up, Effects.None },
        { "Launching", "Restart", "Launching", Goal.Up, Effects.None },
        { "Launching", "Stop", "Launching", Goal.Down, Effects.None },
        { "Launching", "Kill", "Launching", Goal.Down, Effects.None },
        { "Launching", "Tick", "Launching", Goal.Up, Effects.None },
        { "Launching", "Spawned", "Running", Goal.Up, Effects.None },
        { "Launching", "SpawnFailed", "Backoff", Goal.Up, Effects.None },
        { "Launching", "Exited", "Launching", Goal.Up, Effects.None },
        { "Launching", "LeaderEnded", "Launching", Goal.Up, Effects.None },
        { "Launching", "Examined", "Launching", Goal.Up, Effects.None },
        { "Launching", "Condemned", "Launching", Goal.Up, Effects.None },
        { "Launching", "Probed", "Launching", Goal.Up, Effects.None },
        { "Running", "Start", "Running", Goal.Up, Effects.None },
        { "Running", "Restart", "Stopping", Goal.Up, Effects.Terminate },
        { "Running", "Stop", "Stopping", Goal.Down, Effects.Terminate },
        { "Running", "Kill", "Stopping", Goal.Down, Effects.Kill },
        { "Running", "Tick", "Running", Goal.Up, Effects.Probe },
        { "Running", "Spawned", "Running", Goal.Up, Effects.None },
        { "Running", "SpawnFailed", "Running", Goal.Up, Effects.None },
        { "Running", "Exited", "Backoff", Goal.Up, Effects.None },
        { "Running", "LeaderEnded", "Stopping", Goal.Up, Effects.Terminate },
        { "Running", "Examined", "Running", Goal.Up, Effects.None },
        { "Running", "Condemned", "Stopping", Goal.Up, Effects.Terminate },
        { "Running", "Probed", "Running", Goal.Up, Effects.None },
        { "Stopping", "Start", "Stopping", Goal.Up, Effects.None },
        { "Stopping", "Restart", "Stopping", Goal.Up, Effects.None },
        { "Stopping", "Stop", "Stopping", Goal.Down, Effects.None },
        { "Stopping", "Kill", "Stopping", Goal.Down, Effects.Kill },
        { "Stopping", "Tick", "Stopping", Goal.Down, Effects.Kill },
        { "Stopping", "Spawned", "Stopping", Goal.Down, Effects.None },
        { "Stopping", "SpawnFailed", "Stopping", Goal.Down, Effects.None },
        { "Stopping", "Exited", "Stopped", Goal.Down, Effects.None },
        { "Stopping", "LeaderEnded", "Stopping", Goal.Down, Effects.None },
        { "Stopping", "Examined", "Stopping", Goal.Down, Effects.None },
        { "Stopping", "Condemned", "Stopping", Goal.Down, Effects.None },
        { "Stopping", "Probed", "Stopping", Goal.Down, Effects.None },
        { "Backoff", "Start", "Launching", Goal.Up, Effects.Spawn },
        { "Backoff", "Restart", "Launching", Goal.Up, Effects.Spawn },
        { "Backoff", "Stop", "Stopped", Goal.Down, Effects.None },
        { "Backoff", "Kill", "Stopped", Goal.Down, Effects.None },
        { "Backoff", "Tick", "Launching", Goal.Up, Effects.Spawn },
        { "Backoff", "Spawned", "Backoff", Goal.Up, Effects.None },
        { "Backoff", "SpawnFailed", "Backoff", Goal.Up, Effects.None },
        { "Backoff", "Exited", "Backoff", Goal.Up, Effects.None },
        { "Backoff", "LeaderEnded", "Backoff", Goal.Up, Effects.None },
        { "Backoff", "Examined", "Backoff", Goal.Up, Effects.None },
        { "Backoff", "Condemned", "Backoff", Goal.Up, Effects.None },
        { "Backoff", "Probed", "Backoff", Goal.Up, Effects.None },
        { "Stopped", "StopInTurn", "Stopped", Goal.Down, Effects.None },
        { "Stopped", "Ready", "Stopped", Goal.Down, Effects.None },
        { "Launching", "StopInTurn", "Launching", Goal.Down, Effects.None },
        { "Launching", "Ready", "Launching", Goal.Up, Effects.None },
        { "Running", "StopInTurn", "Running", Goal.Down, Effects.None },
        { "Running", "Ready", "Running", Goal.Up, Effects.None },
        { "Stopping", "StopInTurn", "Stopping", Goal.Down, Effects.None },
        { "Stopping", "Ready", "Stopping", Goal.Down, Effects.None },
        { "Backoff", "StopInTurn", "Stopped", Goal.Down, Effects.None },
        { "Backoff", "Ready", "Backoff", Goal.Up, Effects.None },
        { "Waiting", "Start", "Launching", Goal.Up, Effects.Spawn },
        { "Waiting", "Restart", "Launching", Goal.Up, Effects.Spawn },
        { "Waiting", "Stop", "Stopped", Goal.Down, Effects.None },
        { "Waiting", "StopInTurn", "Stopped", Goal.Down, Effects.None },
        { "Waiting", "Kill", "Stopped", Goal.Down, Effects.None },
        { "Waiting", "Tick", "Waiting", Goal.Up, Effects.None },
        { "Waiting", "Ready", "Launching", Goal.Up, Effects.Spawn },
        { "Waiting", "Spawned", "Waiting", Goal.Up, Effects.None },
        { "Waiting", "SpawnFailed", "Waiting", Goal.Up, Effects.None },
        { "Waiting", "Exited", "Waiting", Goal.Up, Effects.None },
        { "Waiting", "LeaderEnded", "Waiting", Goal.Up, Effects.None },
        { "Waiting", "Examined", "Waiting", Goal.Up, Effects.None },
        { "Waiting", "Condemned", "Waiting", Goal.Up, Effects.None },
        { "Waiting", "Probed", "Waiting", Goal.Up, Effects.None },
    };

    [Theory]
    [MemberData(nameof(Cells))]
    public void Every_cell(string from, string happens, string to, Goal goal, Effects effects)
    {
        var before = States[from];
        var (after, done) = ServiceMachine.Step(Checked, before, Event(happens, before.Generation), Seconds(60));
        Assert.Equal((to, goal, effects), (after.Phase.GetType().Name, after.Goal, done));
        Assert.Equal(to == "Running", after.Probes != default);
    }

    [Fact]
    public void The_table_has_a_cell_for_every_event_in_every_phase()
    {
        var phases = typeof(Phase).GetNestedTypes().Select(type => type.Name);
        var events = typeof(ServiceEvent).GetNestedTypes().Where(type => !type.IsAbstract).Select(type => type.Name);
        var wanted = from phase in phases from e in events select (phase, e);
        Assert.Equal(wanted.Order(), Cells.Select(row => (row.Data.Item1, row.Data.Item2)).Order());
    }

    [Theory]
    [InlineData("Spawned")]
    [InlineData("SpawnFailed")]
    [InlineData("Exited")]
    [InlineData("LeaderEnded")]
    [InlineData("Probed")]
    [InlineData("Examined")]
    [InlineData("Condemned")]
    public void A_report_about_an_older_process_changes_nothing(string happens)
    {
        foreach (var state in States.Values)
            Assert.Equal(new Decision(state), ServiceMachine.Step(Checked, state, Event(happens, state.Generation - 1), Seconds(60)));
    }

    [Fact]
    public void A_stop_while_it_is_being_launched_stops_what_comes_of_it()
    {
        var state = After(Checked, Launching(Checked), new Stop());
        var (after, effects) = ServiceMachine.Step(Checked, state, new Spawned(1, Pid), default);
        Assert.IsType<Phase.Stopping>(after.Phase);
        Assert.Equal(Effects.Terminate, effects);
    }

    [Fact]
    public void A_stop_while_it_is_being_launched_lets_a_failed_launch_rest()
    {
        var state = After(Checked, Launching(Checked), new Stop());
        Assert.IsType<Phase.Stopped>(After(Checked, state, new SpawnFailed(1)).Phase);
    }

    [Fact]
    public void A_restart_starts_the_new_process_as_soon_as_the_old_one_is_gone()
    {
        var (state, effects) = ServiceMachine.Step(Checked, Restarting(Checked), new Exited(1, false), Seconds(5));
        Assert.Equal((Effects.Spawn, 2, 0), (effects, state.Generation, state.Restarts));
    }

    [Fact]
    public void A_restart_during_a_stop_starts_one_process_not_two()
    {
        var state = After(Checked, Stopping(Checked), new Restart());
        state = After(Checked, state, new Restart());
        var (after, effects) = ServiceMachine.Step(Checked, state, new Exited(1, false), default);
        Assert.Equal((2, Effects.Spawn), (after.Generation, effects));
    }

    [Fact]
    public void A_stop_during_a_restart_is_not_remembered_as_a_restart()
    {
        var state = After(Checked, Restarting(Checked), new Stop());
        Assert.IsType<Phase.Stopped>(After(Checked, state, new Exited(1, false)).Phase);
    }

    [Fact]
    public void A_stop_beats_the_restart_that_the_health_check_wanted()
    {
        var state = After(Checked, Unhealthy(), new Stop());
        Assert.IsType<Phase.Stopped>(After(Checked, state, new Exited(1, false)).Phase);
    }

    [Fact]
    public void A_stop_during_backoff_leaves_nothing_on_the_clock()
    {
        var state = After(Checked, Backoff(Checked), new Stop());
        Assert.Null(state.Due);
    }

    [Fact]
    public void SIGKILL_is_sent_once_and_not_before_the_stop_timeout()
    {
        var state = Stopping(Checked);
        Assert.Equal(Checked.StopTimeout, state.Due);
        Assert.Equal(Effects.None, ServiceMachine.Step(Checked, state, new Tick(), Checked.StopTimeout - Seconds(0.001)).Effects);
        var (killed, effects) = ServiceMachine.Step(Checked, state, new Tick(), Checked.StopTimeout);
        Assert.Equal(Effects.Kill, effects);
        Assert.Null(killed.Due);
    }

    [Fact]
    public void Nothing_is_probed_while_stopping() =>
        Assert.Equal(Checked.StopTimeout, Stopping(Checked).Due);

    [Fact]
    public void An_unhealthy_process_is_stopped_and_restarted_after_a_backoff()
    {
        var state = Unhealthy();
        Assert.Equal(StopCause.Unhealthy, Assert.IsType<Phase.Stopping>(state.Phase).Cause);
        state = After(Checked, state, new Exited(1, true), Seconds(20));
        Assert.Equal(Seconds(21), Assert.IsType<Phase.Backoff>(state.Phase).Until);
    }

    [Theory]
    [InlineData(RestartMode.Always, true, "Backoff", Goal.Up)]
    [InlineData(RestartMode.Always, false, "Backoff", Goal.Up)]
    [InlineData(RestartMode.OnFailure, true, "Stopped", Goal.Down)]
    [InlineData(RestartMode.OnFailure, false, "Backoff", Goal.Up)]
    [InlineData(RestartMode.No, true, "Stopped", Goal.Down)]
    [InlineData(RestartMode.No, false, "Stopped", Goal.Down)]
    public void The_restart_mode_decides_what_follows_an_end(RestartMode mode, bool success, string phase, Goal goal)
    {
        var spec = Checked with { Restart = mode };
        var state = After(spec, Running(spec), new Exited(1, success));
        Assert.Equal((phase, goal), (state.Phase.GetType().Name, state.Goal));
    }

    private static IReadOnlyDictionary<string, ServiceState> States { get; } = new Dictionary<string, ServiceState>
    {
        ["Stopped"] = Stopped,
        ["Launching"] = Launching(Checked),
        ["Running"] = Running(Checked),
        ["Stopping"] = Stopping(Checked),
        ["Backoff"] = Backoff(Checked),
        ["Waiting"] = Waiting(Checked),
    };

    private static ServiceState Unhealthy() => Unhealthy(Checked);

    private static ServiceState Unhealthy(ServiceSpec spec)
    {
        var state = Healthy(spec);
        for (var failure = 1; failure <= spec.HealthRetries; failure++)
            state = Probe(spec, state, Verdict.Bad, failure * spec.HealthInterval + Seconds(10));
        return state;
    }

    private static ServiceEvent Event(string name, int generation) => name switch
    {
        "Start" => new Start(),
        "Stop" => new Stop(),
        "StopInTurn" => new StopInTurn(),
        "Ready" => new Ready(),
        "Restart" => new Restart(),
        "Kill" => new Kill(),
        "Tick" => new Tick(),
        "Spawned" => new Spawned(generation, Pid),
        "SpawnFailed" => new SpawnFailed(generation),
        "Exited" => new Exited(generation, false),
        "LeaderEnded" => new LeaderEnded(generation, false),
        "Probed" => new Probed(generation, Verdict.Bad),
        "Examined" => new Examined(generation),
        "Condemned" => new Condemned(generation),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };
}
