using System.Text.Json.Nodes;
using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

/// <summary>What other supervisors get wrong.</summary>
public sealed class RobustnessTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_start_says_who_runs_already()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        foreach (var args in new string[][] { ["up"], ["up", "-d"] })
        {
            var second = await deployment.RunAsync(args);
            Assert.Equal((1, $"supervisor: already running (pid {deployment.Pid})\n"), (second.ExitCode, second.Error));
        }
    }

    [Fact]
    public async Task A_start_beside_one_that_has_not_written_its_pid_yet_names_none()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        var folder = Directory.CreateDirectory(Path.Combine(deployment.Folder, ".supervisor")).FullName;
        const string Script = "import fcntl, sys; lock = open(sys.argv[1], 'w'); fcntl.flock(lock, fcntl.LOCK_EX); print('held', flush=True); sys.stdin.read()";
        using var holder = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("python3", ["-c", Script, Path.Combine(folder, "supervisor.lock")]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Assert.Equal("held", await holder.StandardOutput.ReadLineAsync(Cancel));
        foreach (var args in new string[][] { ["up"], ["up", "-d"] })
        {
            var second = await deployment.RunAsync(args);
            Assert.Equal((1, "supervisor: already running\n"), (second.ExitCode, second.Error));
        }
        holder.StandardInput.Close();
        await holder.WaitForExitAsync(Cancel);
    }

    [Fact]
    public async Task A_state_file_that_makes_no_sense_does_not_stop_the_start()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere it is all that is known");
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        Directory.CreateDirectory(Path.Combine(deployment.Folder, ".supervisor"));
        await File.WriteAllTextAsync(Path.Combine(deployment.Folder, ".supervisor", "state.json"), "{", Cancel);
        await deployment.StartHealthyAsync();
    }

    [Fact]
    public async Task A_fifo_in_place_of_a_log_holds_nothing_up()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")), ("b", Shell("exec sleep 1000")));
        var log = Path.Combine(Directory.CreateDirectory(Path.Combine(deployment.Folder, "logs")).FullName, "a.log");
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", [log]))
            await mkfifo.WaitForExitAsync(Cancel);
        deployment.Start();
        await deployment.SaidAsync("a.log: is not a regular file");
        Assert.Equal(0, (await deployment.RunAsync("wait", "b")).ExitCode);
        File.Delete(log);
        await deployment.SaidAsync("a: started");
    }

    [Fact]
    public async Task A_supervisor_that_does_not_answer_is_not_waited_for_without_end()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        deployment.Signal("STOP");
        var status = await deployment.RunAsync("status");
        deployment.Signal("CONT");
        Assert.Equal((1, "supervisor: the supervisor does not answer within 10s; it may be suspended, or out of descriptors\n"), (status.ExitCode, status.Error));
    }

    [Theory]
    [InlineData("USR1")]
    [InlineData("USR2")]
    [InlineData("ALRM")]
    [InlineData("HUP")]
    public async Task Signals_that_mean_nothing_to_it_do_nothing(string signal)
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        deployment.Signal(signal);
        Assert.Equal(0, (await deployment.RunAsync("status")).ExitCode);
    }

    [Fact]
    public async Task Started_in_the_background_of_a_script_it_hears_SIGINT_all_the_same()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        using var shell = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("sh", ["-c", $"'{Programs.Supervisor}' 2>/dev/null & echo $! > pid; wait"]) { WorkingDirectory = deployment.Folder })!;
        await deployment.ListeningAsync();
        Signals.Send(await ReadPidAsync(Path.Combine(deployment.Folder, "pid")), "INT");
        await shell.WaitForExitAsync(Cancel);
        Assert.Equal(3, (await deployment.RunAsync("status")).ExitCode);
    }

    [Fact]
    public async Task Once_what_was_left_has_ended_it_starts_again_over_the_stale_socket()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        var pid = await deployment.PidAsync("a");
        deployment.Signal("KILL");
        await deployment.EndedAsync();
        Signals.Send(-pid, "KILL");
        while (Signals.IsAlive(pid))
            await Task.Yield();
        Assert.True(File.Exists(Path.Combine(deployment.Folder, ".supervisor", "supervisor.sock")));
        await deployment.StartHealthyAsync();
    }

    [Fact]
    public async Task Down_and_up_in_one_breath_works_every_time()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        for (var round = 0; round < 10; round++)
        {
            var up = await deployment.RunAsync("up", "-d");
            Assert.True(up.ExitCode == 0, up.Error);
            Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
        }
    }

    [Fact]
    public async Task Started_in_the_background_it_returns_when_all_is_healthy()
    {
        var port = Ports.Free();
        await using var deployment = Deployment.Of(("a", Dispatch("a", port, "--start-delay", "1s")));
        var up = await deployment.RunAsync("up", "-d");
        var row = up.Rows["a"];
        Assert.Equal((0, "running", "healthy"), (up.ExitCode, row[2], row[4]));
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
    }

    [Fact]
    public async Task Started_in_the_background_its_own_log_is_kept_small()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        var log = Path.Combine(Directory.CreateDirectory(Path.Combine(deployment.Folder, ".supervisor")).FullName, "supervisor.log");
        using (var large = File.Create(log))
            large.SetLength(10_000_001);
        Assert.Equal(0, (await deployment.RunAsync("up", "-d")).ExitCode);
        Assert.Equal(0, (await deployment.RunAsync("restart", "a")).ExitCode);
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
        Assert.InRange(new FileInfo($"{log}.1").Length, 10_000_001, 10_001_000);
        Assert.Contains("down: stopping all services", await File.ReadAllTextAsync(log, Cancel), StringComparison.Ordinal);
        Assert.InRange(new FileInfo(log).Length, 1, 10_000);
    }

    /// <summary>Whoever may put another folder in their place could have root write anywhere. But daemons are not left alone for that.</summary>
    [Theory]
    [InlineData("state_dir")]
    [InlineData("log_dir")]
    public async Task As_root_a_folder_that_others_may_replace_is_refused_unless_there_is_somebody_to_go_on_with(string key)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "only root is told");
        await using var deployment = Deployment.Of(new JsonObject { [key] = "open/inner" }, ("a", Shell("exec sleep 1000")));
        var open = Directory.CreateDirectory(Path.Combine(deployment.Folder, "open")).FullName;
        File.SetUnixFileMode(open, (UnixFileMode)0b111_111_111);
        foreach (var args in new string[][] { ["up"], ["up", "-d"] })
        {
            var up = await deployment.RunAsync(args);
            Assert.Equal((1, $"supervisor: {key}: {open} can be written by others, who could have root write anywhere; chown root and chmod go-w it, or name another folder\n"), (up.ExitCode, up.Error));
        }
        File.SetUnixFileMode(open, (UnixFileMode)0b1_111_111_111); // The sticky bit, as on /tmp.
        await deployment.StartHealthyAsync();
        var pid = await deployment.PidAsync("a");
        File.SetUnixFileMode(open, (UnixFileMode)0b111_111_111);
        deployment.Signal("KILL");
        await deployment.EndedAsync();
        deployment.Start();
        await deployment.SaidAsync($"a: adopted (pid {pid})", await deployment.SaidAsync($"{key}: {open} can be written by others"));
    }

    [Fact]
    public async Task Started_in_the_background_what_cannot_get_healthy_is_said_in_time()
    {
        var port = Ports.Free();
        await using var deployment = Deployment.Of(("a", Dispatch("a", port, "--hang")));
        var up = await deployment.RunAsync("up", "-d", "--timeout", "500ms");
        Assert.Equal(1, up.ExitCode);
        Assert.Matches("^supervisor: not done within 500ms: a is starting(: connection refused)?; it goes on\n$", up.Error);
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
    }

    [Fact]
    public async Task Started_in_the_background_what_crashes_again_and_again_is_said_with_the_reason()
    {
        await using var deployment = Deployment.Of(("a", Shell("exit 7")), ("b", Shell("exec sleep 1000")));
        var up = await deployment.RunAsync("up", "-d");
        Assert.Equal((1, "supervisor: a: exited with code 7; it will be tried again\n"), (up.ExitCode, up.Error));
        var start = await deployment.RunAsync("start", "a");
        Assert.Equal((1, "supervisor: a: exited with code 7; it will be tried again\n"), (start.ExitCode, start.Error));
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
    }

    [Theory]
    [InlineData("no", "exit 0")]
    [InlineData("on-failure", "sleep 0.5")]
    public async Task What_is_to_run_once_and_has_is_well(string restart, string script)
    {
        await using var deployment = Deployment.Of(("once", Shell(script).With(("restart", restart))), ("b", Shell("exec sleep 1000")));
        foreach (var verb in new[] { "up -d", "wait", "wait once", "start --all", "restart once", "status", "upgrade", "status" })
        {
            var result = await deployment.RunAsync(verb.Split(' '));
            Assert.Equal((verb, 0, ""), (verb, result.ExitCode, result.Error));
            Assert.Equal("exited", (await deployment.StatusAsync("once")).GetProperty("status").GetString());
        }
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
    }

    [Fact]
    public async Task What_is_to_run_once_and_has_failed_is_not_well()
    {
        await using var deployment = Deployment.Of(("once", Shell("exit 3").With(("restart", "no"))), ("b", Shell("exec sleep 1000").With(("health_port", Ports.Free()))));
        foreach (var verb in new[] { "up -d", "wait", "wait once", "start --all", "restart once" })
        {
            var result = await deployment.RunAsync(verb.Split(' '));
            Assert.Equal((verb, 1, "supervisor: once: exited with code 3; it is not restarted\n"), (verb, result.ExitCode, result.Error));
        }
        var status = await deployment.RunAsync("status", "once");
        Assert.Equal((1, "exited"), (status.ExitCode, status.Rows["once"][2]));
        Assert.Equal(0, (await deployment.RunAsync("stop", "once")).ExitCode);
        Assert.Equal((0, "stopped"), ((await deployment.RunAsync("status", "once")).ExitCode, (await deployment.StatusAsync("once")).GetProperty("status").GetString()));
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
    }

    [Fact]
    public async Task A_manual_stop_lasts_until_a_start()
    {
        var port = Ports.Free();
        await using var deployment = await Deployment.Of(("a", Dispatch("a", port)), ("b", Shell("exec sleep 1000"))).StartHealthyAsync();
        var stop = await deployment.RunAsync("stop", "a");
        Assert.Equal((0, "stopped", "-"), (stop.ExitCode, stop.Rows["a"][2], stop.Rows["a"][4]));
        var status = await deployment.RunAsync("status");
        Assert.Equal((0, "stopped"), (status.ExitCode, status.Rows["a"][2]));
        var start = await deployment.RunAsync("start", "a");
        Assert.Equal((0, "healthy"), (start.ExitCode, start.Rows["a"][4]));
    }

    [Fact]
    public async Task A_stop_during_backoff_is_not_undone()
    {
        await using var deployment = Deployment.Of(
            ("a", Shell("exit 1")),
            ("clock", Shell("exit 1"))).Start();
        var backoff = await deployment.SaidAsync("a: restarting");
        Assert.Equal(0, (await deployment.RunAsync("stop", "a")).ExitCode);
        var stopped = await deployment.SaidAsync("a: stopped", backoff);
        await deployment.SaidAsync("clock: restarting", from: await deployment.SaidAsync("clock: started", stopped));
        Assert.DoesNotContain(deployment.Lines.Skip(stopped), line => line.Contains("a: started", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_restart_that_fails_says_how_and_exits_with_1()
    {
        await using var deployment = Deployment.Of(("a", Shell("sleep 0.2; exit 7").With(("health_port", Ports.Free())))).Start();
        await deployment.ListeningAsync();
        var restart = await deployment.RunAsync("restart", "a");
        Assert.Equal((1, "supervisor: a: exited with code 7; it will be tried again\n"), (restart.ExitCode, restart.Error));
    }

    [Fact]
    public async Task Restart_hammered_from_ten_shells_never_makes_two()
    {
        var script = "trap 'rmdir running; exit 0' TERM; mkdir running || echo TWO >> ../verdict; while :; do sleep 0.01; done";
        var service = Shell(script).With(("working_dir", "work"));
        await using var deployment = Deployment.Of(("a", service));
        Directory.CreateDirectory(Path.Combine(deployment.Folder, "work"));
        await deployment.StartHealthyAsync();
        await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
        {
            for (var i = 0; i < 3; i++)
                Assert.Equal(0, (await deployment.RunAsync("restart", "a")).ExitCode);
        }));
        Assert.False(File.Exists(Path.Combine(deployment.Folder, "verdict")));
    }

    [Fact]
    public async Task What_remains_of_a_group_is_gone_before_the_next_start()
    {
        var port = Ports.Free();
        var script = $"dotnet {Programs.Dispatch} child {port} --ignore-term & wait";
        await using var deployment = await Deployment.Of(("a", Dispatch("a", port).With(("cmd", new JsonArray("sh", "-c", script)), ("backoff_initial", 0)))).StartHealthyAsync();
        for (var round = 0; round < 3; round++)
        {
            var from = deployment.Lines.Count;
            Signals.Send(await deployment.PidAsync("a"), "KILL");
            await deployment.SaidAsync("a: healthy", from);
        }
        var log = await File.ReadAllTextAsync(Path.Combine(deployment.Folder, "logs", "a.log"), Cancel);
        Assert.DoesNotContain("in use", log, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("3", (await deployment.RunAsync("status")).Rows["a"][5]);
    }

    [Theory]
    [InlineData("sh app.sh; true")]
    [InlineData("sh app.sh | cat")]
    [InlineData("bash -c 'sh app.sh; true'; true")]
    public async Task A_daemon_behind_a_wrapper_has_its_grace(string script)
    {
        await using var deployment = Deployment.Of(("a", Shell(script).With(("stop_timeout", "30s"))), ("b", Shell("exec sleep 1000")));
        // It needs a while to save, and ends its own sleep, which got the signal as well.
        await File.WriteAllTextAsync(
            Path.Combine(deployment.Folder, "app.sh"),
            "trap 'sleep 0.5; echo saved >> saved; exit 0' TERM; echo ready > ready; while :; do sleep 0.1; done", Cancel);
        await deployment.StartHealthyAsync();
        foreach (var verb in new[] { "restart", "stop", "down" })
        {
            if (verb == "down")
                Assert.Equal(0, (await deployment.RunAsync("start", "a")).ExitCode);
            await Commands.UntilAsync(() => Task.FromResult(File.Exists(Path.Combine(deployment.Folder, "ready"))), isThere => isThere);
            File.Delete(Path.Combine(deployment.Folder, "ready"));
            var done = await deployment.RunAsync(verb == "down" ? ["down"] : [verb, "a"]);
            Assert.True(done.ExitCode == 0, done.Error);
        }
        Assert.Equal(0, await deployment.EndedAsync());
        Assert.Equal(3, (await deployment.ReadAsync("saved")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.DoesNotContain(deployment.Lines, line => line.Contains("sent SIGKILL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_is_left_when_the_grace_is_over_is_named_and_killed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux lists the members of a group");
        await using var deployment = await Deployment.Of(("a", Shell("(trap '' TERM; exec sleep 1000) & echo $! > left; wait").With(("stop_timeout", "300ms")))).StartHealthyAsync();
        var left = await ReadPidAsync(Path.Combine(deployment.Folder, "left"));
        while (!(await File.ReadAllTextAsync($"/proc/{left}/cmdline", Cancel)).StartsWith("sleep", StringComparison.Ordinal))
            await Task.Yield();
        Assert.Equal(0, (await deployment.RunAsync("stop", "a")).ExitCode);
        Assert.False(Signals.IsAlive(left));
        Assert.Contains(deployment.Lines, line => line.EndsWith($"a: still there after 300ms: sent SIGKILL to sleep (pid {left})", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_dead_leader_leaves_may_save_until_the_next_start_is_due()
    {
        await using var deployment = Deployment.Of(("a", Shell("sh worker.sh & (trap '' TERM; exec sleep 1000) & wait").With(("backoff_initial", "1s"), ("stop_timeout", "3s"))));
        await File.WriteAllTextAsync(Path.Combine(deployment.Folder, "worker.sh"), "trap 'sleep 0.3; echo saved > saved; exit 0' TERM; echo ready > ready; while :; do sleep 0.1; done", Cancel);
        await deployment.StartHealthyAsync();
        await Commands.UntilAsync(() => Task.FromResult(File.Exists(Path.Combine(deployment.Folder, "ready"))), isThere => isThere);
        Signals.Send(await deployment.PidAsync("a"), "KILL");
        var killed = await deployment.SaidAsync("a: still there after 1s: sent SIGKILL", await deployment.SaidAsync("behind: sent them SIGTERM, SIGKILL in 1s"));
        await deployment.SaidAsync("a: started", await deployment.SaidAsync("a: all that it left behind has ended", killed));
        Assert.Equal("saved\n", await deployment.ReadAsync("saved"));
        Assert.Equal("1", (await deployment.RunAsync("status")).Rows["a"][5]);
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
    }

    [Fact]
    public async Task A_daemon_that_was_suspended_can_be_stopped_without_a_kill()
    {
        await using var deployment = await Deployment.Of(("a", Shell("trap 'exit 0' TERM; while :; do sleep 0.05; done"))).StartHealthyAsync();
        Signals.Send(await deployment.PidAsync("a"), "STOP");
        Assert.Equal(0, (await deployment.RunAsync("stop", "a")).ExitCode);
        var exit = (await deployment.StatusAsync("a")).GetProperty("last_exit");
        Assert.Equal(0, exit.GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task A_second_signal_kills_at_once()
    {
        await using var deployment = await Deployment.Of(("a", Shell("trap '' TERM; while :; do sleep 1; done"))).StartHealthyAsync();
        deployment.Signal("TERM");
        await deployment.SaidAsync("a: stopping");
        await deployment.EndAsync();
        Assert.Equal(0, await deployment.EndedAsync());
        Assert.Contains(deployment.Lines, line => line.Contains("a: sent SIGKILL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stray_that_left_its_group_does_not_outlive_the_supervisor()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux brings orphans home (PR_SET_CHILD_SUBREAPER)");
        await using var deployment = await Deployment.Of(("a", Shell("setsid sh -c 'echo $$ > stray; sleep 1000' & while [ ! -s stray ]; do sleep 0.01; done; exec sleep 1000"))).StartHealthyAsync();
        var path = Path.Combine(deployment.Folder, "stray");
        while (!File.Exists(path) || new FileInfo(path).Length == 0)
            await Task.Yield();
        var stray = int.Parse(await File.ReadAllTextAsync(path, Cancel));
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
        Assert.False(Signals.IsAlive(stray));
    }

    [Fact]
    public async Task A_child_gets_default_signals_no_mask_no_input_and_no_descriptors()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        var pid = await deployment.PidAsync("a");
        var status = await File.ReadAllLinesAsync($"/proc/{pid}/status", Cancel);
        Assert.Equal("0000000000000000", Field("SigIgn"));
        Assert.Equal("0000000000000000", Field("SigBlk"));
        Assert.Equal(["0", "1", "2"], Directory.EnumerateFiles($"/proc/{pid}/fd").Select(path => Path.GetFileName(path)!).Order());
        Assert.Equal("/dev/null", File.ResolveLinkTarget($"/proc/{pid}/fd/0", false)!.FullName);
        Assert.Equal($"{pid}", (await File.ReadAllTextAsync($"/proc/{pid}/stat", Cancel)).Split(' ')[5]);
        var flags = Convert.ToInt32((await File.ReadAllLinesAsync($"/proc/{pid}/fdinfo/1", Cancel))[1].Split('\t')[1], 8);
        const int writeOnly = 1, append = 0x400, nonBlock = 0x800;
        Assert.Equal(writeOnly | append, flags & (3 | append | nonBlock));

        string Field(string name) => status.Single(line => line.StartsWith(name + ":", StringComparison.Ordinal)).Split('\t')[1];
    }

    [Fact]
    public async Task Inherited_bad_habits_of_a_parent_do_no_harm()
    {
        await using var deployment = Deployment.Of(("a", Shell("exit 3").With(("backoff_initial", "50ms"))));
        await File.WriteAllTextAsync(deployment.Folder + "/err", "", Cancel);
        var trap = $"trap '' CHLD; exec '{Programs.Supervisor}' 2>{deployment.Folder}/err >&- <&-";
        using var parent = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("sh", ["-c", trap]) { WorkingDirectory = deployment.Folder })!;
        string text;
        do
            text = await File.ReadAllTextAsync(deployment.Folder + "/err", Cancel);
        while (!text.Contains("restart 3 in a row", StringComparison.Ordinal) && !parent.HasExited);
        Assert.Contains("exited with code 3", text, StringComparison.Ordinal);
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
        await parent.WaitForExitAsync(Cancel);
    }

    [Theory]
    [InlineData("logs/a.log", 0)]
    [InlineData(".supervisor", 1)]
    [InlineData(".supervisor/supervisor.lock", 1)]
    public async Task A_symbolic_link_in_place_of_its_files_is_refused(string file, int fatal)
    {
        await using var deployment = Deployment.Of(("a", Shell("echo leaked; exec sleep 1000")));
        var target = Path.Combine(deployment.Folder, "elsewhere");
        var link = Path.Combine(deployment.Folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        File.CreateSymbolicLink(link, target);
        deployment.Start();
        await deployment.SaidAsync("symbolic link");
        Assert.False(Path.Exists(target));
        if (fatal == 1)
            Assert.Equal(1, await deployment.EndedAsync());
    }

    [Fact]
    public async Task A_log_that_cannot_be_opened_is_an_event_and_a_retry()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        var log = Directory.CreateDirectory(Path.Combine(deployment.Folder, "logs", "a.log"));
        deployment.Start();
        await deployment.SaidAsync("a: could not be started");
        log.Delete();
        await deployment.SaidAsync("a: started");
    }

    [Fact]
    public async Task A_program_that_vanished_is_an_event_and_a_retry()
    {
        await using var deployment = Deployment.Of(("a", Shell("").With(("cmd", new JsonArray("./daemon")))));
        var daemon = Path.Combine(deployment.Folder, "daemon");
        Programs.Write(daemon, "#!/bin/sh\nexec sleep 1000\n"u8);
        await deployment.StartHealthyAsync();
        File.Move(daemon, daemon + ".away");
        Assert.Equal(1, (await deployment.RunAsync("restart", "a")).ExitCode);
        await deployment.SaidAsync("a: could not be started");
        File.Move(daemon + ".away", daemon);
        await deployment.SaidAsync("a: started", from: await deployment.SaidAsync("could not be started"));
    }

    [Fact]
    public async Task Standard_error_that_nobody_reads_holds_nothing_up()
    {
        await using var deployment = Deployment.Of(("a", Shell("exit 1").With(("backoff_initial", 0), ("backoff_max", 0))));
        using var stuck = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("sh", ["-c", $"'{Programs.Supervisor}' 2>&1 | sleep 1000"]) { WorkingDirectory = deployment.Folder })!;
        await deployment.ListeningAsync();
        int restarts;
        do
            restarts = (await deployment.StatusAsync("a")).GetProperty("restarts").GetInt32();
        while (restarts < 3000);
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
        stuck.Kill(entireProcessTree: true);
    }

    [Fact]
    public async Task What_ends_for_good_is_not_missed()
    {
        await using var deployment = Deployment.Of(
            ("once", Shell("exit 0").With(("restart", "on-failure"))),
            ("daemon", Shell("exec sleep 1000"))).Start();
        await deployment.SaidAsync("once: ended for good (restart: on-failure)");
        Assert.Equal(0, (await deployment.RunAsync("wait")).ExitCode);
        Assert.Equal(0, (await deployment.RunAsync("status")).ExitCode);
    }
}
