using System.Text.Json.Nodes;
using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

/// <summary>Masters and workers that write over their titles, and so over the mark by which they would be known.</summary>
public sealed class TitleTests
{
    /// <summary>The worker comes a second after the master, holds the port, and takes a while to end.</summary>
    private const string Program = """
        use IO::Socket::INET;
        sub own { my ($file) = @_; open my $f, '>', "$file.tmp" or die; print $f "$$\n"; close $f; rename "$file.tmp", $file }
        $0 = 'master';
        own 'master';
        select undef, undef, undef, 1;
        if (fork == 0) {
            $0 = 'worker';
            $SIG{TERM} = sub { select undef, undef, undef, 0.3; own 'saved'; exit 0 };
            my $port = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $ARGV[0], Listen => 1, ReuseAddr => 1) or die "$!";
            own 'worker';
            while (1) { my $client = $port->accept and close $client }
        }
        wait;
        exit 1;
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("restart")]
    [InlineData("stop")]
    [InlineData("down")]
    public async Task Adopted_they_end_together_and_the_next_one_gets_the_port(string verb)
    {
        await using var deployment = await MasterAsync();
        var (master, worker) = await PidsAsync(deployment);
        await deployment.KillAsync();
        await deployment.StartHealthyAsync();
        Assert.Equal(master, await deployment.PidAsync("a"));

        await deployment.DoneAsync(verb == "down" ? [verb] : [verb, "a"]);

        Assert.False(Signals.IsAlive(master) || Signals.IsAlive(worker));
        Assert.Equal($"{worker}\n", await deployment.ReadAsync("saved"));
        if (verb == "restart")
            Assert.NotEqual(worker, await NewWorkerAsync(deployment, worker));
        Assert.DoesNotContain("in use", await deployment.ReadAsync("logs/a.log"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_worker_of_one_that_dies_while_no_supervisor_runs_is_ended_before_the_next_starts()
    {
        await using var deployment = await MasterAsync();
        var (master, worker) = await PidsAsync(deployment);
        var started = long.Parse((await File.ReadAllTextAsync($"/proc/{worker}/stat", Cancel)).Split(") ")[^1].Split(' ')[19]);
        await Commands.UntilAsync(async () => JsonNode.Parse(await File.ReadAllTextAsync(deployment.StateFile, Cancel))!["proven_at"]!.GetValue<string>(), moment => long.Parse(moment) >= started);
        await deployment.KillAsync();
        Signals.Send(master, "KILL");
        Assert.True(Signals.IsAlive(worker));

        await deployment.StartHealthyAsync();

        Assert.False(Signals.IsAlive(worker));
        Assert.Equal($"{worker}\n", await deployment.ReadAsync("saved"));
        Assert.NotEqual(worker, await NewWorkerAsync(deployment, worker));
        Assert.DoesNotContain("in use", await deployment.ReadAsync("logs/a.log"), StringComparison.Ordinal);
        Assert.Equal(1, (await deployment.StatusAsync("a")).GetProperty("restarts").GetInt32());
    }

    /// <summary>The last save may be older than the worker. Then its session and its log say together whose it is.</summary>
    [Fact]
    public async Task So_is_one_that_came_after_the_state_was_last_written()
    {
        await using var deployment = await MasterAsync();
        var (master, worker) = await PidsAsync(deployment);
        await deployment.KillAsync();
        var state = JsonNode.Parse(await File.ReadAllTextAsync(deployment.StateFile, Cancel))!;
        state["proven_at"] = state["services"]![0]!["start_time"]!.GetValue<string>();
        await File.WriteAllTextAsync(deployment.StateFile, state.ToJsonString(), Cancel);
        Signals.Send(master, "KILL");

        await deployment.StartHealthyAsync();

        Assert.False(Signals.IsAlive(worker));
        Assert.Equal($"{worker}\n", await deployment.ReadAsync("saved"));
        Assert.DoesNotContain("in use", await deployment.ReadAsync("logs/a.log"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_record_was_lost_the_master_is_known_by_its_log()
    {
        await using var deployment = await MasterAsync();
        var (master, worker) = await PidsAsync(deployment);
        await deployment.KillAsync();
        File.Delete(deployment.StateFile);

        await deployment.StartHealthyAsync();

        Assert.Equal(master, await deployment.PidAsync("a"));
        Assert.True(Signals.IsAlive(worker));
        await deployment.DoneAsync("restart", "a");
        Assert.False(Signals.IsAlive(master) || Signals.IsAlive(worker));
        var next = await NewWorkerAsync(deployment, worker);
        await deployment.DoneAsync("down");
        Assert.False(Signals.IsAlive(next));
        Assert.DoesNotContain("in use", await deployment.ReadAsync("logs/a.log"), StringComparison.Ordinal);
    }

    /// <summary>As after a disk that was full for a while.</summary>
    [Fact]
    public async Task Where_the_record_is_older_than_the_master_it_is_known_by_its_log_too()
    {
        await using var deployment = await MasterAsync();
        var (master, worker) = await PidsAsync(deployment);
        await deployment.KillAsync();
        var state = JsonNode.Parse(await File.ReadAllTextAsync(deployment.StateFile, Cancel))!;
        var service = state["services"]![0]!;
        service["phase"]!["pid"] = 4_000_000;
        var earlier = $"{long.Parse(service["start_time"]!.GetValue<string>()) - 1}";
        (state["proven_at"], service["start_time"]) = (earlier, earlier);
        await File.WriteAllTextAsync(deployment.StateFile, state.ToJsonString(), Cancel);

        await deployment.StartHealthyAsync();

        Assert.Equal(master, await deployment.PidAsync("a"));
        await deployment.DoneAsync("restart", "a");
        Assert.False(Signals.IsAlive(master) || Signals.IsAlive(worker));
        Assert.DoesNotContain("in use", await deployment.ReadAsync("logs/a.log"), StringComparison.Ordinal);
    }

    /// <summary>A master with a worker, healthy, and both without a mark.</summary>
    internal static async Task<Deployment> MasterAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Commands.Exist("perl"), "it takes perl, and a system that shows environments");
        var deployment = Deployment.Of(("a", Master(Ports.Free())));
        await File.WriteAllTextAsync(Path.Combine(deployment.Folder, "master.pl"), Program, Cancel);
        await deployment.StartHealthyAsync();
        var (master, worker) = await PidsAsync(deployment);
        foreach (var pid in new[] { master, worker })
            Assert.DoesNotContain("SUPERVISOR_", await File.ReadAllTextAsync($"/proc/{pid}/environ", Cancel), StringComparison.Ordinal);
        return deployment;
    }

    /// <summary>Such a service on this port.</summary>
    internal static JsonObject Master(int port) => new()
    {
        ["cmd"] = new JsonArray("perl", "master.pl", $"{port}"),
        ["health_tcp"] = port,
        ["health_interval"] = "200ms",
        ["backoff_initial"] = "1s",
    };

    /// <summary>The master and its worker.</summary>
    internal static async Task<(int Master, int Worker)> PidsAsync(Deployment deployment) =>
        (await ReadPidAsync(Path.Combine(deployment.Folder, "master")), await ReadPidAsync(Path.Combine(deployment.Folder, "worker")));

    private static Task<int> NewWorkerAsync(Deployment deployment, int old) =>
        Commands.UntilAsync(() => ReadPidAsync(Path.Combine(deployment.Folder, "worker")), pid => pid != old && Signals.IsAlive(pid));
}
