namespace Supervisor.Tests.Loop;

public sealed class SupervisorLoopTests
{
    [Fact]
    public void A_service_that_cannot_be_started_and_has_no_backoff_keeps_nobody_else_waiting()
    {
        var world = new BarrenWorld();
        var loop = LoopOf(world, Unchecked("a") with { BackoffInitial = TimeSpan.Zero, BackoffMax = TimeSpan.Zero }, Unchecked("b"));

        loop.Start();
        var status = StillWorld.Ask(loop, new Request.Status(null));
        loop.Turn();

        Assert.NotNull(status.Reply);
        Assert.InRange(world.Attempts, 2, 10);
    }

    [Theory]
    [InlineData(7, 1)]
    [InlineData(8, 0)]
    public void What_a_service_lacked_is_taken_up_once_it_is_there_unless_the_file_was_edited(int text, int started)
    {
        var world = new MortalWorld();
        var lacking = new ServiceConfig { Spec = Unchecked("a"), Cmd = ["/bin/sh"], WorkingDir = "/", Lack = "services.a.env_file: /x does not exist" };
        var config = new SupervisorConfig { File = "/f.json", LogDir = "/", StateDir = "/", Text = 7, Services = [lacking] };
        var loop = new SupervisorLoop(config, new(1, "", default), world.Surroundings, []);
        loop.Start();
        Assert.Equal("could not be started: services.a.env_file: /x does not exist", Assert.Single(world.Events.Texts("start_failed")));

        world.Time.Advance(TimeSpan.FromSeconds(5));
        loop.Turn();
        loop.OnConfigurationRead(new(null, []) { Tentative = config with { Text = text, Services = [lacking with { Lack = null }] } });
        world.Time.Advance(TimeSpan.FromSeconds(60));
        loop.Turn();

        Assert.Equal(started, world.Children.Count);
        Assert.Equal(started == 1, world.Events.Has("supplied"));
    }

    [Fact]
    public void Who_asks_while_it_ends_is_answered()
    {
        var loop = LoopOf(new());
        var down = StillWorld.Ask(loop, new Request.Shutdown());
        loop.Turn();
        Assert.True(loop.IsDone);
        Assert.Null(down.Reply);
        var (status, start, wait) = (StillWorld.Ask(loop, new Request.Status(null)), StillWorld.Ask(loop, new Request.Start(null)), StillWorld.Ask(loop, new Request.Wait(null)));

        loop.Close();

        Assert.Null(down.Error);
        Assert.Null(status.Error);
        Assert.Equal("the supervisor is shutting down", start.Error?.Message);
        Assert.Equal("the supervisor has shut down", wait.Error?.Message);
    }

    /// <summary>Whoever hears of it may rely on it: it was noted before, and is written.</summary>
    [Fact]
    public void What_is_answered_was_written_down_unless_that_takes_too_long()
    {
        var world = new MortalWorld { Trouble = "no", Unsaved = [] };
        var loop = LoopOf(world, Unchecked("a"));
        loop.Start();
        loop.Turn();
        var stop = StillWorld.Ask(loop, new Request.Stop(["a"]));
        loop.Turn();
        Assert.Null(stop.Reply);
        Assert.Equal(Goal.Down, Assert.Single(world.Noted).State.Goal);
        Assert.Single(world.Unsaved)();
        Assert.Null(stop.Error);

        var again = StillWorld.Ask(loop, new Request.Stop(["a"]));
        loop.Turn();
        Assert.Null(again.Reply);
        world.Time.Advance(TimeSpan.FromSeconds(1));
        loop.Turn();
        Assert.Null(again.Error);
        world.Unsaved[1]();
    }

    [Fact]
    public void Who_has_left_is_not_answered_and_what_was_asked_is_done()
    {
        var world = new MortalWorld();
        var loop = LoopOf(world, Unchecked("a"));
        loop.Start();
        var stop = new Question(new Request.Stop(["a"]), null, TimeSpan.FromSeconds(60), _ => Assert.Fail("nobody is there to answer"));
        loop.OnAsked(stop);
        stop.Withdraw();
        world.Newest.End(0);
        loop.OnChildrenEnded();
        loop.Turn();
        Assert.Equal("stopped", StillWorld.StatusOf(loop).Status);
        world.Time.Advance(TimeSpan.FromSeconds(60));
        loop.Turn();
        Assert.Null(StillWorld.Ask(loop, new Request.Status(["a"])).Error);
    }

