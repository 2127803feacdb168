using System.Text.Json.Nodes;
using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

/// <summary>Taking up an edited configuration, with real daemons.</summary>
public sealed class ReloadTests
{
    private static readonly string[] Order = ["same", "live", "edited", "added", "later"];

    [Fact]
    public async Task Only_what_was_added_changed_or_removed_is_touched()
    {
        await using var deployment = await Deployment.Of(("gone", Sleeper()), ("same", Sleeper()), ("live", Sleeper()), ("edited", Sleeper())).StartHealthyAsync();
        var (gone, same, live, edited) = (await deployment.PidAsync("gone"), await deployment.PidAsync("same"), await deployment.PidAsync("live"), await deployment.PidAsync("edited"));
        deployment.Rewrite(services =>
        {
            services.Remove("gone");
            services["live"]!.AsObject().With(("stop_timeout", "3s"), ("backoff_max", "5s"));
            services["edited"]!.AsObject().With(("environment", new JsonObject { ["SECRET"] = "hunter2" }));
            services["added"] = Sleeper();
            services["later"] = Sleeper().With(("autostart", false));
        });
        string[] told =
        [
            "same: unchanged", "live: changed (backoff_max, stop_timeout): applied live", "edited: changed (environment): restarted",
            "added: added: started", "later: added: not started", "gone: removed: stopped",
        ];

        var trial = await deployment.RunAsync("check", "--diff");
        Assert.Equal((0, ""), (trial.ExitCode, trial.Error));
        Assert.Equal(told, trial.Output.Replace("would be ", "", StringComparison.Ordinal).TrimEnd().Split('\n'));
        Assert.Equal(edited, await deployment.PidAsync("edited"));

        var reload = await deployment.RunAsync("reload");
        Assert.Equal((0, ""), (reload.ExitCode, reload.Error));
        Assert.Equal(told, reload.Output.TrimEnd().Split('\n'));
        var rows = (await deployment.RunAsync("status")).Rows;
        Assert.Equal(Order, rows.Keys);
        Assert.Equal(["running", "running", "running", "running", "stopped"], rows.Values.Select(row => row[2]));
        Assert.Equal((same, live), (await deployment.PidAsync("same"), await deployment.PidAsync("live")));
        Assert.NotEqual(edited, await deployment.PidAsync("edited"));
        Assert.False(Directory.Exists($"/proc/{gone}"), "what was removed still runs");
        Assert.DoesNotContain("hunter2", await deployment.ReadAsync(".supervisor/events.jsonl"), StringComparison.Ordinal);

        var from = deployment.Lines.Count;
        Assert.Equal(0, (await deployment.RunAsync("stop", "live")).ExitCode);
        await deployment.SaidAsync("live: stopping: sent SIGTERM, SIGKILL in 3s", from);
        Assert.All((await deployment.RunAsync("reload", "--json")).Json.GetProperty("changes").EnumerateArray(), change => Assert.Equal("unchanged", change.GetProperty("change").GetString()));
    }

    [Fact]
    public async Task A_bad_configuration_changes_nothing_and_is_told_as_check_tells_it()
    {
        await using var deployment = await Deployment.Of(("a", Sleeper())).StartHealthyAsync();
        var pid = await deployment.PidAsync("a");
        deployment.Rewrite(services =>
        {
            services["a"]!["cmd"] = "sleep";
            services["b"] = new JsonObject();
        });
        var (reload, check) = (await deployment.RunAsync("reload"), await deployment.RunAsync("-c", deployment.ConfigurationFile, "check"));
        Assert.Equal(2, reload.ExitCode);
        Assert.Equal(check.Error + "supervisor: the configuration has 2 problems; nothing was changed\n", reload.Error);

        var from = deployment.Lines.Count;
        deployment.Signal("HUP");
        await deployment.SaidAsync("not reloaded, nothing was changed: ", from);
        await deployment.SaidAsync("services.b.cmd: is missing", from);
        Assert.Equal(pid, await deployment.PidAsync("a"));
        Assert.Equal(["a"], (await deployment.RunAsync("status")).Rows.Keys);
    }

