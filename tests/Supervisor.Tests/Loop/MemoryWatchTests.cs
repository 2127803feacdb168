namespace Supervisor.Tests.Loop;

/// <summary>Samples are due every 2 seconds: the default health_interval.</summary>
public sealed class MemoryWatchTests
{
    private const long Megabyte = 1 << 20;

    private readonly WatchfulWorld world = new();

    [Fact]
    public void Three_samples_in_a_row_above_the_limit_restart_it_with_the_figure_as_the_reason()
    {
        var loop = world.LoopOf(Service("a", 512 * Megabyte));
        loop.Start();
        world.Memory[1] = 812 * Megabyte;
        world.Pass(loop, 5.5);
        Assert.Equal("running", StillWorld.StatusOf(loop).Status);
        world.Pass(loop, 1);
        Assert.Equal(("stopping", "unhealthy"), (StillWorld.StatusOf(loop).Status, StillWorld.StatusOf(loop).Health));
        Assert.Contains("unhealthy: memory 812 MB above memory_max 512MB in 3 samples; sending SIGTERM", world.Told);
    }

    [Fact]
    public void A_sample_at_the_limit_starts_the_count_anew_and_one_that_failed_does_not()
    {
        var loop = world.LoopOf(Service("a", 512 * Megabyte));
        loop.Start();
        foreach (var megabytes in new long?[] { 513, 513, 512, 513, null, 513 })
        {
            if (megabytes is { } some)
                world.Memory[1] = some * Megabyte;
            else
                world.Memory.Remove(1);
            world.Pass(loop, 2);
            Assert.Equal("running", StillWorld.StatusOf(loop).Status);
        }
        world.Memory[1] = 513 * Megabyte;
        world.Pass(loop, 2);
        Assert.Equal("stopping", StillWorld.StatusOf(loop).Status);
        Assert.Equal(7, world.Measurements);
    }

    [Fact]
    public void Services_are_measured_together_and_those_without_a_limit_not_at_all()
    {
        var loop = world.LoopOf(Service("a", Megabyte), Service("b", null), Service("c", Megabyte));
        loop.Start();
        world.Pass(loop, 4.5);
        Assert.Equal((2, 2), (world.Measurements, world.Measured.Count));
        Assert.DoesNotContain(2, world.Measured);
    }

    [Fact]
    public void Without_a_limit_nothing_is_ever_measured()
    {
        var loop = world.LoopOf(Service("a", null));
        loop.Start();
        world.Pass(loop, 60);
        Assert.Equal(0, world.Measurements);
    }

    private static ServiceConfig Service(string name, long? memoryMax) =>
        new() { Spec = new() { Name = name }, Cmd = ["/bin/sh"], WorkingDir = "/", MemoryMax = memoryMax };
}
