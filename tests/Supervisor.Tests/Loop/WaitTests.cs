using System.Collections.Immutable;

namespace Supervisor.Tests.Loop;

/// <summary>When people who wait get their answer: as soon as it is true, or as soon as it cannot come true any more.</summary>
public sealed class WaitTests
{
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);

    private readonly MortalWorld world = new();

    [Theory]
    [InlineData(RestartMode.No)]
    [InlineData(RestartMode.OnFailure)]
    public void What_has_done_its_work_is_well_everywhere(RestartMode restart)
    {
        var loop = LoopOf(Service("a") with { Restart = restart }, Service("b"));
        loop.Start();
        var wait = StillWorld.Ask(loop, new Request.Wait(null));
        End(loop, 0, code: 0);
        Pass(loop, TimeSpan.FromSeconds(1));
        Assert.Null(wait.Error);
        var status = Status(loop, "a");
        Assert.Equal(("exited", true, null), (status.Status, status.IsWell, status.Failed));
        Assert.Null(AskNow(loop, new Request.Wait(null)).Error);
        Assert.Null(AskNow(loop, new Request.Wait(["a"])).Error);
        var start = StillWorld.Ask(loop, new Request.Start(null));
        loop.Turn();
        Assert.Null(start.Reply);
        End(loop, 2, code: 0);
        loop.Turn();
        Assert.Null(start.Error);
    }

    [Fact]
    public void What_has_failed_for_good_is_not_well_and_whoever_waits_for_it_hears_that_at_once_whatever_else_is_pending()
    {
        var loop = LoopOf(Service("a") with { Restart = RestartMode.No }, Service("slow") with { Checked = true });
        loop.Start();
        Answer[] all = [StillWorld.Ask(loop, new Request.Wait(null)), StillWorld.Ask(loop, new Request.Start(null)), StillWorld.Ask(loop, new Request.Wait(["slow", "a"]))];
        End(loop, 0, code: 3);
        loop.Turn();
        Assert.All(all, one => Assert.Equal((Fault.Failed, "a: exited with code 3; it is not restarted"), (one.Error?.Code, one.Error?.Message)));
        var status = Status(loop, "a");
        Assert.Equal(("exited", false, true), (status.Status, status.IsWell, status.Failed));
        Assert.Equal("a: exited with code 3; it is not restarted", AskNow(loop, new Request.Wait(null)).Error?.Message);
    }

    [Fact]
    public void What_was_found_unhealthy_has_failed_though_it_exits_with_0()
    {
        var loop = LoopOf(Service("a") with { Restart = RestartMode.No, Checked = true, HealthRetries = 1, HealthStartPeriod = TimeSpan.Zero });
        loop.Start();
        var wait = StillWorld.Ask(loop, new Request.Wait(null));
        Pass(loop, TimeSpan.FromSeconds(2));
        var (service, ticket) = Assert.Single(world.Probes);
        loop.OnProbed(service, ticket, new(Verdict.Bad, "HTTP 503"));
        End(loop, 0, code: 0);
        loop.Turn();
        Assert.Equal("a: exited with code 0, after it was found unhealthy: HTTP 503; it is not restarted", wait.Error?.Message);
        Assert.Equal(("exited", false), (Status(loop, "a").Status, Status(loop, "a").IsWell));
    }

    [Fact]
    public void What_somebody_stops_has_not_ended_by_itself()
    {
        var loop = LoopOf(Service("a"), Service("b") with { Restart = RestartMode.No });
        loop.Start();
        End(loop, 1, code: 1);
        var stop = StillWorld.Ask(loop, new Request.Stop(null));
        End(loop, 0, code: 0);
        loop.Turn();
        Assert.Null(stop.Error);
        Assert.Equal(("stopped", "stopped"), (Status(loop, "a").Status, Status(loop, "b").Status));
    }

    [Fact]
    public void Without_a_health_check_it_counts_as_up_once_it_has_run_for_a_second()
    {
        var loop = LoopOf(Service("a"));
        loop.Start();
        Answer[] all = [StillWorld.Ask(loop, new Request.Wait(null)), StillWorld.Ask(loop, new Request.Start(["a"]))];
        Pass(loop, ProgressOf.Probation - Instant);
        Assert.All(all, one => Assert.Null(one.Reply));
        Assert.Equal(world.Now + Instant, world.Deadlines.Next);
        Pass(loop, Instant);
        Assert.All(all, one => Assert.Null(one.Error));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_start_that_ends_within_that_second_has_failed_whatever_the_backoff(int backoff)
    {
        var loop = LoopOf(Service("a") with { BackoffInitial = TimeSpan.FromSeconds(backoff) });
        loop.Start();
        Pass(loop, TimeSpan.FromSeconds(2));
        var restart = StillWorld.Ask(loop, new Request.Restart(["a"]));
        End(loop, 0, code: 0);
        loop.Turn();
        End(loop, 1, code: 7);
        loop.Turn();
        Assert.Equal("a: exited with code 7; it will be tried again", restart.Error?.Message);
    }

    [Fact]
    public void Whoever_waits_bears_any_number_of_restarts_or_as_many_as_was_said()
    {
        var loop = LoopOf(Service("a"), Service("slow") with { Checked = true });
        loop.Start();
        Answer[] all = [.. new int?[] { 0, 1, null }.Select(restarts => StillWorld.Ask(loop, new Request.Wait(null, restarts)))];
        End(loop, 0, code: 7);
        Assert.Equal("a: exited with code 7; it will be tried again", all[0].Error?.Message);
        Pass(loop, TimeSpan.FromSeconds(1));
        Assert.Null(all[1].Reply);
        End(loop, 2, code: 8);
        Assert.Equal("a: exited with code 8; it will be tried again", all[1].Error?.Message);
        Pass(loop, TimeSpan.FromSeconds(2));
        Assert.Null(all[2].Reply);
    }

    [Fact]
    public void Whoever_waits_for_too_long_hears_how_the_last_process_ended()
    {
        var loop = LoopOf(Service("a") with { BackoffInitial = TimeSpan.FromSeconds(90), BackoffMax = TimeSpan.FromSeconds(90) });
        loop.Start();
        var wait = StillWorld.Ask(loop, new Request.Wait(null));
        End(loop, 0, code: 7);
        Pass(loop, TimeSpan.FromSeconds(60) - Instant);
        Pass(loop, Instant);
        Assert.Equal((Fault.TimedOut, "not done within 1m 00s: a is in backoff: exited with code 7; it goes on"), (wait.Error?.Code, wait.Error?.Message));
    }

    [Fact]
    public void Whoever_waits_for_what_waits_for_something_that_has_failed_for_good_hears_so()
    {
        var loop = LoopOf(Service("db") with { Restart = RestartMode.No, Checked = true }, Service("app") with { DependsOn = ["db"] });
        loop.Start();
        var wait = StillWorld.Ask(loop, new Request.Wait(["app"]));
        loop.Turn();
        Assert.Null(wait.Reply);
        End(loop, 0, code: 1);
        loop.Turn();
        Assert.Equal("app is waiting for db, which is not restarted", wait.Error?.Message);
    }

    [Fact]
    public void For_whom_a_service_waits_is_told_once_and_not_again_for_each_that_it_need_not_wait_for_any_more()
    {
        string[] names = ["one", "two", "three"];
        var loop = LoopOf([.. names.Select(name => Config(Service(name) with { Restart = RestartMode.No })), Config(Service("app") with { DependsOn = names, Conditions = names.ToImmutableSortedDictionary(name => name, _ => Condition.Completed) })]);
        loop.Start();
        for (var i = 0; i < 3; i++)
        {
            End(loop, i, code: 0);
            loop.Turn();
        }
        Assert.Equal(["waiting for one, two, three"], world.Told.Where(line => line.Contains("waiting", StringComparison.Ordinal)));
        Assert.Equal("running", Status(loop, "app").Status);
    }

    [Fact]
    public void A_stop_that_a_start_overtakes_says_so()
    {
        var loop = LoopOf(Service("a"));
        loop.Start();
        var stop = StillWorld.Ask(loop, new Request.Stop(["a"]));
        loop.Turn();
        StillWorld.Ask(loop, new Request.Start(["a"]));
        loop.Turn();
        Assert.Equal("a was started again meanwhile", stop.Error?.Message);
    }

    [Fact]
    public void A_rolling_restart_goes_on_when_its_client_leaves()
    {
        var loop = LoopOf([.. Enumerable.Range(1, 3).Select(i => Config(Service($"a-{i}")) with { Definition = "a" })]);
        loop.Start();
        Pass(loop, TimeSpan.FromSeconds(2));
        var restart = new Question(new Request.Restart(null), null, TimeSpan.FromSeconds(60), _ => Assert.Fail("nobody is there to answer"));
        loop.OnAsked(restart);
        restart.Withdraw();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(3 + i, world.Children.Count);
            End(loop, i, code: 0);
            Pass(loop, TimeSpan.FromSeconds(1));
        }
        Assert.Equal(6, world.Children.Count);
    }

    [Fact]
    public void A_rolling_restart_goes_on_after_the_answer_that_another_one_has_failed()
    {
        var loop = LoopOf([Config(Service("x")), .. Enumerable.Range(1, 2).Select(i => Config(Service($"a-{i}")) with { Definition = "a" })]);
        loop.Start();
        Pass(loop, TimeSpan.FromSeconds(2));
        var restart = StillWorld.Ask(loop, new Request.Restart(null));
        End(loop, 0, code: 0);
        End(loop, 1, code: 0);
        End(loop, 3, code: 1);
        loop.Turn();
        Assert.Equal("x: exited with code 1; it will be tried again", restart.Error?.Message);
        Pass(loop, TimeSpan.FromSeconds(1));
        End(loop, 2, code: 0);
        loop.Turn();
        Assert.Equal(2, world.Children.Count(child => child.Variable("SUPERVISOR_SERVICE") == "a-2"));
    }

    [Fact]
    public void An_instance_that_does_not_get_well_leaves_those_after_it_as_they_are_even_if_it_recovers()
    {
        var loop = LoopOf([.. Enumerable.Range(1, 2).Select(i => Config(Service($"a-{i}")) with { Definition = "a" })]);
        loop.Start();
        Pass(loop, TimeSpan.FromSeconds(2));
        var restart = StillWorld.Ask(loop, new Request.Restart(null));
        End(loop, 0, code: 0);
        End(loop, 2, code: 1);
        loop.Turn();
        Assert.Equal("a-1: exited with code 1; it will be tried again; a-2 was not restarted", restart.Error?.Message);
        Pass(loop, TimeSpan.FromSeconds(10));
        Assert.Equal(1, world.Children.Count(child => child.Variable("SUPERVISOR_SERVICE") == "a-2"));
        Assert.Null(world.Children[1].Status);
    }

    [Fact]
    public void An_end_that_its_health_began_is_told_as_such_though_a_restart_was_asked_for_meanwhile()
    {
        var loop = LoopOf(Service("a") with { Checked = true, HealthRetries = 1, HealthStartPeriod = TimeSpan.Zero });
        loop.Start();
        Pass(loop, TimeSpan.FromSeconds(2));
        var (service, ticket) = Assert.Single(world.Probes);
        loop.OnProbed(service, ticket, new(Verdict.Bad, "HTTP 503"));
        var restart = StillWorld.Ask(loop, new Request.Restart(["a"]));
        End(loop, 0, code: 0);
        loop.Turn();
        var exit = Assert.Single(world.Events.All, record => record.Event == "exited");
        Assert.Equal((true, "exited with code 0, after it was found unhealthy: HTTP 503"), (exit.Failure, exit.Reason));
        Assert.Equal(2, world.Children.Count);
        Assert.Null(restart.Reply);
        Assert.Equal(0, Status(loop, "a").Restarts);
    }

    private static ServiceSpec Service(string name) => new() { Name = name };

    private static ServiceConfig Config(ServiceSpec spec) => new() { Spec = spec, Cmd = ["/bin/sh"], WorkingDir = "/" };

    private static Answer AskNow(SupervisorLoop loop, Request request)
    {
        var answer = StillWorld.Ask(loop, request);
        loop.Turn();
        return answer;
    }

    private static ServiceStatus Status(SupervisorLoop loop, string name) => StillWorld.Ask(loop, new Request.Status([name])).Reply!.Report!.Services[0];

    private SupervisorLoop LoopOf(params ServiceSpec[] specs) => LoopOf([.. specs.Select(Config)]);

    private SupervisorLoop LoopOf(ServiceConfig[] services) =>
        new(new() { File = "/f.json", LogDir = "/", StateDir = "/", Services = [.. services] }, new(1, "", default), world.Surroundings, []);

    /// <summary>The process that was started as this one ends.</summary>
    private void End(SupervisorLoop loop, int child, int code)
    {
        world.Children[child].End(code);
        loop.OnChildrenEnded();
        loop.Turn();
    }

    private void Pass(SupervisorLoop loop, TimeSpan time)
    {
        world.Time.Advance(time);
        loop.Turn();
    }
}
