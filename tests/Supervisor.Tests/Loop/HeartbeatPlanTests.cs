using Supervisor.Configuration;
using Supervisor.Kernel;
using Supervisor.Loop;
using Supervisor.Probes;

namespace Supervisor.Tests.Loop;

public sealed class HeartbeatPlanTests
{
    private readonly WatchfulWorld world = new();

    [Fact]
    public void It_beats_at_once_and_after_each_interval_while_all_is_well()
    {
        using var loop = world.LoopOf(Service(isChecked: false));
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
        world.Answer = new TaskCompletionSource<ProbeResult>();
        using var loop = world.LoopOf(Service(isChecked: true));
        loop.Start();
        world.Pass(loop, 300);
        Assert.Equal(0, world.Beats);
        world.Answer.SetResult(new(Verdict.Good, "HTTP 200"));
        world.Pass(loop, 1);
        Assert.Equal(1, world.Beats);
    }

    [Fact]
    public void What_was_stopped_by_hand_is_as_it_should_be()
    {
        using var loop = world.LoopOf(Service(isChecked: false) with { Autostart = false });
        loop.Start();
        Assert.Equal(1, world.Beats);
    }

    [Fact]
    public void It_does_not_beat_while_shutting_down()
    {
        using var loop = world.LoopOf(Service(isChecked: false));
        loop.Start();
        world.Say(loop, new Message.StopSignalled("SIGTERM"));
        world.Pass(loop, 300);
        Assert.Equal(1, world.Beats);
    }

    private static ServiceConfig Service(bool isChecked) =>
        new() { Spec = new() { Name = "a", Checked = isChecked }, Cmd = ["/bin/sh"], WorkingDir = "/", HealthTimeout = TimeSpan.FromHours(1) };
}
