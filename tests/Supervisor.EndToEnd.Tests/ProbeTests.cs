using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

/// <summary>Health checks other than by HTTP, memory, and the heartbeat, on real processes.</summary>
public sealed class ProbeTests
{
    private const string Deaf = """
        import os, socket, sys, time
        listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
        while not os.path.exists("deaf"):
            time.sleep(0.02)
        os.remove("deaf")
        listener.close()
        time.sleep(1000)
        """;

    [Fact]
    public async Task A_port_that_accepts_no_more_gets_its_daemon_restarted()
    {
        var port = Ports.Free();
        var service = new JsonObject { ["cmd"] = new JsonArray("python3", "-c", Deaf, $"{port}") }.With(
            ("health_tcp", port), ("health_interval", "100ms"), ("backoff_initial", "200ms"));
        await using var deployment = await Deployment.Of(("a", service)).StartHealthyAsync();
        Assert.Equal("healthy", (await deployment.RunAsync("status")).Rows["a"][4]);
        await File.WriteAllTextAsync(Path.Combine(deployment.Folder, "deaf"), "", TestContext.Current.CancellationToken);
        await deployment.SaidAsync("a: healthy", from: await deployment.SaidAsync("a: unhealthy: 3 failures in a row, the last: connection refused; sending SIGTERM"));
        Assert.Equal("connection accepted", (await deployment.StatusAsync("a")).GetProperty("last_probe").GetProperty("detail").GetString());
    }

    [Fact]
    public async Task A_command_that_fails_gets_its_daemon_restarted_also_by_the_next_supervisor()
    {
        var service = Shell("exec sleep 1000").With(
            ("environment", new JsonObject { ["SICKNESS"] = "sick" }),
            ("health_cmd", new JsonArray("sh", "-c", "kill -0 $SUPERVISOR_PID && test $SUPERVISOR_SERVICE = a && test ! -e $SICKNESS")),
            ("health_interval", "100ms"),
            ("health_timeout", "20s"));
        await using var deployment = await Deployment.Of(("a", service)).StartHealthyAsync();
        var sick = Path.Combine(deployment.Folder, "sick");
        await File.WriteAllTextAsync(sick, "", TestContext.Current.CancellationToken);
        await deployment.SaidAsync("a: unhealthy: 3 failures in a row, the last: sh exited with code 1; sending SIGTERM");
        File.Delete(sick);
        await deployment.SaidAsync("a: healthy", from: await deployment.SaidAsync("a: restarting"));
        var pid = await deployment.PidAsync("a");

        deployment.Signal("KILL");
        await deployment.EndedAsync();
        var from = deployment.Lines.Count;
        deployment.Start();
        await deployment.SaidAsync($"a: adopted (pid {pid})", from);
        await File.WriteAllTextAsync(sick, "", TestContext.Current.CancellationToken);
        await deployment.SaidAsync("a: unhealthy: 3 failures in a row, the last: sh exited with code 1; sending SIGTERM", from);
    }

    [Fact]
    public async Task A_command_that_hangs_is_killed_with_its_children()
    {
        var service = Shell("exec sleep 1000").With(
            ("health_cmd", new JsonArray("sh", "-c", "if test -e hang; then sleep 1000 & echo $! > child; wait; fi")),
            ("health_interval", "100ms"),
            ("health_timeout", "5s"),
            ("health_retries", 1));
        await using var deployment = await Deployment.Of(("a", service)).StartHealthyAsync();
        await File.WriteAllTextAsync(Path.Combine(deployment.Folder, "hang"), "", TestContext.Current.CancellationToken);
        var child = await ReadPidAsync(Path.Combine(deployment.Folder, "child"));
        Assert.True(Signals.IsAlive(child));
        File.Delete(Path.Combine(deployment.Folder, "hang"));
        await deployment.SaidAsync("a: unhealthy: 1 failures in a row, the last: no answer within 5s");
        while (Signals.IsAlive(child))
            await Task.Yield();
        Assert.Equal(0, (await deployment.RunAsync("wait")).ExitCode);
    }

