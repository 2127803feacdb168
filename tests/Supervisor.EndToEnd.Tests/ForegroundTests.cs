using System.Diagnostics;
using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

/// <summary>What <c>up</c> does besides, for containers, CI jobs and a desk.</summary>
public sealed class ForegroundTests
{
    private const string Last = "trap 'echo last; exit 5' TERM; echo first; sleep 1000 & wait";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("exit 7", 7, "up", "--exit-code-from", "job")]
    [InlineData("exit 0", 0, "up", "--exit-code-from", "job")]
    [InlineData("kill -9 $$", 137, "--exit-code-from=job")]
    [InlineData("exit 3", 3, "up", "--abort-on-exit")]
    public async Task The_end_of_a_service_stops_all_others_with_grace_and_its_exit_code_is_the_supervisors(string script, int code, params string[] args)
    {
        await using var deployment = Deployment.Of(
            ("other", Shell("trap 'echo graceful > end; exit' TERM; echo 1 > up; while :; do sleep 0.1; done")),
            ("job", Shell($"until [ -e up ]; do sleep 0.1; done; {script}").With(("restart", "no"))));
        deployment.Start(args);
        Assert.Equal(code, await deployment.EndedAsync());
        Assert.Equal("graceful\n", await deployment.ReadAsync("end"));
        await deployment.SaidAsync("job has ended (");
    }

    [Fact]
    public async Task Neither_the_end_of_another_nor_a_restart_nor_a_stop_by_hand_ends_the_supervisor()
    {
        await using var deployment = Deployment.Of(
            ("other", Shell("exit 3").With(("restart", "no"))),
            ("job", Shell("[ -e twice ] && exec sleep 1000; : > twice; exit 4").With(("restart", "on-failure"))));
        deployment.Start("up", "--exit-code-from", "job");
        await Commands.UntilAsync(async () => File.Exists(Path.Combine(deployment.Folder, "twice")) ? await deployment.RunAsync("wait", "job") : new(1, "", ""), waited => waited.ExitCode == 0);
        Assert.Equal(0, (await deployment.RunAsync("stop", "job")).ExitCode);
        Assert.Equal(0, (await deployment.RunAsync("start", "job")).ExitCode);
        deployment.Signal("TERM");
        Assert.Equal(143, await deployment.EndedAsync());
    }

    [Theory]
    [InlineData("supervisor: no service is named 'jbo'; did you mean 'job'?\n", "up", "--exit-code-from", "jbo")]
    [InlineData("supervisor: --exit-code-from: job never ends for good, for it is always restarted; give it \"restart\": \"no\" or \"on-failure\"\n", "up", "--exit-code-from", "job")]
    [InlineData("supervisor: --logs is for a supervisor in the foreground; leave -d out\n", "up", "-d", "--logs")]
    public async Task What_makes_no_sense_is_refused(string error, params string[] args)
    {
        await using var deployment = Deployment.Of(("job", Shell("exec sleep 1000")));
        var result = await deployment.RunAsync(args);
        Assert.Equal((2, "", error), (result.ExitCode, result.Output, result.Error));
    }

    [Fact]
    public async Task Logs_are_shown_from_the_first_line_to_the_last_also_those_of_services_added_meanwhile()
    {
        await using var deployment = Deployment.Of(("a", Shell(Last)));
        Start(deployment, "up --logs > shown");
        await UntilShownAsync(deployment, "a | first\n");
        deployment.Rewrite(services => services["added"] = Shell("echo new; exec sleep 1000"));
        Assert.Equal(0, (await deployment.RunAsync("reload")).ExitCode);
        await UntilShownAsync(deployment, "added | new\n");
        deployment.Signal("TERM");
        Assert.Equal(0, await deployment.EndedAsync());
        Assert.Equal("a | first\nadded | new\na     | last\n", await deployment.ReadAsync("shown"));
    }

    [Fact]
    public async Task An_upgrade_loses_neither_the_logs_nor_what_ends_the_supervisor()
    {
        await using var deployment = Deployment.Of(("job", Shell("echo first; until [ -e go ]; do sleep 0.1; done; echo last; exit 6").With(("restart", "no"))));
        Start(deployment, "up --logs --exit-code-from job > shown");
        await UntilShownAsync(deployment, "job | first\n");
        Assert.Equal(0, (await deployment.RunAsync("upgrade")).ExitCode);
        await File.WriteAllTextAsync(Path.Combine(deployment.Folder, "go"), "", Cancel);
        Assert.Equal(6, await deployment.EndedAsync());
        Assert.Equal("job | first\njob | last\n", await deployment.ReadAsync("shown"));
        Assert.DoesNotContain(deployment.Lines, line => line.Contains("orphan", StringComparison.Ordinal));
    }

    [Fact]
    public async Task When_nobody_reads_the_logs_any_more_the_services_run_on()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "children are seen by /proc");
        await using var deployment = Deployment.Of(("a", Shell("while :; do echo line; sleep 0.05; done")));
        Start(deployment, "up --logs > >(head -n 2 > shown)");
        await UntilShownAsync(deployment, "a | line\na | line\n");
        await Commands.UntilAsync(() => Task.FromResult(Followers(deployment.Pid).Count()), count => count == 0);
        Assert.Equal(0, (await deployment.RunAsync("status")).ExitCode);
        deployment.Signal("TERM");
        Assert.Equal(0, await deployment.EndedAsync());
    }

    [Fact]
    public async Task Whoever_follows_the_logs_ends_with_a_supervisor_that_is_killed_and_takes_no_signal_of_its_own()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "children are seen by /proc");
        await using var deployment = Deployment.Of(("a", Shell(Last)));
        Start(deployment, "up --logs > shown");
        await UntilShownAsync(deployment, "a | first\n");
        var (follower, daemon) = (Followers(deployment.Pid).Single(), await deployment.PidAsync("a"));
        Signals.Send(follower, "TERM");
        await File.AppendAllTextAsync(Path.Combine(deployment.Folder, "logs", "a.log"), "more\n", Cancel);
        await UntilShownAsync(deployment, "a | first\na | more\n");
        deployment.Signal("KILL");
        await deployment.EndedAsync();
        await Commands.UntilAsync(() => Task.FromResult(Directory.Exists($"/proc/{follower}")), lives => !lives);
        Signals.Send(-daemon, "KILL"); // It has outlived its supervisor, as it should.
    }

    [Fact]
    public async Task As_process_1_it_shows_the_last_lines_too()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && Commands.Exist("unshare"), "only root may make a pid namespace, on Linux, with unshare");
        Assert.SkipUnless((await Commands.RunAsync("unshare", "--pid", "--fork", "--mount-proc", "true")).ExitCode == 0, "no pid namespace may be made here");
        await using var deployment = Deployment.Of(("a", Shell(Last)));
        using var container = Process.Start("bash", ["-c", $"cd {deployment.Folder} && exec unshare --pid --fork --mount-proc --kill-child {Programs.Supervisor} up --logs > shown"]);
        await UntilShownAsync(deployment, "a | first\n");
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
        await container.WaitForExitAsync(Cancel);
        Assert.Equal(0, container.ExitCode);
        Assert.Equal("a | first\na | last\n", await deployment.ReadAsync("shown"));
    }

    private static void Start(Deployment deployment, string words)
    {
        deployment.Program = "bash";
        deployment.Start("-c", $"exec {Programs.Supervisor} {words}");
    }

    private static Task<string> UntilShownAsync(Deployment deployment, string text) => Commands.UntilAsync(
        async () => File.Exists(Path.Combine(deployment.Folder, "shown")) ? await deployment.ReadAsync("shown") : "",
        shown => shown.Contains(text, StringComparison.Ordinal));

    private static IEnumerable<int> Followers(int pid) => File.ReadAllText($"/proc/{pid}/task/{pid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(int.Parse).Where(IsFollower);

    private static bool IsFollower(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Contains("--attached", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // It has just ended.
        }
    }
}