    [Fact]
    public void Who_waits_longer_than_it_would_is_told_how_far_it_is()
    {
        var world = new MortalWorld();
        var loop = LoopOf(world, Unchecked("a"));
        loop.Start();
        var stop = StillWorld.Ask(loop, new Request.Stop(["a"]));
        world.Time.Advance(TimeSpan.FromSeconds(59.9));
        loop.Turn();
        Assert.Null(stop.Reply);
        world.Time.Advance(TimeSpan.FromSeconds(0.1));
        loop.Turn();
        Assert.Equal((Fault.TimedOut, "not done within 1m 00s: a is stopping; it goes on"), (stop.Error!.Code, stop.Error!.Message));
    }

    [Fact]
    public void What_has_failed_is_no_longer_waited_for_once_somebody_has_stopped_it()
    {
        var loop = LoopOf(new(), Unchecked("a") with { Restart = RestartMode.No });
        loop.Start();
        var before = StillWorld.Ask(loop, new Request.Wait(null));
        loop.Turn();
        var stop = StillWorld.Ask(loop, new Request.Stop(["a"]));
        var after = StillWorld.Ask(loop, new Request.Wait(null));
        loop.Turn();

        Assert.Equal("a: could not be started: no; it is not restarted", before.Error?.Message);
        Assert.Null(stop.Error);
        Assert.Null(after.Error);
    }

    [Fact]
    public void A_recovery_tells_of_as_many_restarts_as_were_forgotten_with_it()
    {
        var world = new MortalWorld();
        var loop = LoopOf(world, Unchecked("a") with { AlertAfter = 2 });
        loop.Start();
        for (var restart = 1; restart <= 3; restart++)
        {
            world.Newest.End(1);
            loop.OnChildrenEnded();
            world.Time.Advance(TimeSpan.FromSeconds(1 << (restart - 1)));
            loop.Turn();
        }
        world.Time.Advance(TimeSpan.FromSeconds(60));
        loop.Turn();

        Assert.Equal([("alert", 3), ("recovered", 3)], world.Events.All.Where(record => record.Event is "alert" or "recovered").Select(record => (record.Event, record.Restart!.Value)));
    }

    [Fact]
    public void What_was_asked_before_a_reload_does_not_answer_what_is_asked_since()
    {
        var world = new WatchfulWorld();
        var service = new ServiceConfig { Spec = new() { Name = "a", Checked = true }, Cmd = ["/bin/sh"], WorkingDir = "/", HealthTimeout = TimeSpan.FromHours(1) };
        var loop = world.LoopOf(service);
        loop.Start();
        world.Pass(loop, 1);
        var before = Assert.Single(world.Probes);
        world.Reload(loop, WatchfulWorld.ConfigOf(service with { HealthTcp = 1, Written = service.Written.Add("health_tcp", "1") }));
        var since = Assert.Single(world.Probes.Skip(1));
        loop.OnProbed(before.Service, before.Ticket, new(Verdict.Good, "of old"));
        world.Pass(loop, 1);
        Assert.Equal(("starting", null), (StillWorld.StatusOf(loop).Health, StillWorld.StatusOf(loop).LastProbe));
        loop.OnProbed(since.Service, since.Ticket, new(Verdict.Good, "of now"));
        world.Pass(loop, 1);
        Assert.Equal(("healthy", "of now"), (StillWorld.StatusOf(loop).Health, StillWorld.StatusOf(loop).LastProbe?.Detail));
    }

    private static ServiceSpec Unchecked(string name) => new() { Name = name };

    /// <summary>A look at all processes for each of a thousand that end together would hold up the loop for half a minute.</summary>
    [Fact]
    public void However_many_adopted_processes_end_at_once_it_is_looked_once_for_who_has_ended()
    {
        var world = new PeekedWorld();
        var loop = LoopOf(world);
        loop.Start();
        loop.Turn();
        var before = world.Peeks;
        for (var ended = 0; ended < 1000; ended++)
            loop.OnAdoptedEnded();
        loop.Turn();
        Assert.Equal(before + 1, world.Peeks);
        loop.Turn();
        Assert.Equal(before + 1, world.Peeks);
    }

    private static SupervisorLoop LoopOf(StillWorld world, params IEnumerable<ServiceSpec> specs)
    {
        var services = specs.Select(spec => new ServiceConfig { Spec = spec, Cmd = ["/bin/sh"], WorkingDir = "/" });
        return new(new() { File = "/f.json", LogDir = "/", StateDir = "/", Services = [.. services] }, new(1, "", default), world.Surroundings, []);
    }

    private sealed class PeekedWorld : StillWorld
    {
        public int Peeks { get; private set; }

        public override int? PeekEnded()
        {
            Peeks++;
            return null;
        }
    }

    /// <summary>Nothing can be started, which is tried a bounded number of times.</summary>
    private sealed class BarrenWorld : StillWorld
    {
        public int Attempts { get; private set; }

        public override SpawnResult Spawn(SpawnRequest request) =>
            ++Attempts <= 1000 ? new(0, "no") : throw new InvalidOperationException("started over and over");
    }
}
