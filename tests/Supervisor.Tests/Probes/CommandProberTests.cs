using System.Threading.Channels;

namespace Supervisor.Tests.Probes;

/// <summary>What a command's end means. That real ones are run, and killed, is shown end to end.</summary>
public sealed class CommandProberTests
{
    private static readonly ServiceConfig Service = new()
    {
        Spec = new() { Name = "db", Checked = true },
        Cmd = ["x"],
        WorkingDir = "/tmp",
        HealthCmd = ["sh", "-c", "ready"],
        HealthTimeout = TimeSpan.FromSeconds(30),
    };

    private readonly Channel<Message> inbox = Channel.CreateUnbounded<Message>();

    [Theory]
    [InlineData(0, null, "Good", "sh exited with code 0")]
    [InlineData(2, null, "Bad", "sh exited with code 2")]
    [InlineData(null, "SIGSEGV", "Bad", "sh killed by SIGSEGV")]
    public async Task Its_exit_is_the_verdict(int? code, string? signal, string verdict, string detail)
    {
        var probing = ProberOf().ProbeAsync(Service, 42);
        (await RunAsync()).Ended.SetResult(new ExitStatus(code, signal));
        Assert.Equal((verdict, detail), ((await probing).Verdict.ToString(), (await probing).Detail));
    }

    [Fact]
    public async Task It_is_told_whom_it_is_for_and_is_not_marked_as_the_daemon()
    {
        _ = ProberOf().ProbeAsync(Service with { Environment = Service.Environment.Add("PGPORT", "5433") }, 42);
        var request = (await RunAsync()).Request;
        Assert.Equal("/tmp", request.WorkingDir);
        Assert.Superset(new HashSet<string> { "PGPORT=5433", "SUPERVISOR_SERVICE=db", "SUPERVISOR_PID=42" }, new HashSet<string>(request.Environment));
        Assert.DoesNotContain(request.Environment, variable => variable.StartsWith("SUPERVISOR_STATE_DIR=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task At_its_timeout_it_is_killed_and_that_is_bad()
    {
        var probing = ProberOf().ProbeAsync(Service with { HealthTimeout = TimeSpan.FromMilliseconds(50) }, 42);
        var run = await RunAsync();
        Assert.Equal(new(Verdict.Bad, "no answer within 50ms"), await probing);
        Assert.Equal(run.Ended, Assert.IsType<Message.KillCommand>(await inbox.Reader.ReadAsync(TestContext.Current.CancellationToken)).Ended);
    }

    [Fact]
    public async Task One_that_cannot_be_started_is_no_verdict()
    {
        var probing = ProberOf().ProbeAsync(Service, 42);
        (await RunAsync()).Ended.SetException(new IOException("/bin/sh: Resource temporarily unavailable"));
        Assert.Equal(new(Verdict.None, "the prober failed: /bin/sh: Resource temporarily unavailable"), await probing);
        Assert.Equal(
            new(Verdict.None, "no-such-program: not found, or not executable"),
            await ProberOf().ProbeAsync(Service with { HealthCmd = ["no-such-program"] }, 42));
    }

    private CommandProber ProberOf() => new(new CommandRunner(inbox.Writer, TimeProvider.System));

    private async Task<Message.RunCommand> RunAsync() =>
        Assert.IsType<Message.RunCommand>(await inbox.Reader.ReadAsync(TestContext.Current.CancellationToken));
}