    [Fact]
    public async Task A_group_that_keeps_too_much_memory_is_restarted_and_why_has_the_figure()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere the leader alone is measured");
        const string script = "test -e eaten && exec sleep 1000; touch eaten; python3 -c 'import time; x = bytearray(80 << 20); time.sleep(1000)' & wait";
        await using var deployment = await Deployment.Of(("a", Shell(script).With(("memory_max", "70MB"), ("health_interval", "100ms")))).StartHealthyAsync();
        var said = await deployment.SaidAsync("a: unhealthy: memory ");
        var line = deployment.Lines[said];
        Assert.Matches("unhealthy: memory [7-9][0-9] MB above memory_max 70MB in 3 samples; sending SIGTERM$", line);
        await deployment.SaidAsync("a: started", from: await deployment.SaidAsync("a: restarting in "));
        Assert.Contains(" MB above memory_max 70MB in 3 samples", (await deployment.RunAsync("why", "a")).Output, StringComparison.Ordinal);
        Assert.Contains("after it was found unhealthy: memory ", (await deployment.StatusAsync("a")).GetProperty("last_exit").GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wide_status_shows_what_the_processes_use_and_the_other_does_not()
    {
        const string script = "python3 -c 'import time; x = bytearray(80 << 20); open(\"up\", \"w\").write(\"1\\n\"); time.sleep(1000)' & wait";
        await using var deployment = await Deployment.Of(("a", Shell(script)), ("b", Shell("exec sleep 1000").With(("autostart", false)))).StartHealthyAsync();
        await ReadPidAsync(Path.Combine(deployment.Folder, "up"));
        var wide = await deployment.RunAsync("status", "--wide");
        Assert.Matches("^SERVICE +PID +STATUS +UPTIME +HEALTH +RESTARTS +CPU +MEMORY\n", wide.Output);
        Assert.Matches("^[0-9.]+%$", wide.Rows["a"][6]);
        Assert.Matches("^(8[0-9]|9[0-9]) MB$", wide.Rows["a"][7]);
        Assert.Equal(["-", "-"], wide.Rows["b"][6..]);
        var json = (await deployment.RunAsync("status", "--wide", "--json")).Json.GetProperty("services")[0];
        Assert.InRange(json.GetProperty("memory_bytes").GetInt64(), 80L << 20, 100L << 20);
        Assert.True(json.GetProperty("cpu_percent").GetDouble() >= 0);
        Assert.False((await deployment.StatusAsync("a")).TryGetProperty("memory_bytes", out _));
    }

    [Fact]
    public async Task A_heartbeat_goes_out_while_all_is_well_and_its_failure_is_told_once()
    {
        var port = Ports.Free();
        await using var deployment = Deployment.Of(
            new JsonObject { ["heartbeat_url"] = $"http://127.0.0.1:{port}/beat", ["heartbeat_interval"] = "50ms" },
            ("a", Shell("exec sleep 1000")));
        deployment.Start();
        await deployment.SaidAsync("supervisor: heartbeat_url could not be reached: ");
        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        for (var beat = 1; beat <= 3; beat++)
            await TakeBeatAsync(listener, "/beat");
        await deployment.SaidAsync("supervisor: the heartbeat gets through again");
        Assert.Single(deployment.Lines, line => line.Contains("heartbeat_url could not be reached", StringComparison.Ordinal));

        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        deployment.RewriteTop(configuration => configuration["heartbeat_url"] = $"http://{other.LocalEndpoint}/other");
        Assert.Equal("(top level): changed (heartbeat_url): applied live\na: unchanged\n", (await deployment.RunAsync("reload")).Output);
        await TakeBeatAsync(other, "/other");
    }

    private static async Task TakeBeatAsync(TcpListener listener, string path)
    {
        using var client = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        var request = new byte[4096];
        Assert.StartsWith($"GET {path} ", Encoding.ASCII.GetString(request, 0, await client.ReceiveAsync(request, TestContext.Current.CancellationToken)), StringComparison.Ordinal);
        await client.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
    }
}
