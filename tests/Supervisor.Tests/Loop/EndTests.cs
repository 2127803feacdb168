namespace Supervisor.Tests.Loop;

/// <summary>How long a shutdown and an upgrade wait for alerts that are under way: not for ever, so that their failure can be told.</summary>
public sealed class EndTests
{
    private static readonly TimeSpan AlertPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);

    private readonly MortalWorld world = new();
    private readonly SupervisorLoop loop;
    private readonly MortalWorld.Child alert;
    private readonly MortalWorld.Child service;

    /// <summary>A service runs, and of its first restart an alert is under way.</summary>
    public EndTests()
    {
        var spec = new ServiceSpec { Name = "a", AlertAfter = 1, BackoffInitial = Instant };
        loop = new(
            new() { File = "/f.json", LogDir = "/", StateDir = "/", AlertCmd = ["/bin/sh", "-c", "mail"], Services = [new() { Spec = spec, Cmd = ["/bin/sh"], WorkingDir = "/" }] },
            new(1, "", default),
            world.Surroundings,
            []);
        loop.Start();
        while (!world.Events.Has("alert"))
        {
            world.Children.Last(child => child.Variable("SUPERVISOR_EVENT") is null).End(1);
            loop.OnChildrenEnded();
            Pass(TimeSpan.FromSeconds(1));
        }
        alert = world.Children.Single(child => child.Variable("SUPERVISOR_EVENT") == "alert");
        service = world.Children.Last(child => child != alert);
        Assert.Null(service.Status);
    }

    [Fact]
    public void A_shutdown_waits_for_an_alert_only_so_long_and_then_kills_it()
    {
        loop.OnStopSignal("SIGTERM");
        Die(service);
        Pass(AlertPatience - Instant);
        Assert.False(loop.IsDone);
        Assert.Null(alert.Status);
        Pass(Instant);
        Assert.True(alert.WasKilled);
        loop.OnChildrenEnded();
        loop.Turn();
        Assert.True(loop.IsDone);
    }

    [Fact]
    public void A_shutdown_is_over_as_soon_as_the_alert_is_and_its_failure_is_told()
    {
        loop.OnStopSignal("SIGTERM");
        Die(service);
        Pass(Instant);
        Assert.False(loop.IsDone);
        Die(alert);
        Assert.True(loop.IsDone);
        Assert.Equal(["alert_cmd did not deliver 'alert': /bin/sh exited with code 1"], world.Events.Texts("alert_failed"));
    }

    [Fact]
    public void A_second_signal_waits_for_no_alert()
    {
        loop.OnStopSignal("SIGTERM");
        Die(service);
        Pass(TimeSpan.FromMilliseconds(499));
        loop.OnStopSignal("SIGTERM");
        loop.Turn();
        Assert.False(alert.WasKilled); // It was the same, passed on by somebody.
        Pass(TimeSpan.FromMilliseconds(1));
        loop.OnStopSignal("SIGTERM");
        loop.Turn();
        Assert.True(alert.WasKilled);
        loop.OnChildrenEnded();
        loop.Turn();
        Assert.True(loop.IsDone);
    }

    [Fact]
    public void An_upgrade_waits_for_an_alert_only_so_long_and_leaves_it_alone()
    {
        Upgrade();
        Assert.False(loop.IsHandingOver);
        Pass(AlertPatience - Instant);
        Assert.False(loop.IsHandingOver);
        Pass(Instant);
        Assert.True(loop.IsHandingOver);
        Assert.Null(alert.Status);
    }

    [Fact]
    public void An_upgrade_waits_no_longer_than_the_alert_takes()
    {
        Upgrade();
        Assert.False(loop.IsHandingOver);
        Die(alert);
        Assert.True(loop.IsHandingOver);
    }

    [Fact]
    public void A_successor_that_is_not_fit_is_refused_in_its_own_words()
    {
        world.Saying = "supervisor: no such thing\n";
        var upgrade = Upgrade(code: 1);
        Assert.EndsWith("is not fit to take over: supervisor: no such thing", upgrade.Error!.Message, StringComparison.Ordinal);
        Assert.False(loop.IsHandingOver);
        Assert.True(world.Events.Has("upgrade_refused"));
    }

    [Fact]
    public void A_successor_that_takes_too_long_to_try_is_killed_and_refused()
    {
        var upgrade = StillWorld.Ask(loop, new Request.Upgrade());
        var trial = world.Newest;
        Pass(TimeSpan.FromSeconds(10));
        Assert.True(trial.WasKilled);
        Assert.EndsWith("it did not end within 10s", upgrade.Error!.Message, StringComparison.Ordinal);
        Assert.False(loop.IsHandingOver);
    }

    [Fact]
    public void A_second_upgrade_is_refused_while_one_is_under_way_and_a_shutdown_calls_it_off()
    {
        var first = StillWorld.Ask(loop, new Request.Upgrade());
        Assert.Equal("an upgrade is under way already", StillWorld.Ask(loop, new Request.Upgrade()).Error?.Message);
        Die(world.Newest, 0);
        loop.OnStopSignal("SIGTERM");
        loop.Turn();
        Assert.Equal("the supervisor is shutting down", first.Error?.Message);
        Assert.False(loop.IsHandingOver);
    }

    private Answer Upgrade(int code = 0)
    {
        var reply = StillWorld.Ask(loop, new Request.Upgrade());
        Assert.Contains("--successor", world.Newest.Request.Argv);
        Die(world.Newest, code);
        return reply;
    }

    private void Die(MortalWorld.Child child, int code = 1)
    {
        child.End(code);
        loop.OnChildrenEnded();
        loop.Turn();
    }

    private void Pass(TimeSpan time)
    {
        world.Time.Advance(time);
        loop.Turn();
    }
}
