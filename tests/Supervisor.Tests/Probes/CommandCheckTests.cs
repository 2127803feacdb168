using Supervisor.Tests.Loop;

namespace Supervisor.Tests.Probes;

/// <summary>What a command's end means. That real ones are run, and killed, is shown end to end.</summary>
public sealed class CommandCheckTests
{
    private static readonly ServiceConfig Service = new()
    {
        Spec = new() { Name = "db", Checked = true },
        Cmd = ["/bin/sh"],
        WorkingDir = "/tmp",
        HealthCmd = ["sh", "-c", "ready"],
        HealthTimeout = TimeSpan.FromSeconds(30),
    };

    private readonly MortalWorld world = new();
    private SupervisorLoop? loop;

    [Theory]
    [InlineData(0, null, true, "sh exited with code 0")]
    [InlineData(2, null, false, "sh exited with code 2")]
    [InlineData(null, "SIGSEGV", false, "sh killed by SIGSEGV")]
    public void Its_exit_is_the_verdict(int? code, string? signal, bool isGood, string detail)
    {
        var check = Check(Service);
        check.End(new ExitStatus(code, signal));
        AssertProbed(isGood, detail);
        Assert.Equal(isGood, !world.Events.Has("probe_failed"));
    }

    [Fact]
    public void It_is_told_whom_it_is_for_and_is_not_marked_as_the_daemon()
    {
        var check = Check(Service with { Environment = Service.Environment.Add("PGPORT", "5433") });
        Assert.Equal("/tmp", check.Request.WorkingDir);
        Assert.Equal([new("PGPORT", "5433"), new("SUPERVISOR_SERVICE", "db"), new("SUPERVISOR_PID", "2")], check.Request.Variables);
    }

    [Fact]
    public void At_its_timeout_it_is_killed_and_that_is_bad()
    {
        var check = Check(Service with { HealthTimeout = TimeSpan.FromMilliseconds(50) });
        Pass(TimeSpan.FromMilliseconds(49));
        Assert.Null(check.Status);
        Pass(TimeSpan.FromMilliseconds(1));
        Assert.True(check.WasKilled);
        AssertProbed(isGood: false, "no answer within 50ms");
        Assert.Single(world.Events.Texts("probe_failed"));
    }

    [Fact]
    public void One_that_cannot_be_started_is_no_verdict()
    {
        Check(Service, trouble: "/bin/sh: Resource temporarily unavailable");
        AssertProbed(isGood: false, "the prober failed: /bin/sh: Resource temporarily unavailable");
        Assert.False(world.Events.Has("probe_failed"));
    }

    [Fact]
    public void One_that_is_not_there_is_no_verdict()
    {
        Check(Service, cmd: "/no/such/program");
        AssertProbed(isGood: false, "the prober failed: /no/such/program does not exist; name an existing program (a relative path starts from working_dir)");
        Assert.False(world.Events.Has("probe_failed"));
    }

    /// <summary>Has a check of what is healthy begin; the newest process is the command then, if it could be started.</summary>
    private MortalWorld.Child Check(ServiceConfig service, string? trouble = null, string? cmd = null)
    {
        loop = LoopOf(service);
        loop.Start();
        Pass(service.Spec.HealthInterval);
        world.Newest.End(0);
        loop.OnChildrenEnded();
        Assert.Equal("healthy", StillWorld.StatusOf(loop).Health);
        world.Trouble = trouble;
        if (cmd is not null)
        {
            loop.OnReloadSignal();
            loop.OnConfigurationRead(new ConfigurationResult<SupervisorConfig>(ConfigOf(service with { HealthCmd = [cmd], Written = service.Written.Add("health_cmd", cmd) }), []));
        }
        Pass(service.Spec.HealthInterval);
        return world.Newest;
    }

    private SupervisorLoop LoopOf(ServiceConfig service) => new(ConfigOf(service), new(1, "", default), world.Surroundings, []);

    private static SupervisorConfig ConfigOf(ServiceConfig service) => new() { File = "/f.json", LogDir = "/", StateDir = "/", Services = [service] };

    private void Pass(TimeSpan time)
    {
        world.Time.Advance(time);
        loop!.Turn();
    }

    private void AssertProbed(bool isGood, string detail)
    {
        loop!.OnChildrenEnded();
        loop.Turn();
        var probe = StillWorld.StatusOf(loop).LastProbe;
        Assert.Equal((isGood, detail), (probe!.Ok, probe.Detail));
    }
}