    [Fact]
    public async Task A_restart_of_what_was_edited_says_so_and_takes_it_up_if_asked()
    {
        await using var deployment = await Deployment.Of(("a", Shell("echo $VALUE; exec sleep 1000").With(("environment", new JsonObject { ["VALUE"] = "old" }))), ("b", Sleeper()), ("c", Sleeper())).StartHealthyAsync();
        deployment.Rewrite(services =>
        {
            services["a"]!["environment"]!["VALUE"] = "new";
            services["a"]!["stop_timeout"] = "5s";
            services.Remove("c");
        });
        var plain = await deployment.RunAsync("restart", "a", "b", "c");
        Assert.Equal((0, "supervisor: a was restarted as before, though it was edited (environment, stop_timeout): run reload to take it up\nsupervisor: c was restarted as before, though it was removed from the configuration: run reload to take it up\n"), (plain.ExitCode, plain.Error));
        Assert.Equal("", (await deployment.RunAsync("restart", "b")).Error);
        Assert.Equal("old\nold\n", await deployment.ReadAsync("logs/a.log"));

        var (a, b, from) = (await deployment.PidAsync("a"), await deployment.PidAsync("b"), deployment.Lines.Count);
        var taken = await deployment.RunAsync("restart", "--reload", "a", "b");
        Assert.Equal((0, ""), (taken.ExitCode, taken.Error));
        Assert.Equal(["a", "b"], taken.Rows.Keys);
        Assert.Equal("old\nold\nnew\n", await deployment.ReadAsync("logs/a.log"));
        Assert.NotEqual((a, b), (await deployment.PidAsync("a"), await deployment.PidAsync("b")));

        deployment.Rewrite(services => services["a"]!["cmd"] = "sleep");
        var wrong = await deployment.RunAsync("restart", "a");
        Assert.Equal((0, "supervisor: restarted as before: the configuration on disk has problems; see check\n"), (wrong.ExitCode, wrong.Error));
        b = await deployment.PidAsync("b");
        Assert.Equal(2, (await deployment.RunAsync("restart", "--reload", "b")).ExitCode);
        Assert.Equal(b, await deployment.PidAsync("b"));
    }

    [Fact]
    public async Task SIGHUP_reloads_and_a_health_check_that_is_new_begins_at_once()
    {
        var port = Ports.Free();
        var daemon = Dispatch("a", port);
        daemon.Remove("health_port");
        await using var deployment = await Deployment.Of(("a", daemon)).StartHealthyAsync();
        var pid = await deployment.PidAsync("a");
        deployment.Rewrite(services => services["a"]!["health_port"] = port);
        deployment.Signal("HUP");
        await deployment.SaidAsync("a: changed in the configuration (health_port): applied live");
        await deployment.SaidAsync("a: healthy");
        Assert.Equal(pid, await deployment.PidAsync("a"));
        deployment.Rewrite(services => services["a"]!.AsObject().Remove("health_port"));
        Assert.Equal("a: changed (health_port): applied live\n", (await deployment.RunAsync("reload")).Output);
        Assert.Equal(("running", "-"), (await deployment.RunAsync("status")).Rows["a"] is var row ? (row[2], row[4]) : default);
    }

    [Fact]
    public async Task What_comes_back_before_it_has_gone_is_never_there_twice()
    {
        var stubborn = Shell("echo $$ >> pids; trap 'sleep 1; exit' TERM; while :; do sleep 0.1; done");
        await using var deployment = await Deployment.Of(("a", stubborn), ("b", Sleeper())).StartHealthyAsync();
        var first = await deployment.PidAsync("a");
        deployment.Rewrite(services => services.Remove("a"));
        deployment.Signal("HUP");
        await deployment.SaidAsync("a: stopping");
        deployment.Rewrite(services => services["a"] = stubborn.DeepClone());
        var reload = await deployment.RunAsync("reload");
        Assert.Equal((0, "b: unchanged\na: added: started\n"), (reload.ExitCode, reload.Output));
        Assert.True(await deployment.SaidAsync("a: exited") < await deployment.SaidAsync("a: started", from: await deployment.SaidAsync("a: added")));
        Assert.Equal($"{first}\n{await deployment.PidAsync("a")}\n", await deployment.ReadAsync("pids"));
    }

