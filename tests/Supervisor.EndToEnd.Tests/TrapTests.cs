using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

/// <summary>Traps that other supervisors fell into, on real processes; docs/internals/traps.md lists them all.</summary>
public sealed class TrapTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_proxy_in_the_environment_does_not_break_the_probes()
    {
        var port = Ports.Free();
        var nobody = $"http://127.0.0.1:{Ports.Free()}";
        await using var deployment = Deployment.Of(("a", Dispatch("a", port)));
        using var supervisor = Process.Start(new ProcessStartInfo(Programs.Supervisor)
        {
            WorkingDirectory = deployment.Folder,
            RedirectStandardError = true,
            Environment = { ["http_proxy"] = nobody, ["all_proxy"] = nobody, ["HTTP_PROXY"] = nobody, ["no_proxy"] = "" },
        })!;
        await deployment.ListeningAsync();
        var waited = await deployment.RunAsync("wait");
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
        Assert.True(waited.ExitCode == 0, waited.Error);
        await supervisor.WaitForExitAsync(Cancel);
    }

    [Fact]
    public async Task An_alert_command_that_hangs_holds_up_no_restart()
    {
        var top = new JsonObject { ["alert_cmd"] = new JsonArray("sleep", "1000") };
        var service = Shell("exit 1").With(("alert_after", 0), ("backoff_initial", "20ms"), ("backoff_max", "20ms"));
        await using var deployment = Deployment.Of(top, ("a", service)).Start();
        await deployment.SaidAsync("restart 20 in a row", from: await deployment.SaidAsync("a: alert"));
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
    }

    [Fact]
    public async Task A_child_that_nobody_knows_is_reaped_and_nothing_else_happens()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux brings orphans home (PR_SET_CHILD_SUBREAPER)");
        await using var deployment = await Deployment.Of(("a", Shell("(setsid sh -c 'echo $$ > stray; exit 3' &); exec sleep 1000"))).StartHealthyAsync();
        var stray = await ReadPidAsync(Path.Combine(deployment.Folder, "stray"));
        while (Directory.Exists($"/proc/{stray}"))
            await Task.Yield();
        var status = await deployment.RunAsync("status");
        Assert.Equal((0, "0"), (status.ExitCode, status.Rows["a"][5]));
    }

    [Fact]
    public async Task A_second_start_leaves_the_socket_to_the_first()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        var pid = await deployment.PidAsync("a");
        Assert.Equal(1, (await deployment.RunAsync("up")).ExitCode);
        Assert.Equal(pid, await deployment.PidAsync("a"));
    }

    [Fact]
    public async Task A_daemon_outlives_its_supervisor_and_logs_on()
    {
        await using var deployment = await Deployment.Of(("a", Shell("while :; do echo line; sleep 0.05; done"))).StartHealthyAsync();
        var log = new FileInfo(Path.Combine(deployment.Folder, "logs", "a.log"));
        var pid = await deployment.PidAsync("a");
        deployment.Signal("KILL");
        await deployment.EndedAsync();
        var before = log.Length;
        while (Signals.IsAlive(pid) && log.Length < before + 50)
            log.Refresh();
        Assert.True(Signals.IsAlive(pid));
        Signals.Send(-pid, "KILL");
    }

    [Fact]
    public async Task A_process_that_has_the_pid_of_a_daemon_is_not_taken_for_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "edits what only Linux records");
        await using var deployment = await UnmarkedAsync();
        var pid = await deployment.PidAsync("a");
        deployment.Signal("KILL");
        await deployment.EndedAsync();
        var state = JsonNode.Parse(await File.ReadAllTextAsync(StateOf(deployment), Cancel))!;
        state["services"]![0]!["start_time"] = "1";
        await File.WriteAllTextAsync(StateOf(deployment), state.ToJsonString(), Cancel);
        await deployment.StartHealthyAsync();
        Assert.NotEqual(pid, await deployment.PidAsync("a"));
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
        Assert.True(Signals.IsAlive(pid));
        Signals.Send(-pid, "KILL");
    }

    [Fact]
    public async Task A_daemon_that_wrote_over_its_environment_is_known_by_the_record()
    {
        await using var deployment = await UnmarkedAsync();
        var pid = await deployment.PidAsync("a");
        deployment.Signal("KILL");
        await deployment.EndedAsync();
        await deployment.StartHealthyAsync();
        Assert.Equal(pid, await deployment.PidAsync("a"));
    }

    [Fact]
    public async Task A_service_that_cannot_be_started_and_has_no_backoff_keeps_nobody_waiting()
    {
        await using var deployment = Deployment.Of(
            ("a", Shell("").With(("cmd", new JsonArray("./daemon")), ("backoff_initial", 0), ("backoff_max", 0))),
            ("b", Shell("exec sleep 1000")));
        var daemon = Path.Combine(deployment.Folder, "daemon");
        Programs.Write(daemon, "#!/bin/sh\nexec sleep 1000\n"u8);
        await deployment.StartHealthyAsync();
        File.Delete(daemon);
        Signals.Send(await deployment.PidAsync("a"), "KILL");
        await deployment.SaidAsync("a: could not be started");
        var pid = await deployment.PidAsync("b");
        Signals.Send(pid, "KILL");
        while (Signals.IsAlive(pid))
            await Task.Yield();
        Assert.Equal(0, (await deployment.RunAsync("wait", "b")).ExitCode);
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
    }

    [Fact]
    public async Task A_state_folder_that_was_deleted_meanwhile_does_not_spoil_the_end()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        deployment.DeleteState();
        deployment.Signal("TERM");
        Assert.Equal(0, await deployment.EndedAsync());
    }

    /// <summary>The runtime dies if it needs a thread and cannot have one; so all are there before anything happens.</summary>
    [Fact]
    public async Task No_thread_is_ever_wanted_once_it_runs()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "counts threads in /proc");
        await using var deployment = Deployment.Of([.. Enumerable.Range(0, 20).Select(i => ($"s{i}", Shell("exec sleep 1000")))]).Start();
        await deployment.ListeningAsync();
        await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => deployment.RunAsync("status")));
        // The runtime under which tests run has threads of its own, such as that which compiles; the pool would be ours.
        var names = Directory.EnumerateDirectories($"/proc/{deployment.Pid}/task").Select(task => File.ReadAllText(Path.Combine(task, "comm")).Trim()).ToList();
        Assert.Equal((1, 1), (names.Count(name => name == "disk"), names.Count(name => name == "stderr")));
        Assert.DoesNotContain(names, name => name.StartsWith(".NET TP", StringComparison.Ordinal) || name.StartsWith(".NET SigHandler", StringComparison.Ordinal) || name.StartsWith(".NET Sockets", StringComparison.Ordinal));
    }

    /// <summary>poll(2) takes no more descriptors than RLIMIT_NOFILE, which may be lowered under a supervisor that has more.</summary>
    [Fact]
    public async Task Without_a_descriptor_to_be_had_it_hears_SIGTERM_and_stops_everything()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "no other system can lower the limit of another process");
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        var pid = await deployment.PidAsync("a");
        using (var limit = System.Diagnostics.Process.Start("prlimit", ["--pid", $"{deployment.Pid}", "--nofile=3:3"]))
        {
            await limit.WaitForExitAsync(Cancel);
            Assert.SkipUnless(limit.ExitCode == 0, "the limit cannot be lowered here");
        }
        deployment.Signal("TERM");
        Assert.Equal(0, await deployment.EndedAsync());
        Assert.False(Signals.IsAlive(pid));
    }

    [Fact]
    public async Task In_a_control_group_that_may_have_no_more_processes_it_hears_every_signal()
    {
        const string Groups = "/sys/fs/cgroup/pids";
        Assert.SkipUnless(Environment.IsPrivilegedProcess && Directory.Exists(Groups), "it takes root, and the pids controller at /sys/fs/cgroup/pids");
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000").With(("backoff_initial", "50ms"))), ("b", Shell("exec sleep 1000"))).StartHealthyAsync();
        var (a, b) = (await deployment.PidAsync("a"), await deployment.PidAsync("b"));
        var group = Directory.CreateDirectory(Path.Combine(Groups, Path.GetFileName(deployment.Folder))).FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(group, "cgroup.procs"), $"{deployment.Pid}", Cancel);
            await File.WriteAllTextAsync(Path.Combine(group, "pids.max"), await File.ReadAllTextAsync(Path.Combine(group, "pids.current"), Cancel), Cancel);
            Signals.Send(a, "KILL");
            await deployment.SaidAsync("a: could not be started");
            deployment.Signal("HUP");
            await deployment.SaidAsync("reload");
            deployment.Signal("INT");
            Assert.Equal(0, await deployment.EndedAsync());
            Assert.False(Signals.IsAlive(b));
        }
        finally
        {
            Directory.Delete(group);
        }
    }

    [Fact]
    public async Task The_environment_reaches_a_daemon_byte_for_byte_and_the_mark_of_another_supervisor_does_not()
    {
        await using var deployment = Deployment.Of(
            ("plain", Shell("printf %s \"$ODD\" > plain; exec sleep 1000")),
            ("chained", Shell("printf %s \"$ODD$EVEN\" > chained; exec sleep 1000").With(("nice", 1), ("environment", new JsonObject { ["EVEN"] = "é" }))),
            ("checked", Shell("exec sleep 1000").With(("health_cmd", new JsonArray("sh", "-c", "env | grep -a -e SUPERVISOR_ -e ODD | sort > mark")))));
        using var supervisor = Process.Start(new ProcessStartInfo("sh", ["-c", "ODD=$(printf 'a\\377b') exec \"$0\"", Programs.Supervisor])
        {
            WorkingDirectory = deployment.Folder,
            RedirectStandardError = true,
            Environment = { ["EVEN"] = "odd", ["SUPERVISOR_SERVICE"] = "outer", ["SUPERVISOR_GENERATION"] = "7", ["SUPERVISOR_STATE_DIR"] = "/outer" },
        })!;
        await deployment.ListeningAsync();
        var waited = await deployment.RunAsync("wait");
        var files = new[] { "plain", "chained", "mark" }.Select(file => File.ReadAllBytes(Path.Combine(deployment.Folder, file))).ToList();
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
        await supervisor.WaitForExitAsync(Cancel);
        Assert.True(waited.ExitCode == 0, waited.Error);
        Assert.Equal([(byte)'a', 0xff, (byte)'b'], files[0]);
        Assert.Equal([(byte)'a', 0xff, (byte)'b', 0xc3, 0xa9], files[1]);
        Assert.Equal(["ODD", "SUPERVISOR_PID", "SUPERVISOR_SERVICE=checked"], Encoding.Latin1.GetString(files[2]).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(variable => variable.StartsWith("SUPERVISOR_SERVICE=", StringComparison.Ordinal) ? variable : variable.Split('=')[0]));
    }

    /// <summary>A daemon that does not show whose it is; it is recorded by the time that this returns.</summary>
    private static async Task<Deployment> UnmarkedAsync()
    {
        var deployment = await Deployment.Of(("a", Shell("exec env -i sleep 1000 >/dev/null 2>&1"))).StartHealthyAsync();
        var pid = await deployment.PidAsync("a");
        while (OperatingSystem.IsLinux() && !(await File.ReadAllTextAsync($"/proc/{pid}/cmdline", Cancel)).StartsWith("sleep", StringComparison.Ordinal))
            await Task.Yield();
        while (!File.Exists(StateOf(deployment)) || !(await File.ReadAllTextAsync(StateOf(deployment), Cancel)).Contains($"{pid}", StringComparison.Ordinal))
            await Task.Yield();
        return deployment;
    }

    private static string StateOf(Deployment deployment) => Path.Combine(deployment.Folder, ".supervisor", "state.json");
}
