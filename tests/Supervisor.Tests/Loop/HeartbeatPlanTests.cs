namespace Supervisor.Tests.Loop;

public sealed class HeartbeatPlanTests
{
    private readonly WatchfulWorld world = new();

    [Fact]
    public void It_beats_at_once_and_after_each_interval_while_all_is_well()
    {
        var loop = world.LoopOf(Service(isChecked: false));
        loop.Start();
        Assert.Equal(1, world.Beats);
        world.Pass(loop, 59.5);
        Assert.Equal(1, world.Beats);
        world.Pass(loop, 61);
        Assert.Equal(3, world.Beats);
    }

    [Fact]
    public void It_does_not_beat_before_what_is_checked_is_healthy_and_does_then()
    {
        var loop = world.LoopOf(Service(isChecked: true));
        loop.Start();
        world.Pass(loop, 300);
        Assert.Equal(0, world.Beats);
        var (service, ticket) = Assert.Single(world.Probes);
        loop.OnProbed(service, ticket, new(Verdict.Good, "HTTP 200"));
        world.Pass(loop, 1);
        Assert.Equal(1, world.Beats);
    }

    [Fact]
    public void What_was_stopped_by_hand_is_as_it_should_be()
    {
        var loop = world.LoopOf(Service(isChecked: false) with { Autostart = false });
        loop.Start();
        Assert.Equal(1, world.Beats);
    }

    [Fact]
    public void It_does_not_beat_while_shutting_down()
    {
        var loop = world.LoopOf(Service(isChecked: false));
        loop.Start();
        loop.OnStopSignal("SIGTERM");
        world.Pass(loop, 300);
        Assert.Equal(1, world.Beats);
    }

    [Fact]
    public void Another_url_or_interval_counts_as_soon_as_it_is_read()
    {
        var loop = world.LoopOf(Service(isChecked: false));
        loop.Start();
        world.Pass(loop, 10);
        var edited = WatchfulWorld.ConfigOf(Service(isChecked: false));
        world.Reload(loop, edited);
        Assert.Equal((1, WatchfulWorld.HeartbeatUrl), (world.Beats, world.LastBeat));
        edited = edited with { HeartbeatUrl = new("http://127.0.0.1/other") };
        world.Reload(loop, edited);
        Assert.Equal((2, edited.HeartbeatUrl), (world.Beats, world.LastBeat));
        world.Reload(loop, edited with { HeartbeatInterval = TimeSpan.FromSeconds(20) });
        Assert.Equal(3, world.Beats);
        world.Pass(loop, 41);
        Assert.Equal(5, world.Beats);
        world.Reload(loop, edited with { HeartbeatUrl = null });
        world.Pass(loop, 300);
        Assert.Equal(5, world.Beats);
        world.Reload(loop, edited);
        Assert.Equal(6, world.Beats);
    }

    private static ServiceConfig Service(bool isChecked) =>
        new() { Spec = new() { Name = "a", Checked = isChecked }, Cmd = ["/bin/sh"], WorkingDir = "/", HealthTimeout = TimeSpan.FromHours(1) };
}
