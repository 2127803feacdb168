using System.Diagnostics;
using System.Text.Json.Nodes;
using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

/// <summary>What the program was asked for in the first place.</summary>
public sealed class AcceptanceTests
{
    [Fact]
    public async Task The_bare_command_starts_the_three_sample_daemons()
    {
        var ports = new[] { Ports.Free(), Ports.Free(), Ports.Free() };
        await using var deployment = SampleOn(ports);
        await deployment.StartHealthyAsync();
        var status = await deployment.RunAsync("status");
        Assert.Equal(0, status.ExitCode);
        Assert.Equal(["guardian", "reaper", "factory"], status.Rows.Keys);
        Assert.All(status.Rows.Values, row => Assert.Equal(("running", "healthy", "0"), (row[2], row[4], row[5])));
    }

    [Fact]
    public async Task A_killed_daemon_is_running_again_within_ten_seconds()
    {
        var port = Ports.Free();
        var service = Dispatch("guardian", port);
        service.Remove("backoff_initial");
        await using var deployment = await Deployment.Of(("guardian", service)).StartHealthyAsync();
        var pid = await deployment.PidAsync("guardian");
        var clock = Stopwatch.StartNew();
        Signals.Send(pid, "KILL");
        await deployment.SaidAsync("restarting in 1s");
        Assert.Equal(0, (await deployment.RunAsync("wait")).ExitCode);
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
        Assert.NotEqual(pid, await deployment.PidAsync("guardian"));
        Assert.Equal("1", (await deployment.RunAsync("status")).Rows["guardian"][5]);
    }

