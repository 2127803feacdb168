using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("statsu", "supervisor: unknown verb 'statsu'; did you mean 'status'?\n")]
    [InlineData("status --jsno", "supervisor: unknown option '--jsno'; did you mean '--json'?\n")]
    [InlineData("restart", "supervisor: 'restart' needs a service name, or --all for every one\n")]
    [InlineData("stop a --all", "supervisor: 'stop' takes names or --all, not both\n")]
    [InlineData("down a", "supervisor: 'down' takes no service name; it is called: supervisor [-c FILE] down [--timeout DURATION]\n")]
    [InlineData("wait --timeout soon", "supervisor: --timeout: 'soon' is not a duration of at most 30d; write for example 500ms, 60s, 2m or 1d\n")]
    [InlineData("status --timeout", "supervisor: --timeout needs a value: --timeout DURATION\n")]
    public async Task What_makes_no_sense_is_refused_in_one_line(string args, string error)
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        var result = await deployment.RunAsync(args.Split(' '));
        Assert.Equal((2, "", error), (result.ExitCode, result.Output, result.Error));
    }

    [Fact]
    public async Task An_unknown_service_is_refused_with_the_nearest_name()
    {
        await using var deployment = await Deployment.Of(("reaper", Shell("exec sleep 1000"))).StartHealthyAsync();
        foreach (var verb in new[] { "restart", "status", "stop", "start", "wait" })
        {
            var result = await deployment.RunAsync(verb, "reapre");
            Assert.Equal((2, "", "supervisor: no service is named 'reapre'; did you mean 'reaper'?\n"), (result.ExitCode, result.Output, result.Error));
        }
    }

    [Theory]
    [InlineData("status")]
    [InlineData("restart a")]
    [InlineData("wait")]
    [InlineData("down")]
    public async Task Without_a_supervisor_the_exit_code_is_3(string args)
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        var result = await deployment.RunAsync(args.Split(' '));
        Assert.Equal((3, "", "supervisor: no supervisor is running for supervisor.json\n"), (result.ExitCode, result.Output, result.Error));
    }

    [Fact]
    public async Task Names_may_be_globs()
    {
        await using var deployment = await Deployment.Of(
            ("worker-1", Shell("exec sleep 1000")), ("web", Shell("exec sleep 1000")), ("worker-2", Shell("exec sleep 1000"))).StartHealthyAsync();
        Assert.Equal(["worker-1", "worker-2"], (await deployment.RunAsync("status", "worker-*")).Rows.Keys);
        Assert.Equal(["worker-1", "worker-2"], (await deployment.RunAsync("stop", "worker-*")).Rows.Keys);
    }

    [Fact]
    public async Task The_name_of_a_definition_stands_for_all_of_its_instances()
    {
        await using var deployment = await Deployment.Of(
            ("worker", Shell("echo started; exec sleep 1000").With(("instances", 2))), ("web", Shell("exec sleep 1000"))).StartHealthyAsync();
        foreach (var verb in new[] { "status", "restart", "stop", "start", "wait" })
            Assert.Equal(["worker-1", "worker-2"], (await deployment.RunAsync(verb, "worker")).Rows.Keys);
        Assert.Equal(0, (await deployment.RunAsync("signal", "worker", "CONT")).ExitCode);
        Assert.Equal(["worker-1 | ", "worker-2 | "], (await deployment.RunAsync("logs", "worker", "-n1")).Output.TrimEnd().Split('\n').Select(line => line[..11]));
        var events = (await deployment.RunAsync("events", "worker")).Output;
        Assert.Contains(" worker-2: sent SIGCONT to ", events, StringComparison.Ordinal);
        Assert.DoesNotContain(" web: ", events, StringComparison.Ordinal);
        Assert.Matches("^worker-1: no failure .*\nnow: .*\n\nworker-2: no failure ", (await deployment.RunAsync("why", "worker")).Output);
        var exec = await deployment.RunAsync("exec", "worker", "true");
        Assert.Equal((2, "supervisor: 'worker' has instances; name one of worker-1, worker-2\n"), (exec.ExitCode, exec.Error));
    }

    [Fact]
    public async Task Status_tells_1_when_something_is_not_as_it_should_be()
    {
        await using var deployment = Deployment.Of(("a", Shell("exit 1").With(("backoff_initial", "30s"))), ("b", Shell("exec sleep 1000"))).Start();
        await deployment.SaidAsync("a: restarting");
        var all = await deployment.RunAsync("status");
        Assert.Equal((1, "backoff", "-", "-", "-"), (all.ExitCode, all.Rows["a"][2], all.Rows["a"][1], all.Rows["a"][3], all.Rows["a"][4]));
        Assert.Matches(@"\n\na: exited with code 1 [0-9.]+m?s ago; next start in [0-9.]+s \(restart 1 in a row\)\n$", all.Output);
        var well = await deployment.RunAsync("status", "b");
        Assert.Equal(0, well.ExitCode);
        Assert.DoesNotContain("\n\n", well.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watching_repaints_the_window_and_cuts_what_is_wider()
    {
        Assert.SkipUnless(Commands.Exist("tmux"), "needs tmux");
        await using var deployment = Deployment.Of(("a", Shell("exit 1").With(("backoff_initial", "30s"))), ("b", Shell("exec sleep 1000"))).Start();
        await deployment.SaidAsync("a: restarting");
        string[] tmux = ["-S", Path.Combine(deployment.Folder, "tmux"), "-f", "/dev/null"];
        await Commands.RunAsync("tmux", [.. tmux, "new-session", "-d", "-x", "40", "-y", "6", "-c", deployment.Folder, $"{Programs.Supervisor} -c {deployment.ConfigurationFile} status --watch --wide; exec sleep 1000"]);
        try
        {
            var first = await ScreenAsync(screen => screen.Contains("a: exited", StringComparison.Ordinal));
            Assert.Matches(@"^SERVICE +PID +STATUS.*\na +- +backoff .*\nb +\d+ +running .*\n\na: exited with code 1 .{18}\n+$", first);
            var second = await ScreenAsync(screen => screen != first);
            Assert.Equal(first.Count(letter => letter == '\n'), second.Count(letter => letter == '\n'));
            Assert.StartsWith("SERVICE ", second, StringComparison.Ordinal);
            await Commands.RunAsync("tmux", [.. tmux, "send-keys", "C-c"]);
            await ScreenAsync(screen => !screen.Contains("SERVICE", StringComparison.Ordinal));
        }
        finally
        {
            await Commands.RunAsync("tmux", [.. tmux, "kill-server"]);
        }

        async Task<string> ScreenAsync(Func<string, bool> isRight) =>
            (await Commands.UntilAsync(() => Commands.RunAsync("tmux", [.. tmux, "capture-pane", "-p"]), screen => isRight(screen.Output))).Output;
    }

    [Fact]
    public async Task Status_as_json_has_the_promised_keys_and_nothing_else_on_stdout()
    {
        await using var deployment = Deployment.Of(("a", Shell("exit 7").With(("backoff_initial", "30s")))).Start();
        await deployment.SaidAsync("a: restarting");
        var report = (await deployment.RunAsync("status", "--json")).Json;
        Assert.Equal(["supervisor", "services"], report.EnumerateObject().Select(property => property.Name));
        Assert.Equal(["pid", "version", "started_at"], report.GetProperty("supervisor").EnumerateObject().Select(property => property.Name));
        var service = report.GetProperty("services")[0];
        Assert.Equal(
            ["name", "pid", "status", "health", "uptime_seconds", "restarts", "consecutive_restarts", "next_start_seconds", "last_exit", "last_probe"],
            service.EnumerateObject().Select(property => property.Name));
        Assert.Equal(["at", "code", "signal", "reason"], service.GetProperty("last_exit").EnumerateObject().Select(property => property.Name));
        Assert.Equal(7, service.GetProperty("last_exit").GetProperty("code").GetInt32());
        Assert.InRange(service.GetProperty("next_start_seconds").GetDouble(), 1, 30);
    }

    [Fact]
    public async Task A_configuration_that_broke_meanwhile_does_not_hide_the_supervisor()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        await File.WriteAllTextAsync(deployment.ConfigurationFile, """{ "services": { "a": { "cmd": "oops" } } }""", TestContext.Current.CancellationToken);
        Assert.Equal(2, (await deployment.RunAsync("check")).ExitCode);
        Assert.Equal(0, (await deployment.RunAsync("status")).ExitCode);
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
    }

    /// <summary>Whoever reads it leaves, before or after it has said something; here with nothing more to say.</summary>
    [Theory]
    [InlineData("events -f", "head -n 1")]
    [InlineData("events -f", "true")]
    [InlineData("status --watch", "head -n 1")]
    [InlineData("logs -f a", "true")]
    public async Task What_goes_on_until_it_is_interrupted_ends_when_nobody_reads(string args, string reader)
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        using var pipeline = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("sh", ["-c", $"{{ {Programs.Supervisor} {args}; echo $? >code; }} | {reader}"]) { WorkingDirectory = deployment.Folder, RedirectStandardOutput = true })!;
        await pipeline.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal("0\n", await deployment.ReadAsync("code"));
    }

    [Theory]
    [InlineData("status", ">&-")]
    [InlineData("status", "> /dev/full")]
    [InlineData("--help", ">&-")]
    [InlineData("--version", "> /dev/full")]
    [InlineData("check", "> /dev/full")]
    [InlineData("check --json", ">&-")]
    [InlineData("completion bash", "> /dev/full")]
    [InlineData("why a", "> /dev/full")]
    [InlineData("events", "> /dev/full")]
    [InlineData("stop a", "> /dev/full")]
    [InlineData("-c new.json init", "> /dev/full")]
    [InlineData("-c new.json init --from Procfile", ">&-")]
    public async Task What_cannot_be_written_is_said_in_one_line_and_what_was_done_stays_done(string args, string where)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has /dev/full");
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        await File.WriteAllTextAsync(Path.Combine(deployment.Folder, "Procfile"), "web: sleep 1000\n", TestContext.Current.CancellationToken);
        var result = await Commands.RunAsync("sh", "-c", $"cd {deployment.Folder} && {Programs.Supervisor} {args} {where}");
        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Matches("^supervisor: standard output: (Bad file descriptor|No space left on device); the result is not shown, and what was done stays done\n$", result.Error);
        Assert.Equal(args.Contains("init", StringComparison.Ordinal), File.Exists(Path.Combine(deployment.Folder, "new.json")));
        Assert.Equal(args == "stop a" ? "stopped" : "running", (await deployment.StatusAsync("a")).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Check_as_json_is_a_list_of_problems()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        var fine = await deployment.RunAsync("check", "--json");
        Assert.Equal((0, "[]\n", ""), (fine.ExitCode, fine.Output, fine.Error));
        await File.WriteAllTextAsync(deployment.ConfigurationFile, """{ "services": { "a": { "cmd": "oops" } } }""", TestContext.Current.CancellationToken);
        var wrong = await deployment.RunAsync("check", "--json");
        Assert.Equal((2, ""), (wrong.ExitCode, wrong.Error));
        var problem = Assert.Single(wrong.Json.EnumerateArray());
        Assert.Equal(["file", "line", "column", "path", "message"], problem.EnumerateObject().Select(member => member.Name));
        Assert.Equal(("supervisor.json", 1, 31, "services.a.cmd"), (problem.GetProperty("file").GetString(), problem.GetProperty("line").GetInt32(), problem.GetProperty("column").GetInt32(), problem.GetProperty("path").GetString()));
    }

    [Theory]
    [InlineData("status")]
    [InlineData("stop --all")]
    [InlineData("restart a")]
    [InlineData("wait")]
    [InlineData("reload")]
    [InlineData("check --diff")]
    [InlineData("upgrade")]
    [InlineData("down --timeout 5s")]
    public async Task A_supervisor_of_another_configuration_in_the_same_folder_is_left_alone(string args)
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        File.Copy(deployment.ConfigurationFile, Path.Combine(deployment.Folder, "other.json"));
        var refused = await deployment.RunAsync(["-c", "other.json", .. args.Split(' ')]);
        Assert.Equal((3, "", $"supervisor: the supervisor here serves {deployment.ConfigurationFile}\n"), (refused.ExitCode, refused.Output, refused.Error));
        Assert.Equal("running", (await deployment.StatusAsync("a")).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_start_of_another_configuration_in_the_same_folder_says_who_runs_and_what_it_serves()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        File.Copy(deployment.ConfigurationFile, Path.Combine(deployment.Folder, "other.json"));
        foreach (var args in new string[][] { ["up"], ["up", "-d"] })
        {
            var second = await deployment.RunAsync(["-c", "other.json", .. args]);
            Assert.Equal((1, $"supervisor: already running (pid {deployment.Pid}): the supervisor here serves {deployment.ConfigurationFile}\n"), (second.ExitCode, second.Error));
        }
    }

    [Fact]
    public async Task The_same_configuration_is_known_by_every_path_that_leads_to_it()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        var current = Directory.CreateSymbolicLink(Path.Combine(deployment.Folder, "current"), deployment.Folder).FullName;
        Assert.Equal(0, (await deployment.RunAsync("-c", Path.Combine(current, "supervisor.json"), "status")).ExitCode);
        // An editor puts another file in its place.
        File.Copy(deployment.ConfigurationFile, deployment.ConfigurationFile + ".new");
        File.Move(deployment.ConfigurationFile + ".new", deployment.ConfigurationFile, overwrite: true);
        Assert.Equal(0, (await deployment.RunAsync("-c", Path.Combine(current, "supervisor.json"), "status")).ExitCode);
    }

    [Theory]
    [InlineData("--help", "usage: supervisor")]
    [InlineData("restart --help", "usage: supervisor [-c FILE] restart NAME...|--all")]
    [InlineData("help", "usage: supervisor [-c FILE] [VERB]")]
    [InlineData("help restart", "usage: supervisor [-c FILE] restart NAME...|--all")]
    [InlineData("help up", "usage: supervisor [-c FILE] up")]
    [InlineData("help help", "usage: supervisor [-c FILE] help [VERB]")]
    [InlineData("--version", "supervisor 0.")]
    public async Task Help_and_version_go_to_stdout(string args, string expected)
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        var result = await deployment.RunAsync(args.Split(' '));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains(expected, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_repaints_until_it_is_interrupted()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        using var watch = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(Programs.Supervisor, ["status", "--watch"])
        {
            WorkingDirectory = deployment.Folder,
            RedirectStandardOutput = true,
        })!;
        for (var headers = 0; headers < 2;)
            headers += (await watch.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!.StartsWith("SERVICE", StringComparison.Ordinal) ? 1 : 0;
        Signals.Send(watch.Id, "INT");
        await watch.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, watch.ExitCode);
    }
}