    [Fact]
    public async Task One_that_takes_too_long_tells_what_it_did_and_what_it_still_waits_for()
    {
        var stubborn = Shell("trap '' TERM; while :; do sleep 0.1; done").With(("stop_timeout", "3s"));
        await using var deployment = await Deployment.Of(("gone", stubborn), ("resting", Sleeper()), ("a", Sleeper())).StartHealthyAsync();
        Assert.Equal(0, (await deployment.RunAsync("stop", "resting")).ExitCode);
        deployment.Rewrite(services => services.Remove("gone"));
        var reload = await deployment.RunAsync("reload", "--timeout", "100ms");
        Assert.Equal((1, "supervisor: not done within 100ms: gone is stopping; it goes on\n"), (reload.ExitCode, reload.Error));
        Assert.Equal("resting: unchanged\na: unchanged\ngone: removed: stopped\n", reload.Output);
        await deployment.SaidAsync("gone: killed by SIGKILL");
    }

    [Fact]
    public async Task What_comes_back_as_something_else_while_it_waits_to_be_stopped_is_what_is_written_now()
    {
        var stubborn = Shell("trap '' TERM; while :; do sleep 0.1; done").With(("depends_on", new JsonArray("db")), ("stop_timeout", "1h"));
        await using var deployment = await Deployment.Of(("db", Sleeper()), ("app", stubborn), ("a", Sleeper())).StartHealthyAsync();
        var (db, app) = (await deployment.PidAsync("db"), await deployment.PidAsync("app"));
        deployment.Rewrite(services => Assert.True(services.Remove("db") && services.Remove("app")));
        deployment.Signal("HUP");
        await deployment.SaidAsync("db: is to stop, once app has stopped");
        deployment.Rewrite(services => services["db"] = Shell("exec sleep 2000"));
        var reload = await deployment.RunAsync("reload");
        Assert.Equal((0, "a: unchanged\ndb: added: started\n"), (reload.ExitCode, reload.Output));
        var pid = await deployment.PidAsync("db");
        Assert.NotEqual(db, pid);
        Assert.Contains("2000", (await Commands.RunAsync("ps", "-o", "args=", "-p", $"{pid}")).Output, StringComparison.Ordinal);
        Signals.Send(app, "KILL");
        await deployment.SaidAsync("app: stopped");
        Assert.Equal(pid, await deployment.PidAsync("db"));
    }