    [Fact]
    public async Task A_daemon_that_answers_503_is_restarted_after_three_failures_in_a_row()
    {
        var port = Ports.Free();
        await using var deployment = await Deployment.Of(("factory", Dispatch("factory", port))).StartHealthyAsync();
        await TellAsync(port, "unhealthy");
        await deployment.SaidAsync("factory: unhealthy: 3 failures in a row, the last: HTTP 503");
        await deployment.SaidAsync("factory: healthy", from: await deployment.SaidAsync("factory: restarting"));
        Assert.Equal(2, deployment.Lines.Count(line => line.Contains("probe failed", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Two_failures_and_a_success_are_no_reason_to_restart()
    {
        var port = Ports.Free();
        await using var deployment = await Deployment.Of(("factory", Dispatch("factory", port))).StartHealthyAsync();
        for (var round = 0; round < 3; round++)
        {
            var from = deployment.Lines.Count;
            await TellAsync(port, "unhealthy?after=1&for=2");
            await deployment.SaidAsync("probe failed (2 of 3)", from);
        }
        var probes = await HealthRequestsAsync(port);
        while (await HealthRequestsAsync(port) < probes + 3)
            continue;
        Assert.DoesNotContain(deployment.Lines, line => line.Contains("factory: unhealthy", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_daemon_that_accepts_and_never_answers_is_restarted()
    {
        var port = Ports.Free();
        var service = Dispatch("factory", port).With(("health_timeout", "150ms"));
        await using var deployment = await Deployment.Of(("factory", service)).StartHealthyAsync();
        await TellAsync(port, "hang");
        await deployment.SaidAsync("factory: unhealthy: 3 failures in a row, the last: no answer within 150ms");
        await deployment.SaidAsync("factory: healthy", from: await deployment.SaidAsync("factory: restarting"));
    }

    [Fact]
    public async Task Restart_replaces_one_process_and_counts_nothing()
    {
        int guardian = Ports.Free(), reaper = Ports.Free();
        await using var deployment = await Deployment.Of(("guardian", Dispatch("guardian", guardian)), ("reaper", Dispatch("reaper", reaper))).StartHealthyAsync();
        var (before, other) = (await deployment.PidAsync("reaper"), await deployment.PidAsync("guardian"));
        var restart = await deployment.RunAsync("restart", "reaper");
        Assert.Equal(0, restart.ExitCode);
        Assert.Equal(["reaper"], restart.Rows.Keys);
        Assert.NotEqual($"{before}", restart.Rows["reaper"][1]);
        Assert.Equal(("running", "healthy", "0"), (restart.Rows["reaper"][2], restart.Rows["reaper"][4], restart.Rows["reaper"][5]));
        Assert.Equal(other, await deployment.PidAsync("guardian"));
        Assert.False(Signals.IsAlive(before));
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("down")]
    public async Task Every_way_down_stops_every_process(string way)
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000")), ("b", Shell("sleep 1000"))).StartHealthyAsync();
        var pids = new[] { await deployment.PidAsync("a"), await deployment.PidAsync("b") };
        if (way == "down")
            Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
        else
            deployment.Signal(way);
        Assert.Equal(0, await deployment.EndedAsync());
        Assert.DoesNotContain(pids, Signals.IsAlive);
        Assert.Equal(3, (await deployment.RunAsync("status")).ExitCode);
    }

    [Fact]
    public async Task Five_stubborn_daemons_are_killed_with_their_children_in_the_time_of_one()
    {
        var stubborn = Enumerable.Range(1, 5)
            .Select(i => ($"stubborn-{i}", Shell($"trap '' TERM; sleep 1000 & echo $! > {i}.pid; while :; do sleep 1; done").With(("stop_timeout", "3s"))))
            .ToArray();
        await using var deployment = await Deployment.Of(stubborn).StartHealthyAsync();
        var children = await Task.WhenAll(Enumerable.Range(1, 5).Select(i => ReadPidAsync(Path.Combine(deployment.Folder, $"{i}.pid"))));
        var clock = Stopwatch.StartNew();
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(10)); // one after the other: 15
        Assert.DoesNotContain(children, Signals.IsAlive);
    }

    [Fact]
    public async Task A_crash_loop_backs_off_alerts_once_and_reports_the_recovery()
    {
        using var receiver = new AlertReceiver();
        var top = new JsonObject
        {
            ["alert_cmd"] = new JsonArray("sh", "-c", "echo $SUPERVISOR_EVENT $SUPERVISOR_SERVICE >> alerts"),
            ["alert_url"] = receiver.Url,
        };
        var port = Ports.Free();
        var service = Dispatch("flaky", port).With(
            ("cmd", new JsonArray("sh", "-c", $"test -e cured && exec dotnet {Programs.Dispatch} flaky {port}; exit 7")),
            ("backoff_initial", "50ms"),
            ("backoff_max", "200ms"),
            ("alert_after", 3));
        await using var deployment = Deployment.Of(top, ("flaky", service)).Start();
        await deployment.SaidAsync("restarting in 200ms (restart 8 in a row)");
        await File.WriteAllTextAsync(Path.Combine(deployment.Folder, "cured"), "", TestContext.Current.CancellationToken);
        Assert.Equal(["alert flaky 4", "recovered flaky 8"], await receiver.TakeAsync(2), new FirstWords(2));
        Assert.Equal(["restarting in 50ms", "restarting in 100ms", "restarting in 200ms", "restarting in 200ms"], Backoffs(deployment).Take(4));
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
        Assert.Equal(["alert flaky", "recovered flaky"], await File.ReadAllLinesAsync(Path.Combine(deployment.Folder, "alerts"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_table_that_the_request_gave_is_a_configuration_as_it_stands()
    {
        await using var deployment = Deployment.Of(
            ("guardian", Asked("guardian.py", 8091)),
            ("reaper", Asked("pipeline/reaper_daemon.py", 8092)),
            ("factory", Asked("pipeline/factory_daemon.py", 8093)));
        var check = await deployment.RunAsync("check");
        Assert.Equal((0, "supervisor.json: 3 services, no problems\n", ""), (check.ExitCode, check.Output, check.Error));

        static JsonObject Asked(string script, int port) => new()
        {
            ["cmd"] = new JsonArray("python3", script),
            ["health_port"] = port,
            ["health_path"] = "/health",
        };
    }

    private static Deployment SampleOn(int[] ports)
    {
        var options = new System.Text.Json.JsonDocumentOptions { CommentHandling = System.Text.Json.JsonCommentHandling.Skip, AllowTrailingCommas = true };
        var sample = JsonNode.Parse(File.ReadAllText(Programs.SampleConfiguration), null, options)!["services"]!.AsObject();
        var services = sample.Select((service, index) => (service.Key, MovedTo(service.Value!.DeepClone().AsObject(), ports[index]))).ToArray();
        return Deployment.Of(services);

        static JsonObject MovedTo(JsonObject service, int port)
        {
            var cmd = service["cmd"]!.AsArray();
            cmd[3] = $"{port}";
            return service.With(("health_port", port), ("working_dir", Path.GetDirectoryName(Programs.SampleConfiguration)));
        }
    }

    private static IEnumerable<string> Backoffs(Deployment deployment) =>
        from line in deployment.Lines
        let at = line.IndexOf("restarting in", StringComparison.Ordinal)
        where at >= 0
        select line[at..line.IndexOf(" (", StringComparison.Ordinal)];

    private static async Task<int> HealthRequestsAsync(int port) =>
        JsonNode.Parse(await TellAsync(port, "probes"))!["health"]!.GetValue<int>();

    /// <summary>Compares by the first words: how many restarts it took to notice the cure is a matter of timing.</summary>
    private sealed class FirstWords(int count) : IEqualityComparer<string>
    {
        public bool Equals(string? x, string? y) => Cut(x) == Cut(y);

        public int GetHashCode(string obj) => 0;

        private string? Cut(string? text) => text is null ? null : string.Join(' ', text.Split(' ').Take(count));
    }
}
