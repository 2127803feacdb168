using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

/// <summary>What is left of a failure for those who come later.</summary>
public sealed class EvidenceTests
{
    [Fact]
    public async Task A_hung_daemon_is_examined_while_it_lives_and_why_tells_what_was_found()
    {
        var port = Ports.Free();
        var service = Dispatch("reaper", port).With(
            ("health_timeout", "400ms"),
            ("before_restart_cmd", new JsonArray("sh", "-c", "kill -0 $SUPERVISOR_PID && echo \"$SUPERVISOR_EVENT: $SUPERVISOR_SERVICE $SUPERVISOR_PID lives: $SUPERVISOR_REASON\"")));
        await using var deployment = await Deployment.Of(("reaper", service)).StartHealthyAsync();
        var pid = await deployment.PidAsync("reaper");
        await TellAsync(port, "hang");
        await deployment.SaidAsync("reaper: started", from: await deployment.SaidAsync("reaper: restarting"));
        var found = $"before_restart: reaper {pid} lives: 3 failures in a row, the last: no answer within 400ms";
        var file = Path.Combine(deployment.Folder, ".supervisor", "evidence", "reaper.txt");
        Assert.Equal(found + "\n", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        var events = (await EventsAsync(deployment, "reaper")).Select(one => one.Event).ToList();
        Assert.Equal(
            ["probe_failed", "probe_failed", "unhealthy", "examined", "stopping", "exited", "backoff", "started"],
            events.Skip(events.IndexOf("unhealthy") - 2).Take(8));
        var why = await deployment.RunAsync("why", "reaper");
        Assert.Equal(0, why.ExitCode);
        Assert.StartsWith("reaper: was found unhealthy, then exited with code 0, ", why.Output, StringComparison.Ordinal);
        foreach (var part in new[] { "probe failed (1 of 3): no answer within 400ms", found, "reaper: SIGTERM, ending", "restarting in 200ms", "this was the only failure" })
            Assert.Contains(part, why.Output, StringComparison.Ordinal);

        var facts = (await deployment.RunAsync("why", "reaper", "--json")).Json;
        Assert.Equal(("reaper", "was found unhealthy, then exited with code 0", 1), (facts.GetProperty("service").GetString(), facts.GetProperty("text").GetString(), facts.GetProperty("failures_last_day").GetInt32()));
        Assert.Equal(["probe_failed", "probe_failed", "unhealthy", "examined", "stopping"], facts.GetProperty("seen").EnumerateArray().Select(one => one.GetProperty("event").GetString()));
        Assert.Equal((pid, pid), (facts.GetProperty("started").GetProperty("pid").GetInt32(), facts.GetProperty("end").GetProperty("pid").GetInt32()));
        Assert.Equal("running", facts.GetProperty("now").GetProperty("status").GetString());
    }

    /// <summary>The file behind /dev/stderr is opened anew, and truncated: nothing prevents that of a log that is written to directly.</summary>
    [Fact]
    public async Task A_daemon_that_truncates_its_log_is_told_of_and_why_says_what_is_missing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "nowhere else are logs looked at");
        await using var deployment = Deployment.Of(("a", Shell("echo x > /dev/stderr; exit 7").With(("backoff_initial", "1m"))));
        var log = Path.Combine(Directory.CreateDirectory(Path.Combine(deployment.Folder, "logs")).FullName, "a.log");
        await File.WriteAllTextAsync(log, "written by an earlier one\n", TestContext.Current.CancellationToken);
        deployment.Start();
        await deployment.SaidAsync("a: its log was truncated, and what was in it is lost");
        await Commands.UntilAsync(() => File.ReadAllTextAsync(log, TestContext.Current.CancellationToken), text => text == "x\n"); // It is truncated first, and written to then.
        var why = await Commands.UntilAsync(() => deployment.RunAsync("why", "a"), why => why.Output.Contains("its log was truncated", StringComparison.Ordinal));
        Assert.StartsWith("a: exited with code 7, ", why.Output, StringComparison.Ordinal);
        Assert.Matches(@"the last lines of its log \(logs/a.log\):\n  \S+ its log was truncated, .*\n  x\n", why.Output);
    }

    [Fact]
    public async Task A_daemon_that_puts_itself_into_the_background_is_told_to_stay()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere nobody sees what was left behind");
        await using var deployment = Deployment.Of(("a", Shell("setsid sh -c 'echo $$ > pid; exec sleep 1000' & until [ -s pid ]; do sleep 0.01; done; exit 0").With(("backoff_initial", "1m"))));
        deployment.Start();
        await deployment.SaidAsync("a: puts itself into the background (pid ");
        var stray = await ReadPidAsync(Path.Combine(deployment.Folder, "pid"));
        await deployment.SaidAsync($"(pid {stray}, sleep), where it cannot be supervised: have it stay in the foreground");
        var why = await Commands.UntilAsync(() => deployment.RunAsync("why", "a"), why => why.Output.Contains($"  it puts itself into the background (pid {stray}", StringComparison.Ordinal));
        Assert.Equal(0, why.ExitCode);
    }

    /// <summary>A copy of the project folder may have a supervisor of its own, and services of the same names.</summary>
    [Theory]
    [InlineData("health_port", "b")]
    [InlineData("health_tcp", "a")]
    public async Task A_daemon_is_not_healthy_by_the_answer_of_somebody_who_was_there_before(string key, string mark)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere nobody sees who listens");
        var port = Ports.Free();
        using var stranger = Commands.Start("env", $"SUPERVISOR_SERVICE={mark}", "SUPERVISOR_STATE_DIR=/elsewhere", "dotnet", Programs.Dispatch, "stranger", $"{port}");
        try
        {
            await TellAsync(port, "probes");
            await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000").With((key, port), ("health_interval", "100ms"), ("health_start_period", 0), ("backoff_initial", "1m"))));
            deployment.Start();
            await deployment.SaidAsync($"a: unhealthy: 3 failures in a row, the last: it was answered by pid {stranger.Id} (dotnet), which holds port {port} and is not this service's");
            Assert.DoesNotContain(deployment.Lines, line => line.Contains("a: healthy", StringComparison.Ordinal));
            Assert.Contains($"port {port} is held by pid {stranger.Id} (dotnet), which is not this service's", (await deployment.RunAsync("why", "a")).Output, StringComparison.Ordinal);
        }
        finally
        {
            stranger.Kill();
        }
    }

    /// <summary>A child may listen, in a session of its own too; and a URL may be meant to be somebody else's.</summary>
    [Fact]
    public async Task A_daemon_is_healthy_by_the_answer_of_its_child_and_by_whatever_url_it_names()
    {
        var (port, loose, other) = (Ports.Free(), Ports.Free(), Ports.Free());
        using var stranger = Commands.Start("dotnet", Programs.Dispatch, "stranger", $"{other}");
        try
        {
            await TellAsync(other, "probes");
            await using var deployment = await Deployment.Of(
                ("child", Shell($"dotnet {Programs.Dispatch} child {port} & wait").With(("health_port", port))),
                ("loose", Shell($"setsid dotnet {Programs.Dispatch} loose {loose} & wait").With(("health_port", loose))),
                ("watcher", Shell("exec sleep 1000").With(("health_url", $"http://127.0.0.1:{other}/health")))).StartHealthyAsync();
            Assert.DoesNotContain(deployment.Lines, line => line.Contains("probe failed", StringComparison.Ordinal));
        }
        finally
        {
            stranger.Kill();
        }
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_an_examination()
    {
        var port = Ports.Free();
        var service = Dispatch("reaper", port).With(
            ("health_timeout", "400ms"),
            ("before_restart_timeout", "10m"),
            ("before_restart_cmd", new JsonArray("sh", "-c", "echo $$$$ > examiner; sleep 1000")));
        await using var deployment = await Deployment.Of(("reaper", service)).StartHealthyAsync();
        await TellAsync(port, "hang");
        var examiner = await ReadPidAsync(Path.Combine(deployment.Folder, "examiner"));
        Assert.Equal(0, (await deployment.RunAsync("stop", "reaper")).ExitCode);
        await deployment.SaidAsync("before_restart_cmd killed by SIGKILL");
        Assert.False(Signals.IsAlive(examiner));
    }

    [Fact]
    public async Task An_examination_has_its_time_and_no_more()
    {
        var port = Ports.Free();
        var service = Dispatch("reaper", port).With(
            ("health_timeout", "400ms"), ("before_restart_timeout", "300ms"), ("before_restart_cmd", new JsonArray("sh", "-c", "yes; true")));
        await using var deployment = await Deployment.Of(("reaper", service)).StartHealthyAsync();
        await TellAsync(port, "hang");
        await deployment.SaidAsync("reaper: healthy", from: await deployment.SaidAsync("before_restart_cmd killed by SIGKILL"));
        Assert.Equal(64 * 1024, new FileInfo(Path.Combine(deployment.Folder, ".supervisor", "evidence", "reaper.txt")).Length);
    }

    [Fact]
    public async Task Of_a_service_that_never_came_up_why_tells_the_last_words()
    {
        await using var deployment = Deployment.Of(("a", Shell("echo out of cheese; exit 7").With(("backoff_initial", "60s")))).Start();
        await deployment.SaidAsync("a: restarting");
        var why = await deployment.RunAsync("why", "a");
        Assert.StartsWith("a: exited with code 7, ", why.Output, StringComparison.Ordinal);
        foreach (var part in new[] { "out of cheese", "restarting in 1m", "waiting to restart: in ", "restart 1 in a row" })
            Assert.Contains(part, why.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
        Assert.Contains("no supervisor is running", (await deployment.RunAsync("why", "a")).Output, StringComparison.Ordinal);
        Assert.False((await deployment.RunAsync("why", "a", "--json")).Json.TryGetProperty("now", out _));
    }

    [Fact]
    public async Task A_program_that_has_gone_is_told_as_a_failed_start()
    {
        var deployment = Deployment.Of(("a", new JsonObject { ["cmd"] = new JsonArray("./daemon"), ["backoff_initial"] = "60s" }));
        await using var _ = deployment;
        var program = Path.Combine(deployment.Folder, "daemon");
        Programs.Write(program, "#!/bin/sh\nrm daemon\n"u8);
        deployment.Start();
        await deployment.SaidAsync("a: restarting");
        await deployment.RunAsync("restart", "a");
        var why = await deployment.RunAsync("why", "a");
        Assert.StartsWith("a: could not be started, ", why.Output, StringComparison.Ordinal);
        Assert.Contains($"{program} does not exist; name an existing program", why.Output, StringComparison.Ordinal);
        Assert.Contains("2 failures, the first ", why.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_somebody_else_holds_is_told_with_his_pid()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere nobody tells who holds a port");
        using var squatter = new TcpListener(IPAddress.Loopback, 0);
        squatter.Start();
        var port = ((IPEndPoint)squatter.LocalEndpoint).Port;
        await using var deployment = Deployment.Of(("a", Dispatch("a", port).With(("backoff_initial", "60s")))).Start();
        await deployment.SaidAsync("a: restarting");
        Assert.Contains($"port {port} is held by pid {Environment.ProcessId} (", (await deployment.RunAsync("why", "a")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_never_failed_is_said_to_be_so_and_an_unknown_one_is_refused()
    {
        await using var deployment = await Deployment.Of(("reaper", Shell("exec sleep 1000"))).StartHealthyAsync();
        var why = await deployment.RunAsync("why", "reaper");
        Assert.Equal(0, why.ExitCode);
        Assert.StartsWith("reaper: no failure since ", why.Output, StringComparison.Ordinal);
        foreach (var verb in new[] { "why", "events" })
        {
            var result = await deployment.RunAsync(verb, "reapre");
            Assert.Equal((2, "", "supervisor: no service is named 'reapre'; did you mean 'reaper'?\n"), (result.ExitCode, result.Output, result.Error));
        }
    }

    [Fact]
    public async Task Who_asked_for_what_is_kept_and_read_without_a_supervisor()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000")), ("b", Shell("exec sleep 1000"))).StartHealthyAsync();
        await deployment.RunAsync("restart", "a");
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
        var commands = (await EventsAsync(deployment)).Where(one => one.Event == "command").Select(one => $"{one.Json.GetProperty("service")} {one.Json.GetProperty("command")} {one.Json.GetProperty("user")}");
        Assert.Equal([$"a restart {Environment.UserName}", $" shutdown {Environment.UserName}"], commands);
        var exit = (await EventsAsync(deployment, "b")).Single(one => one.Event == "exited").Json;
        Assert.Equal("SIGTERM", exit.GetProperty("signal").GetString());
        Assert.False(exit.TryGetProperty("peak_memory_bytes", out _), "less than the supervisor itself holds is not known");
        Assert.EndsWith(" a: stopped\n", (await deployment.RunAsync("events", "a", "-n", "1")).Output, StringComparison.Ordinal);
        Assert.Equal("", (await deployment.RunAsync("events", "--since", "0s")).Output);
    }

    /// <summary>More than the supervisor itself has held, to which counts what this process held that has started it: hundreds of megabytes.</summary>
    [Fact]
    public async Task How_much_memory_a_process_held_is_told_if_it_was_much()
    {
        const string Greedy = "exec python3 -c 'x = bytearray(1_000_000_000)'";
        await using var deployment = Deployment.Of(("a", Shell(Greedy).With(("restart", "no")))).Start();
        await deployment.SaidAsync("a: ended for good");
        var exit = (await EventsAsync(deployment, "a")).Single(one => one.Event == "exited").Json;
        Assert.True(exit.TryGetProperty("peak_memory_bytes", out var peak), $"{exit}");
        Assert.InRange(peak.GetInt64(), 1_000_000_000, 1_100_000_000);
    }

    private static async Task<List<(string Event, JsonElement Json)>> EventsAsync(Deployment deployment, params string[] names)
    {
        var result = await deployment.RunAsync(["events", "--json", "-n", "1000", .. names]);
        return [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line)).Select(json => (json.GetProperty("event").GetString()!, json))];
    }
}
