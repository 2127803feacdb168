using System.Text.Json.Nodes;
using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

/// <summary><c>depends_on</c> among real daemons.</summary>
public sealed class DependencyTests
{
    [Fact]
    public async Task What_depends_on_others_starts_when_they_are_healthy_and_is_gone_before_they_stop()
    {
        // In the file's order the dependent comes first, and it takes its time to stop.
        await using var deployment = await Deployment.Of(
            ("app", Shell("trap 'sleep 0.3; exit' TERM; while :; do sleep 0.1; done").With(("depends_on", new JsonArray("db", "cache")))),
            ("db", Dispatch("db", Ports.Free())),
            ("cache", Shell("exec sleep 1000"))).StartHealthyAsync();
        Assert.True(await deployment.SaidAsync("db: healthy") < await deployment.SaidAsync("app: started"));

        deployment.Signal("TERM");
        Assert.Equal(0, await deployment.EndedAsync());
        var gone = await deployment.SaidAsync("app: stopped");
        Assert.True(await deployment.SaidAsync("db: is to stop, once app has stopped") < gone);
        Assert.True(gone < await deployment.SaidAsync("db: stopping"));
        Assert.True(gone < await deployment.SaidAsync("cache: stopping"));
    }

    /// <summary>The second one has its turn at a moment at which nothing else happens.</summary>
    [Fact]
    public async Task An_instance_that_was_stopped_and_depends_on_another_service_is_started_in_its_turn()
    {
        await using var deployment = await Deployment.Of(
            ("db", Shell("exec sleep 1000")),
            ("w", Shell("exec sleep 1000").With(("instances", 2), ("depends_on", new JsonArray("db"))))).StartHealthyAsync();
        Assert.Equal(0, (await deployment.RunAsync("stop", "w-2")).ExitCode);
        var restarted = await deployment.RunAsync("restart", "w-1", "w-2", "--timeout", "20");
        Assert.Equal((0, ""), (restarted.ExitCode, restarted.Error));
    }

