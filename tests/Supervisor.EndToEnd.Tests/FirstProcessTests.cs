using System.Diagnostics;
using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

/// <summary>A supervisor that is process 1, as in a container.</summary>
public sealed class FirstProcessTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sigterm_stops_everything_with_grace_and_the_exit_code_is_0()
    {
        await using var deployment = Deployment.Of(("a", Shell("trap 'echo graceful > end; exit' TERM; echo $$ > pid; while :; do sleep 0.1; done")));
        using var container = Start(deployment, out var init);
        await ReadPidAsync(Path.Combine(deployment.Folder, "pid"));
        Signals.Send(await init, "TERM");
        await container.WaitForExitAsync(Cancel);
        Assert.Equal(0, container.ExitCode);
        Assert.Equal("graceful\n", await File.ReadAllTextAsync(Path.Combine(deployment.Folder, "end"), Cancel));
    }

    [Fact]
    public async Task Strangers_are_reaped_and_the_daemons_are_not_disturbed_by_it()
    {
        await using var deployment = Deployment.Of(("a", Shell("echo $$ > pid; exec sleep 1000")), ("b", Shell("sleep 0.5; exit 7").With(("restart", "no"))));
        using var container = Start(deployment, out var init);
        await ReadPidAsync(Path.Combine(deployment.Folder, "pid"));
        var inside = new[] { "-t", $"{await init}", "-m", "-p", "--", "sh", "-c" };
        var orphan = (await Commands.RunAsync("nsenter", [.. inside, "sleep 0.2 >&- 2>&- & echo $!"])).Output.Trim();
        await Commands.UntilAsync(() => Commands.RunAsync("nsenter", [.. inside, $"test -e /proc/{orphan}"]), gone => gone.ExitCode == 1);
        // The exit code of a daemon is known, so nobody else reaped it.
        await Commands.UntilAsync(() => deployment.RunAsync("status", "b", "--json"), status => status.Output.Contains("\"code\":7", StringComparison.Ordinal));
        Assert.Equal(0, (await deployment.RunAsync("status", "a")).ExitCode);
        Signals.Send(await init, "TERM");
        await container.WaitForExitAsync(Cancel);
    }

    [Fact]
    public async Task It_ends_as_the_supervisor_does()
    {
        await using var deployment = Deployment.Of(("a", Shell("echo $$ > pid; exec sleep 1000")));
        using var container = Start(deployment, out var init);
        await ReadPidAsync(Path.Combine(deployment.Folder, "pid"));
        Signals.Send(await init, "KILL");
        await container.WaitForExitAsync(Cancel);
        Assert.Equal(128 + 9, container.ExitCode);

        await File.WriteAllTextAsync(deployment.ConfigurationFile, "{}", Cancel);
        using var second = Start(deployment, out _);
        await second.WaitForExitAsync(Cancel);
        Assert.Equal(2, second.ExitCode);
    }

    /// <summary>Starts a supervisor in a pid namespace of its own, or skips the test and says why.</summary>
    private static Process Start(Deployment deployment, out Task<int> init)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && Commands.Exist("unshare", "nsenter"), "only root may make a pid namespace, on Linux, with unshare and nsenter");
        using (var trial = Commands.Start("unshare", "--pid", "--fork", "--mount-proc", "true"))
        {
            trial.WaitForExit();
            Assert.SkipUnless(trial.ExitCode == 0, $"no pid namespace may be made here: {trial.StandardError.ReadToEnd()}");
        }
        var container = Process.Start("unshare", ["--pid", "--fork", "--mount-proc", "--kill-child", Programs.Supervisor, "-c", deployment.ConfigurationFile]);
        init = InitOfAsync(container);
        return container;
    }

    private static async Task<int> InitOfAsync(Process container)
    {
        var children = await Commands.UntilAsync(
            async () => (await File.ReadAllTextAsync($"/proc/{container.Id}/task/{container.Id}/children")).Trim(), children => children.Length > 0);
        return int.Parse(children);
    }
}