    [Fact]
    public async Task Instances_that_are_removed_before_their_turn_to_restart_has_come_are_not_started_again()
    {
        var service = Shell("exec sleep 1000").With(("instances", 3), ("health_cmd", new JsonArray("test", "-e", "well")), ("health_interval", "100ms"), ("health_retries", 1000));
        await using var deployment = Deployment.Of(("w", service));
        var well = Path.Combine(deployment.Folder, "well");
        await File.WriteAllTextAsync(well, "", TestContext.Current.CancellationToken);
        await deployment.StartHealthyAsync();
        File.Delete(well);
        var from = deployment.Lines.Count;
        var restart = deployment.RunAsync("restart", "w-*");
        await deployment.SaidAsync("w-1: started", from);
        deployment.Rewrite(services => services["w"]!["instances"] = 1);
        Assert.Equal(0, (await deployment.RunAsync("reload")).ExitCode);
        await File.WriteAllTextAsync(well, "", TestContext.Current.CancellationToken);
        Assert.Equal((1, "supervisor: w-2 was removed; w-3 was removed\n"), (await restart is var done ? done.ExitCode : 0, (await restart).Error));
        Assert.Equal(["w-1"], (await deployment.RunAsync("status")).Rows.Keys);
        Assert.DoesNotContain(deployment.Lines.Skip(from), line => line.Contains("w-2: started", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_removed_and_added_again_is_not_taken_for_what_it_once_set_loose()
    {
        Assert.SkipUnless(Commands.Exist("setsid"), "setsid is not installed");
        var service = Shell("setsid sleep 1000 & exec sleep 1001");
        await using var deployment = await Deployment.Of(("a", service), ("b", Sleeper())).StartHealthyAsync();
        Assert.Equal(0, (await deployment.RunAsync("restart", "a")).ExitCode);
        deployment.Rewrite(services => services.Remove("a"));
        Assert.Equal(0, (await deployment.RunAsync("reload")).ExitCode);
        deployment.Rewrite(services => services["a"] = service.DeepClone());
        Assert.Equal("b: unchanged\na: added: started\n", (await deployment.RunAsync("reload")).Output);
        var pid = await deployment.PidAsync("a");
        await Commands.UntilAsync(() => deployment.ReadAsync(".supervisor/state.json"), text => text.Contains($"{pid}", StringComparison.Ordinal));
        deployment.Signal("KILL");
        await deployment.EndedAsync();
        deployment.Start();
        await deployment.ListeningAsync();
        Assert.Equal(pid, await deployment.PidAsync("a"));
    }

    /// <summary>Or it would be healthy by the answer of the old one.</summary>
    [Fact]
    public async Task What_is_removed_is_shown_until_it_is_gone_and_who_takes_its_port_waits_for_that()
    {
        var port = Ports.Free();
        await using var deployment = await Deployment.Of(("old", Dispatch("old", port).With(("stop_timeout", "60s"))), ("b", Sleeper())).StartHealthyAsync();
        var old = await deployment.PidAsync("old");
        await TellAsync(port, "ignore-term");
        deployment.Rewrite(services =>
        {
            services.Remove("old");
            services["new"] = Dispatch("new", port);
        });
        var reload = deployment.RunAsync("reload");
        await deployment.SaidAsync("new: waiting for old");
        var rows = (await deployment.RunAsync("status")).Rows;
        Assert.Equal(["b", "new", "old"], rows.Keys);
        Assert.Equal((0, 1), ((await deployment.RunAsync("status", "old", "b")).ExitCode, (await deployment.RunAsync("status", "new", "b")).ExitCode));
        Assert.Equal(("waiting", "stopping", $"{old}"), (rows["new"][2], rows["old"][2], rows["old"][1]));
        Assert.True((await deployment.StatusAsync("old")).GetProperty("removed").GetBoolean());
        Assert.Contains("no service is named 'old'", (await deployment.RunAsync("restart", "old")).Error, StringComparison.Ordinal);
        Signals.Send(old, "KILL");
        Assert.Equal((0, "b: unchanged\nnew: added: started\nold: removed: stopped\n"), (await reload is var done ? done.ExitCode : 1, (await reload).Output));
        await deployment.SaidAsync("new: started", from: await deployment.SaidAsync("old: killed by SIGKILL"));
        Assert.Equal(["b", "new"], (await deployment.RunAsync("status")).Rows.Keys);
    }

    /// <summary>Each of them waits for the former process of the other, and not for the service.</summary>
    [Fact]
    public async Task Services_that_change_their_ports_with_each_other_both_stop_before_either_starts()
    {
        var (one, two) = (Ports.Free(), Ports.Free());
        await using var deployment = await Deployment.Of(("a", Dispatch("a", one)), ("b", Dispatch("b", two))).StartHealthyAsync();
        await TellAsync(two, "ignore-term");
        var (a, b) = (await deployment.PidAsync("a"), await deployment.PidAsync("b"));
        deployment.Rewrite(services => (services["a"], services["b"]) = (Dispatch("a", two), Dispatch("b", one)));
        var reload = deployment.RunAsync("reload");
        await deployment.SaidAsync("a: waiting for b");
        Assert.Equal((0, b), (await deployment.PidOrNoneAsync("a"), await deployment.PidAsync("b")));
        Signals.Send(b, "KILL");
        Assert.Equal(0, (await reload).ExitCode);
        Assert.NotEqual((a, b), (await deployment.PidAsync("a"), await deployment.PidAsync("b")));
    }

    [Fact]
    public async Task Folders_cannot_move_under_a_supervisor_that_runs()
    {
        await using var deployment = await Deployment.Of(("a", Sleeper())).StartHealthyAsync();
        deployment.RewriteTop(configuration => configuration["log_dir"] = "elsewhere");
        var reload = await deployment.RunAsync("reload");
        Assert.Equal(2, reload.ExitCode);
        Assert.Contains("log_dir: cannot change from ", reload.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Alerts_go_where_the_new_configuration_says()
    {
        await using var deployment = await Deployment.Of(("a", Sleeper().With(("alert_after", 0)))).StartHealthyAsync();
        deployment.RewriteTop(configuration => configuration["alert_cmd"] = new JsonArray("sh", "-c", "echo $SUPERVISOR_EVENT > alerted"));
        var reload = await deployment.RunAsync("reload");
        Assert.Equal("(top level): changed (alert_cmd): applied live\na: unchanged\n", reload.Output);
        Signals.Send(await deployment.PidAsync("a"), "KILL");
        await Commands.UntilAsync(() => Task.FromResult(File.Exists(Path.Combine(deployment.Folder, "alerted"))), exists => exists);
    }

    private static JsonObject Sleeper() => Shell("exec sleep 1000");
}