    [Fact]
    public async Task Who_waits_says_for_whom_and_obeys_all_the_same()
    {
        var port = Ports.Free();
        await using var deployment = Deployment.Of(("app", Shell("exec sleep 1000").With(("depends_on", new JsonArray("db")))), ("db", Never(port))).Start();
        await deployment.SaidAsync("app: waiting for db");
        var status = await deployment.StatusAsync("app");
        Assert.Equal(("waiting", "db"), (status.GetProperty("status").GetString(), status.GetProperty("waiting_for").EnumerateArray().Single().GetString()));
        Assert.Equal(1, (await deployment.RunAsync("status", "app")).ExitCode);
        Assert.Contains("waiting for db", (await deployment.RunAsync("why", "app")).Output, StringComparison.Ordinal);

        var restart = await deployment.RunAsync("restart", "app", "--timeout", "200ms");
        Assert.Equal((1, "supervisor: not done within 200ms: app is waiting for db; it goes on\n"), (restart.ExitCode, restart.Error));
        Assert.Equal(0, (await deployment.RunAsync("stop", "app")).ExitCode);
        await TellAsync(port, "healthy");
        Assert.Equal(0, (await deployment.RunAsync("wait", "db")).ExitCode);
        Assert.Equal("stopped", (await deployment.RunAsync("status")).Rows["app"][2]);

        Assert.Equal(0, (await deployment.RunAsync("start", "app")).ExitCode);
        Assert.Single(deployment.Lines, line => line.Contains("app: started", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_start_starts_what_is_needed_even_if_it_was_stopped_by_hand()
    {
        await using var deployment = Deployment.Of(
            ("app", Shell("exec sleep 1000").With(("depends_on", new JsonArray("db")))),
            ("db", Shell("exec sleep 1000").With(("depends_on", new JsonArray("disk")), ("autostart", false))),
            ("disk", Shell("exec sleep 1000").With(("autostart", false))),
            ("other", Shell("exec sleep 1000").With(("autostart", false)))).Start();
        await deployment.SaidAsync("app: started");
        await deployment.SaidAsync("disk: starting, as db depends on it");
        Assert.Equal(["running", "running", "running", "stopped"], (await deployment.RunAsync("status")).Rows.Values.Select(row => row[2]));

        Assert.Equal(0, (await deployment.RunAsync("stop", "--all")).ExitCode);
        Assert.Equal(0, (await deployment.RunAsync("start", "app")).ExitCode);
        Assert.Equal(["running", "running", "running", "stopped"], (await deployment.RunAsync("status")).Rows.Values.Select(row => row[2]));
    }

    [Fact]
    public async Task What_is_needed_only_by_what_may_not_be_started_is_not_started_either()
    {
        await using var deployment = Deployment.Of(("db", Shell("exec sleep 1000").With(("autostart", false))), ("a", Shell("exec sleep 1000"))).Start();
        await deployment.SaidAsync("a: started");
        deployment.Rewrite(services =>
        {
            services["db"]!["depends_on"] = new JsonArray("disk");
            services["app"] = Shell("exec sleep 1000").With(("depends_on", new JsonArray("db")));
            services["disk"] = Shell("exec sleep 1000").With(("autostart", false));
        });
        var reload = await deployment.RunAsync("reload");
        Assert.Equal((1, "supervisor: app is waiting for db, which is stopped\n"), (reload.ExitCode, reload.Error));
        Assert.Equal("db: changed (depends_on): applied live\na: unchanged\napp: added: started\ndisk: added: not started\n", reload.Output);
        Assert.Equal(["stopped", "running", "waiting", "stopped"], (await deployment.RunAsync("status")).Rows.Values.Select(row => row[2]));
    }

    [Fact]
    public async Task A_restart_by_itself_starts_nobody_who_was_stopped_by_hand_but_says_for_whom_it_waits()
    {
        await using var deployment = await Deployment.Of(
            ("app", Shell("exec sleep 1000").With(("depends_on", new JsonArray("db")))),
            ("db", Shell("exec sleep 1000"))).StartHealthyAsync();
        Assert.Equal(0, (await deployment.RunAsync("stop", "db")).ExitCode);
        Assert.Equal("running", (await deployment.RunAsync("status")).Rows["app"][2]);
        Signals.Send(await deployment.PidAsync("app"), "KILL");
        await deployment.SaidAsync("app: waiting for db");
        Assert.Equal(["waiting", "stopped"], (await deployment.RunAsync("status")).Rows.Values.Select(row => row[2]));
        Assert.Equal(0, (await deployment.RunAsync("start", "db")).ExitCode);
        Assert.Equal(0, (await deployment.RunAsync("wait")).ExitCode);
        Assert.Equal("1", (await deployment.RunAsync("status")).Rows["app"][5]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_dependency_is_restarted_alone_unless_it_takes_its_dependents_along(bool takesAlong)
    {
        await using var deployment = await Deployment.Of(
            ("app", Shell("exec sleep 1000").With(("depends_on", new JsonArray("db")))),
            ("db", Shell("exec sleep 1000").With(("restart_dependents", takesAlong)))).StartHealthyAsync();
        var app = await deployment.PidAsync("app");
        Signals.Send(await deployment.PidAsync("db"), "KILL");
        await deployment.SaidAsync("db: started", from: await deployment.SaidAsync("db: restarting"));
        Assert.Equal(0, (await deployment.RunAsync("wait")).ExitCode);
        Assert.Equal(takesAlong, app != await deployment.PidAsync("app"));
        Assert.Equal("0", (await deployment.RunAsync("status")).Rows["app"][5]);
    }

    [Fact]
    public async Task The_next_supervisor_goes_on_waiting()
    {
        var port = Ports.Free();
        await using var deployment = Deployment.Of(("app", Shell("exec sleep 1000").With(("depends_on", new JsonArray("db")))), ("db", Never(port))).Start();
        await deployment.SaidAsync("app: waiting for db");
        await Commands.UntilAsync(async () => File.Exists(deployment.StateFile) ? await File.ReadAllTextAsync(deployment.StateFile) : "", text => text.Contains("\"app\"", StringComparison.Ordinal) && text.Contains("Running", StringComparison.Ordinal));
        var from = deployment.Lines.Count;
        deployment.Signal("KILL");
        await deployment.EndedAsync();
        deployment.Start();
        await deployment.SaidAsync("app: waiting for db", from);
        await TellAsync(port, "healthy");
        await deployment.SaidAsync("app: started");
        Assert.Equal(0, (await deployment.RunAsync("wait")).ExitCode);
        Assert.Equal(["0", "0"], (await deployment.RunAsync("status")).Rows.Values.Select(row => row[5]));
    }

    /// <summary>A daemon that does not become healthy until it is told to.</summary>
    private static JsonObject Never(int port) => Dispatch("db", port, "--unhealthy-after", "0").With(("health_start_period", "1h"));

    [Fact]
    public async Task Work_that_is_done_is_done_once_also_when_what_needs_it_or_the_supervisor_has_crashed()
    {
        var needs = new JsonObject { ["migrate"] = "completed", ["tracer"] = "started" };
        await using var deployment = Deployment.Of(
            ("app", Shell("exec sleep 1000").With(("depends_on", needs))),
            ("tracer", Never(Ports.Free()).With(("health_start_period", "1h"))),
            ("migrate", Shell("echo once >>runs; sleep 0.3").With(("restart", "on-failure")))).Start();
        await deployment.SaidAsync("app: started");
        Assert.True(await deployment.SaidAsync("migrate: exited with code 0") < await deployment.SaidAsync("app: started"));

        Signals.Send(await deployment.PidAsync("app"), "KILL");
        await deployment.SaidAsync("app: restarting");
        Assert.Equal((0, ""), await Ended(deployment.RunAsync("wait", "app")));
        Assert.Equal((0, ""), await Ended(deployment.RunAsync("restart", "app")));
        Assert.Equal("once\n", await deployment.ReadAsync("runs"));

        Assert.Equal((0, ""), await Ended(deployment.RunAsync("restart", "migrate")));
        Assert.Equal("once\nonce\n", await deployment.ReadAsync("runs"));
    }

    [Fact]
    public async Task Work_that_has_failed_is_waited_for_and_done_again_when_what_needs_it_is_started()
    {
        await using var deployment = Deployment.Of(
            ("app", Shell("exec sleep 1000").With(("depends_on", new JsonObject { ["migrate"] = "completed" }))),
            ("migrate", Shell("test -e ready").With(("restart", "no")))).Start();
        await deployment.SaidAsync("migrate: exited with code 1");
        Assert.Equal(["waiting", "exited"], (await deployment.RunAsync("status")).Rows.Values.Select(row => row[2]));
        Assert.Equal("migrate", (await deployment.StatusAsync("app")).GetProperty("waiting_for").EnumerateArray().Single().GetString());

        await File.WriteAllTextAsync(Path.Combine(deployment.Folder, "ready"), "", TestContext.Current.CancellationToken);
        Assert.Equal((0, ""), await Ended(deployment.RunAsync("start", "app")));
        Assert.Equal(["running", "exited"], (await deployment.RunAsync("status")).Rows.Values.Select(row => row[2]));
    }

    private static async Task<(int, string)> Ended(Task<CommandResult> command) => ((await command).ExitCode, (await command).Error);
}
