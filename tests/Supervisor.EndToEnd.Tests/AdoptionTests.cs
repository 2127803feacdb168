using System.Text.Json.Nodes;
using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

/// <summary>The supervisor dies, and nobody notices.</summary>
public sealed class AdoptionTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_its_own_SIGKILL_the_next_start_goes_on_with_everything()
    {
        await using var deployment = await Deployment.Of(
            ("a", Shell("exec sleep 1000").With(("backoff_initial", "10ms"))),
            ("b", Shell("exec sleep 1000")),
            ("idle", Shell("exec sleep 1000"))).StartHealthyAsync();
        await deployment.RunAsync("stop", "idle");
        Signals.Send(await deployment.PidAsync("a"), "KILL");
        await deployment.SaidAsync("a: restarting");
        await deployment.RunAsync("wait", "a");
        var (a, b) = (await deployment.PidAsync("a"), await deployment.PidAsync("b"));
        await deployment.KillAsync();
        Assert.True(Signals.IsAlive(a) && Signals.IsAlive(b));
        Assert.Equal(3, (await deployment.RunAsync("status")).ExitCode);

        await deployment.StartHealthyAsync();

        Assert.Equal((a, b), (await deployment.PidAsync("a"), await deployment.PidAsync("b")));
        Assert.Equal(1, (await deployment.StatusAsync("a")).GetProperty("restarts").GetInt32());
        Assert.Equal("stopped", (await deployment.StatusAsync("idle")).GetProperty("status").GetString());
        Signals.Send(a, "KILL");
        await deployment.SaidAsync($"a: ended, exit status unknown (pid {a})");
        await deployment.SaidAsync("a: restarting in 20ms (restart 2 in a row)");
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
        Assert.False(Signals.IsAlive(b));
        await deployment.EndedAsync();
        await deployment.StartHealthyAsync();
        Assert.Equal("running", (await deployment.StatusAsync("idle")).GetProperty("status").GetString());
    }

    /// <summary>The runtime would lock each file that it opens, and anybody may hold such a lock on whatever he may read.</summary>
    [Fact]
    public async Task Who_locks_its_files_holds_nothing_up()
    {
        Assert.SkipUnless(Commands.Exist("flock"), "flock is not installed");
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        var a = await deployment.PidAsync("a");
        await deployment.KillAsync();
        using var locked = System.Diagnostics.Process.Start("flock", ["-x", deployment.StateFile, "sleep", "1000"]);
        try
        {
            await Commands.UntilAsync(() => Commands.RunAsync("flock", "-n", deployment.StateFile, "true"), trial => trial.ExitCode != 0);

            await deployment.StartHealthyAsync();

            Assert.Equal(a, await deployment.PidAsync("a"));
            Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
        }
        finally
        {
            locked.Kill(entireProcessTree: true);
        }
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("moved folder")]
    [InlineData("lock")]
    [InlineData("socket")]
    public async Task What_is_deleted_under_it_is_made_anew_and_there_is_no_second_one(string what)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "it is noticed by inotify");
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        var (a, state) = (await deployment.PidAsync("a"), Path.Combine(deployment.Folder, ".supervisor"));
        if (what == "folder")
            deployment.DeleteState();
        else if (what == "moved folder")
            Directory.Move(state, state + ".old");
        else
            File.Delete(Path.Combine(state, what == "lock" ? "supervisor.lock" : "supervisor.sock"));

        await deployment.SaidAsync("both are there again");

        var second = await deployment.RunAsync("up", "-d");
        Assert.Equal((1, true), (second.ExitCode, second.Error.Contains($"already running (pid {deployment.Pid})", StringComparison.Ordinal)));
        Assert.Equal(a, await deployment.PidAsync("a"));
        await Commands.UntilAsync(() => Task.FromResult(File.Exists(deployment.StateFile)), isThere => isThere);
        await deployment.KillAsync();
        await deployment.StartHealthyAsync();
        Assert.Equal(a, await deployment.PidAsync("a"));
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
        Assert.Empty(Directory.GetFiles(state, "supervisor.sock"));
    }

    [Fact]
    public async Task A_start_by_a_link_that_leads_elsewhere_by_now_takes_nothing_from_the_one_that_runs()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere the mark cannot be read");
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        var (link, file) = (Path.Combine(deployment.Folder, "current"), Path.Combine(deployment.Folder, "current", "supervisor.json"));
        foreach (var release in new[] { "1", "2" })
            File.Copy(deployment.ConfigurationFile, Path.Combine(Directory.CreateDirectory(Path.Combine(deployment.Folder, release)).FullName, "supervisor.json"));
        Directory.CreateSymbolicLink(link, "1");
        Assert.Equal(0, (await deployment.RunAsync("-c", file, "up", "-d")).ExitCode);
        var before = (await deployment.RunAsync("-c", file, "status", "--json")).Json;
        Directory.Delete(link);
        Directory.CreateSymbolicLink(link, "2");

        var second = await deployment.RunAsync("-c", file, "up", "-d");

        Directory.Delete(link);
        Directory.CreateSymbolicLink(link, "1");
        var after = (await deployment.RunAsync("-c", file, "status", "--json")).Json;
        Assert.Equal(0, (await deployment.RunAsync("-c", file, "down")).ExitCode);
        Assert.Equal(1, second.ExitCode);
        Assert.Contains($"already running (pid {before.GetProperty("supervisor").GetProperty("pid").GetInt32()})", second.Error, StringComparison.Ordinal);
        Assert.Equal(before.GetProperty("services")[0].GetProperty("pid").GetInt32(), after.GetProperty("services")[0].GetProperty("pid").GetInt32());
    }

    [Fact]
    public async Task A_process_whose_main_thread_has_ended_while_others_work_is_alive()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Commands.Exist("python3"), "it takes python3, and a system on which such a leader is a zombie");
        const string Program = "import ctypes,threading,time; threading.Thread(target=lambda: time.sleep(1000)).start(); ctypes.CDLL(None).pthread_exit(None)";
        await using var deployment = await Deployment.Of(("a", Shell($"exec python3 -c '{Program}'"))).StartHealthyAsync();
        var pid = await deployment.PidAsync("a");
        await Commands.UntilAsync(() => File.ReadAllTextAsync($"/proc/{pid}/stat", Cancel), stat => stat.Contains(") Z ", StringComparison.Ordinal));
        await deployment.KillAsync();
        await deployment.StartHealthyAsync();
        Assert.Equal(pid, await deployment.PidAsync("a"));
        Assert.Equal(0, (await deployment.StatusAsync("a")).GetProperty("restarts").GetInt32());
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
        Assert.True(!Directory.Exists($"/proc/{pid}/task") || Directory.GetDirectories($"/proc/{pid}/task").Length <= 1); // Reaped, or about to be.
    }

    [Fact]
    public async Task What_the_machine_lacks_at_the_next_start_keeps_no_daemon_alone_and_what_needs_it_waits_for_it()
    {
        await using var deployment = Deployment.Of(
            ("web", Shell("").With(("cmd", new JsonArray("./web")), ("backoff_max", "200ms"))),
            ("keyed", Shell("echo $KEY >> keys; exec sleep 1000").With(("env_file", "secrets"), ("backoff_max", "200ms"))),
            ("other", Shell("exec sleep 1000")));
        var (web, secrets) = (Path.Combine(deployment.Folder, "web"), Path.Combine(deployment.Folder, "secrets"));
        Put();
        await deployment.StartHealthyAsync();
        var pids = new[] { await deployment.PidAsync("web"), await deployment.PidAsync("keyed"), await deployment.PidAsync("other") };
        await deployment.KillAsync();
        File.Delete(web);
        File.Delete(secrets);
        Assert.Equal(2, (await deployment.RunAsync("check")).ExitCode);

        await deployment.StartHealthyAsync();

        Assert.Equal((pids[0], pids[1], pids[2]), (await deployment.PidAsync("web"), await deployment.PidAsync("keyed"), await deployment.PidAsync("other")));
        var from = await deployment.SaidAsync("goes on all the same: supervisor.json:1:");
        Assert.Equal((2, 2), ((await deployment.RunAsync("reload")).ExitCode, (await deployment.RunAsync("check")).ExitCode));
        Signals.Send(pids[0], "KILL");
        Signals.Send(pids[1], "KILL");
        await deployment.SaidAsync($"web: could not be started: {web} does not exist; name an existing program", from);
        await deployment.SaidAsync($"keyed: could not be started: services.keyed.env_file: {secrets} does not exist; create it", from);
        Put();
        Assert.Equal(0, (await deployment.RunAsync("wait")).ExitCode);
        await deployment.SaidAsync("keyed: what it lacked is there", from);
        await Commands.UntilAsync(() => deployment.ReadAsync("keys"), keys => keys == "one\none\n");
        Assert.Equal(pids[2], await deployment.PidAsync("other"));
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
        File.Delete(web);
        Assert.Equal(2, (await deployment.RunAsync("up")).ExitCode); // A fresh start, for nothing is left.

        void Put()
        {
            Programs.Write(web, "#!/bin/sh\nexec sleep 1000\n"u8);
            File.WriteAllText(secrets, "KEY=one\n");
        }
    }

    [Fact]
    public async Task Without_its_log_folder_a_service_starts_all_the_same_and_one_that_cannot_be_made_is_told_by_its_key()
    {
        await using var deployment = await Deployment.Of(("a", Shell("echo here; exec sleep 1000"))).StartHealthyAsync();
        var logs = Path.Combine(deployment.Folder, "logs");
        Directory.Delete(logs, recursive: true);
        Assert.Equal(0, (await deployment.RunAsync("restart", "a")).ExitCode);
        await Commands.UntilAsync(() => Task.FromResult(File.Exists(Path.Combine(logs, "a.log"))), isThere => isThere);
        await deployment.KillAsync();
        Directory.Delete(logs, recursive: true);
        await File.WriteAllTextAsync(logs, "", Cancel);

        await deployment.StartHealthyAsync();

        await deployment.SaidAsync($"goes on all the same: supervisor.json:1:1: log_dir: {logs} is a file, and has to be a folder");
        await deployment.EndAsync();
        var fresh = await deployment.RunAsync("up");
        Assert.Equal((2, $"supervisor.json:1:1: log_dir: {logs} is a file, and has to be a folder; remove it, or name another\n"), (fresh.ExitCode, fresh.Error));
    }

    [Fact]
    public async Task A_process_that_ended_while_nobody_looked_is_restarted_and_its_group_is_gone_first()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere a group without its leader cannot be proven to be ours");
        await using var deployment = await Deployment.Of(("a", Shell("sleep 1000 & echo $! > child; wait").With(("backoff_initial", "10ms")))).StartHealthyAsync();
        var child = await ReadPidAsync(Path.Combine(deployment.Folder, "child"));
        var leader = await deployment.PidAsync("a");
        await deployment.KillAsync();
        await Signals.EndAsync(leader);
        Assert.True(Signals.IsAlive(child));

        await deployment.StartHealthyAsync();

        Assert.False(Signals.IsAlive(child));
        Assert.NotEqual(leader, await deployment.PidAsync("a"));
        Assert.Equal(1, (await deployment.StatusAsync("a")).GetProperty("restarts").GetInt32());
    }

    [Fact]
    public async Task Killed_at_the_very_moment_of_a_start_it_leaves_nothing_that_the_next_one_does_not_know()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere only what was recorded is known");
        for (var round = 0; round < 10; round++)
        {
            await using var deployment = Deployment.Of(("a", Shell("echo $$ > pid; exec sleep 1000")));
            deployment.Start();
            var pid = await ReadPidAsync(Path.Combine(deployment.Folder, "pid"));
            await deployment.KillAsync();
            await deployment.StartHealthyAsync();
            Assert.Equal(pid, await deployment.PidAsync("a"));
        }
    }

    [Fact]
    public async Task What_was_configured_anew_meanwhile_is_restarted_and_what_is_configured_no_more_is_stopped()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000")), ("b", Shell("exec sleep 1000")), ("c", Shell("exec sleep 1000"))).StartHealthyAsync();
        var (a, b, c) = (await deployment.PidAsync("a"), await deployment.PidAsync("b"), await deployment.PidAsync("c"));
        await deployment.KillAsync();
        deployment.Rewrite(services =>
        {
            services["b"] = Shell("exec sleep 2000");
            services.Remove("c");
        });

        await deployment.StartHealthyAsync();
        await deployment.SaidAsync("c: stopped");

        Assert.Equal(a, await deployment.PidAsync("a"));
        Assert.NotEqual(b, await deployment.PidAsync("b"));
        Assert.Contains(deployment.Lines, line => line.EndsWith("b: its configuration has changed since it was started", StringComparison.Ordinal));
        Assert.False(Signals.IsAlive(b) || Signals.IsAlive(c));
        Assert.DoesNotContain("c ", (await deployment.RunAsync("status")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_configured_no_more_and_has_ended_meanwhile_is_not_started_again()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000")), ("gone", Shell("exec sleep 1000").With(("backoff_initial", "0s")))).StartHealthyAsync();
        var gone = await deployment.PidAsync("gone");
        await deployment.KillAsync();
        await Signals.EndAsync(gone);
        deployment.Rewrite(services => services.Remove("gone"));

        var from = deployment.Lines.Count;
        await deployment.StartHealthyAsync();
        await deployment.SaidAsync("gone: stopped", from);
        Assert.Equal(0, (await deployment.RunAsync("restart", "a")).ExitCode);
        Assert.DoesNotContain(deployment.Lines.Skip(from), line => line.Contains("gone: restarting", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("start_time", "1")]
    [InlineData("boot_id", "another")]
    public async Task A_forged_or_stale_record_leads_to_no_signal(string key, string value)
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000").With(("backoff_initial", "10ms")))).StartHealthyAsync();
        using var stranger = System.Diagnostics.Process.Start("sleep", "1000");
        await deployment.KillAsync();
        var state = JsonNode.Parse(await File.ReadAllTextAsync(deployment.StateFile, Cancel))!;
        var entry = state["services"]![0]!;
        await Signals.EndAsync(entry["phase"]!["pid"]!.GetValue<int>());
        entry["phase"]!["pid"] = stranger.Id;
        (key == "boot_id" ? state : entry)[key] = value;
        await File.WriteAllTextAsync(deployment.StateFile, state.ToJsonString(), Cancel);

        await deployment.StartHealthyAsync();
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);

        Assert.False(stranger.HasExited);
        stranger.Kill();
    }

    [Fact]
    public async Task Where_the_record_names_another_what_bears_the_mark_has_ended_before_the_next_starts()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere nothing can be found");
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        var pid = await deployment.PidAsync("a");
        await deployment.KillAsync();
        var state = JsonNode.Parse(await File.ReadAllTextAsync(deployment.StateFile, Cancel))!;
        state["services"]![0]!["phase"]!["pid"] = 4_000_000;
        await File.WriteAllTextAsync(deployment.StateFile, state.ToJsonString(), Cancel);

        await deployment.StartHealthyAsync();

        Assert.False(Signals.IsAlive(pid));
        Assert.Equal(1, (await deployment.StatusAsync("a")).GetProperty("restarts").GetInt32());
    }

    [Fact]
    public async Task What_nonsense_in_the_record_hides_is_found_by_its_mark()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere the record is all that is known");
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        var pid = await deployment.PidAsync("a");
        await deployment.KillAsync();
        await File.WriteAllTextAsync(deployment.StateFile, "{", Cancel);

        await deployment.StartHealthyAsync();

        Assert.Equal(pid, await deployment.PidAsync("a"));
        Assert.Contains(deployment.Lines, line => line.Contains("makes no sense", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_shutdown_that_was_cut_short_leaves_no_wish_behind()
    {
        await using var deployment = await Deployment.Of(("a", Shell("trap '' TERM; while :; do sleep 0.1; done").With(("stop_timeout", "60s"))), ("b", Shell("exec sleep 1000"))).StartHealthyAsync();
        var a = await deployment.PidAsync("a");
        deployment.Signal("TERM");
        await deployment.SaidAsync("b: stopped");
        await deployment.KillAsync();

        deployment.Start();
        await deployment.ListeningAsync();
        await deployment.RunAsync("wait", "b");
        Assert.Equal("running", (await deployment.StatusAsync("b")).GetProperty("status").GetString());
        Signals.Send(-a, "KILL");
        Assert.Equal(0, (await deployment.RunAsync("wait")).ExitCode);
    }

    [Fact]
    public async Task What_nobody_has_started_stays_down_even_if_it_would_start_by_itself_by_now()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000").With(("autostart", false))));
        var state = Path.Combine(deployment.Folder, ".supervisor", "state.json");
        deployment.Start();
        await deployment.ListeningAsync();
        using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10)))
            for (; !File.Exists(state); patience.Token.ThrowIfCancellationRequested())
                await Task.Yield();
        await deployment.KillAsync();
        deployment.Rewrite(services => services["a"]!["autostart"] = true);

        deployment.Start();
        await deployment.ListeningAsync();
        Assert.Equal("stopped", (await deployment.StatusAsync("a")).GetProperty("status").GetString());
    }

    /// <summary>Whether an adopted process still is the one takes a look, and a look takes a descriptor. What was due meanwhile is made up for.</summary>
    [Fact]
    public async Task What_cannot_be_looked_at_for_want_of_descriptors_is_signalled_once_it_can()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Commands.Exist("prlimit"), "no other system can lower the limit of another process");
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000").With(("stop_timeout", "300ms")))).StartHealthyAsync();
        var a = await deployment.PidAsync("a");
        await deployment.KillAsync();
        await deployment.StartHealthyAsync();
        await LimitAsync(deployment, "3");
        deployment.Signal("TERM");
        await deployment.SaidAsync("a: still there after 300ms");
        await LimitAsync(deployment, "1024");
        Assert.Equal(0, await deployment.EndedAsync());
        Assert.False(Signals.IsAlive(a));
    }

    [Fact]
    public async Task What_cannot_be_seen_for_want_of_descriptors_has_not_gone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Commands.Exist("prlimit"), "no other system can lower the limit of another process");
        await using var deployment = await Deployment.Of(("a", Shell("sleep 1000 & echo $! > child; setsid sh -c 'echo $$ > stray; exec sleep 1000' & exec sleep 1000"))).StartHealthyAsync();
        var (child, stray) = (await ReadPidAsync(Path.Combine(deployment.Folder, "child")), await ReadPidAsync(Path.Combine(deployment.Folder, "stray")));
        await deployment.KillAsync();
        await deployment.StartHealthyAsync();
        await LimitAsync(deployment, "3");
        var from = deployment.Lines.Count;
        Signals.Send(await PidWithoutAskingAsync(deployment), "KILL");
        await deployment.SaidAsync("a: ended", from);
        Assert.DoesNotContain(deployment.Lines.Skip(from), line => line.Contains("could not be started", StringComparison.Ordinal));
        await LimitAsync(deployment, "1024");
        await deployment.SaidAsync("a: started", from);
        Assert.False(Signals.IsAlive(child) || Signals.IsAlive(stray));
    }

    private static async Task LimitAsync(Deployment deployment, string descriptors)
    {
        var limit = await Commands.RunAsync("prlimit", "--pid", $"{deployment.Pid}", $"--nofile={descriptors}:");
        Assert.SkipUnless(limit.ExitCode == 0, $"the limit cannot be changed here: {limit.Error}");
    }

    private static async Task<int> PidWithoutAskingAsync(Deployment deployment) =>
        JsonNode.Parse(await File.ReadAllTextAsync(deployment.StateFile, Cancel))!["services"]![0]!["phase"]!["pid"]!.GetValue<int>();

    [Fact]
    public async Task A_stray_of_an_adopted_daemon_does_not_outlive_the_shutdown()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere strays cannot be seen");
        await using var deployment = await Deployment.Of(("a", Shell("setsid sh -c 'echo $$ > stray; exec sleep 1000' & exec sleep 1000"))).StartHealthyAsync();
        var stray = await ReadPidAsync(Path.Combine(deployment.Folder, "stray"));
        await deployment.KillAsync();
        await deployment.StartHealthyAsync();
        Assert.True(Signals.IsAlive(stray));
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
        Assert.False(Signals.IsAlive(stray));
    }
}
