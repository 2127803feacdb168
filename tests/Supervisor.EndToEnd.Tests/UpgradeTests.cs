using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

/// <summary>The supervisor is replaced by what is on disk now, and nobody notices.</summary>
public sealed class UpgradeTests
{
    // Where every start of the supervisor has to be compiled first, one hundred would take minutes.
    private static readonly int Upgrades = Programs.IsNative ? 100 : 10;


    private const string SignalsAreIgnored = "only Linux keeps a signal that comes between two programs; elsewhere it is ignored then, and the test would wait for it";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_in_a_row_under_load_disturb_nobody()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "descriptors are counted by /proc");
        var port = Ports.Free();
        await using var deployment = Deployment.Of(
            ("writer", Shell($"exec dotnet '{Programs.Dispatch}' writer 0 --log-rate 200")),
            ("checked", Dispatch("checked", port).With(("health_timeout", "20s"))),
            ("plain", Shell("exec sleep 1000")));
        deployment.Program = Programs.CopySupervisor(Path.Combine(deployment.Folder, "bin"));
        await deployment.StartHealthyAsync();
        var (pid, pids) = (deployment.Pid, await PidsAsync(deployment));
        await UpgradeAsync(deployment);
        var descriptors = Descriptors(deployment);

        using var done = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var clients = Enumerable.Range(0, 3).Select(_ => HammerAsync(deployment, done.Token)).Append(CommandsAsync(deployment, done.Token)).ToList();
        for (var i = 1; i < Upgrades; i++)
        {
            Replace(deployment, File.ReadAllBytes(deployment.Program));
            await UpgradeAsync(deployment);
        }
        await done.CancelAsync();
        await Task.WhenAll(clients);

        Assert.Null(deployment.ExitCode);
        Assert.Equal(pid, (await deployment.RunAsync("status", "--json")).Json.GetProperty("supervisor").GetProperty("pid").GetInt32());
        Assert.Equal(pids, await PidsAsync(deployment));
        Assert.Equal(Upgrades, deployment.Lines.Count(line => line.Contains("upgraded in place", StringComparison.Ordinal)));
        Assert.DoesNotContain(deployment.Lines, line => line.Contains(": exited", StringComparison.Ordinal) || line.Contains("probe failed", StringComparison.Ordinal));
        // What the runtime opens when it first needs it may be missing from the first count; one left by each upgrade would be more.
        await Commands.UntilAsync(() => Task.FromResult(Descriptors(deployment)), open => open < descriptors + Upgrades - 1);
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
        AssertNoLineIsMissing(Path.Combine(deployment.Folder, "logs", "writer.log"));
    }

    /// <summary>Lock and socket are made anew while the state is being saved for the successor, which gets the new ones.</summary>
    [Fact]
    public async Task A_state_folder_that_is_deleted_in_the_midst_of_it_is_made_anew()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "it is noticed by inotify");
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        var (pid, a) = (deployment.Pid, await deployment.PidAsync("a"));
        for (var round = 0; round < 3; round++)
        {
            var from = deployment.Lines.Count;
            var upgrade = deployment.RunAsync("upgrade");
            await deployment.SaidAsync("upgrade asked for", from);
            deployment.DeleteState();
            await upgrade;
            await Commands.UntilAsync(() => deployment.RunAsync("status"), status => status.ExitCode != 3 || deployment.ExitCode is not null);
            Assert.Null(deployment.ExitCode);
            Assert.Equal(a, await deployment.PidAsync("a"));
        }
        Assert.Equal(pid, (await deployment.RunAsync("status", "--json")).Json.GetProperty("supervisor").GetProperty("pid").GetInt32());
        Assert.Equal("already running", string.Join(' ', (await deployment.RunAsync("up")).Error.Split(' ')[1..3]));
    }

    [Theory]
    [InlineData("current/supervisor", "up")]
    [InlineData("current/supervisor", "up -d")]
    [InlineData("supervisor", "up")]
    [InlineData("supervisor", "up -d")]
    [InlineData("PATH", "up -d")]
    public async Task A_link_by_which_it_was_called_is_followed_each_time_it_is_switched(string path, string how)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the program of a process is seen by /proc");
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        var name = Path.GetFileName(Programs.Supervisor);
        foreach (var version in new[] { "v1", "v2", "v3", "v4" })
            Programs.CopySupervisor(Path.Combine(deployment.Folder, version));
        var (link, ofFolder) = (Path.Combine(deployment.Folder, path == "supervisor" ? "supervisor" : "current"), path != "supervisor");
        Turn("v1");
        var command = path == "PATH" ? $"PATH={deployment.Folder}/current:$PATH {name} {how}" : $"./{path} {how}";
        using var started = Commands.Start("sh", "-c", $"cd '{deployment.Folder}' && {command}");
        await deployment.ListeningAsync();
        Assert.Equal(0, (await deployment.RunAsync("wait")).ExitCode);
        var (pid, a) = (await SupervisorAsync(), await deployment.PidAsync("a"));
        foreach (var version in new[] { "v2", "v3", "v4" })
        {
            Turn(version);
            Assert.Equal(0, (await deployment.RunAsync("upgrade")).ExitCode);
            Assert.Equal(Path.Combine(deployment.Folder, version, name), new FileInfo($"/proc/{pid}/exe").LinkTarget);
            Assert.Equal((pid, a), (await SupervisorAsync(), await deployment.PidAsync("a")));
        }
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);

        void Turn(string version)
        {
            File.Delete(link);
            if (ofFolder)
                Directory.CreateSymbolicLink(link, version);
            else
                File.CreateSymbolicLink(link, Path.Combine(version, name));
        }

        async Task<int> SupervisorAsync() => (await deployment.RunAsync("status", "--json")).Json.GetProperty("supervisor").GetProperty("pid").GetInt32();
    }

    [Fact]
    public async Task No_signal_is_lost_though_somebody_never_stops_sending()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), SignalsAreIgnored);
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")), ("b", Shell("exec sleep 1000").With(("backoff_initial", 0))));
        await deployment.StartHealthyAsync();
        var (pid, a) = (deployment.Pid, await deployment.PidAsync("a"));
        using var sender = System.Diagnostics.Process.Start("sh", ["-c", "while kill -s HUP $0 2>/dev/null; do :; done", $"{pid}"]);
        for (var i = 0; i < 5; i++)
        {
            var b = await deployment.PidAsync("b");
            var upgrade = UpgradeAsync(deployment);
            Signals.Send(b, "KILL"); // At any moment of the upgrade.
            await upgrade;
            await Commands.UntilAsync(() => deployment.PidOrNoneAsync("b"), now => now is not 0 && now != b);
        }
        Assert.Equal((pid, a), (deployment.Pid, await deployment.PidAsync("a")));
        var last = deployment.RunAsync("upgrade");
        await deployment.SaidAsync("upgrade asked for", from: await deployment.SaidAsync("upgraded in place"));
        deployment.Signal("TERM");
        Assert.Equal(0, await deployment.EndedAsync());
        await last;
        await sender.WaitForExitAsync(Cancel);
        Assert.False(Signals.IsAlive(a));
    }

    [Theory]
    [InlineData("not executable", ": Permission denied")]
    [InlineData("garbage", " is no program of this machine")]
    [InlineData("of another architecture", " is no program of this machine")]
    [InlineData("ends with an error", "out of order")]
    [InlineData("newer state", "was written by a newer supervisor (format 999")]
    [InlineData("broken configuration", "services.a.colour: ")]
    public async Task What_is_not_fit_to_take_over_is_refused_in_one_line_and_the_old_one_runs_on(string what, string why)
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        deployment.Program = Programs.CopySupervisor(Path.Combine(deployment.Folder, "bin"));
        await deployment.StartHealthyAsync();
        var a = await deployment.PidAsync("a");
        await SpoilAsync(deployment, what);

        var refused = await deployment.RunAsync("upgrade");

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(why, Assert.Single(refused.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        await deployment.SaidAsync("not upgraded, the old program goes on: ");
        Assert.Null(deployment.ExitCode);
        Assert.Equal(a, await deployment.PidAsync("a"));
        Assert.Equal(0, (await deployment.RunAsync("restart", "a")).ExitCode);
    }

    [Theory]
    [InlineData("restart a", "a: restart asked for")]
    [InlineData("start a", "a: start asked for")]
    [InlineData("wait", null)]
    public async Task A_command_that_waits_finishes_its_wait_with_the_successor(string command, string? said)
    {
        var port = Ports.Free();
        await using var deployment = Deployment.Of(("a", Dispatch("a", port, "--start-delay", "3s").With(("autostart", command == "wait"))));
        deployment.Start();
        await deployment.ListeningAsync();
        var waiting = deployment.RunAsync(command.Split(' '));
        if (said is not null)
            await deployment.SaidAsync(said);
        await UpgradeAsync(deployment);
        var done = await waiting;
        Assert.Equal((0, ""), (done.ExitCode, done.Error));
        Assert.Equal("healthy", done.Rows["a"][4]);
        Assert.Single(deployment.Lines, line => line.Contains("a: started", StringComparison.Ordinal));
    }

    /// <summary>The plan of what is still to be restarted is lost with the supervisor, but not to the client.</summary>
    [Fact]
    public async Task A_rolling_restart_is_finished_with_the_successor()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000").With(("instances", 3)))).StartHealthyAsync();
        var before = await PidsAsync(deployment);
        var restart = deployment.RunAsync("restart", "--all");
        await deployment.SaidAsync("a-1: started", from: await deployment.SaidAsync("a-1: restart asked for"));
        await UpgradeAsync(deployment);
        Assert.Equal(0, (await restart).ExitCode);
        Assert.Empty(before.Split(' ').Intersect((await PidsAsync(deployment)).Split(' ')));
        Assert.Equal(6, deployment.Lines.Count(line => line.Contains(": started (pid", StringComparison.Ordinal) && line.Contains(" a-", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task During_a_shutdown_it_is_refused()
    {
        await using var deployment = await Deployment.Of(("a", Shell("trap '' TERM; echo; while :; do sleep 0.1; done").With(("stop_timeout", "60s")))).StartHealthyAsync();
        while (!File.Exists(Path.Combine(deployment.Folder, "logs", "a.log")) || new FileInfo(Path.Combine(deployment.Folder, "logs", "a.log")).Length == 0)
            await Task.Yield();
        var a = await deployment.PidAsync("a");
        deployment.Signal("TERM");
        await deployment.SaidAsync("stopping all services");

        var refused = await deployment.RunAsync("upgrade");

        Assert.Equal((1, "supervisor: the supervisor is shutting down\n"), (refused.ExitCode, refused.Error));
        Assert.True(Signals.IsAlive(a));
        await deployment.EndAsync();
        Assert.Equal(0, await deployment.EndedAsync());
        Assert.False(Signals.IsAlive(a));
    }

    /// <summary>The successor is executed by a script that tarries, so that the signal comes while nobody listens. Shells let signals through, Python does not.</summary>
    [Fact]
    public async Task A_SIGTERM_that_comes_while_nobody_listens_stops_everything_all_the_same()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), SignalsAreIgnored);
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")), ("b", Shell("exec sleep 1000")));
        deployment.Program = Programs.CopySupervisor(Path.Combine(deployment.Folder, "bin"));
        var successor = Programs.CopySupervisor(Path.Combine(deployment.Folder, "new"));
        await deployment.StartHealthyAsync();
        var (a, b) = (await deployment.PidAsync("a"), await deployment.PidAsync("b"));
        Replace(deployment, Encoding.UTF8.GetBytes($"""
            #!/usr/bin/env python3
            import os, sys, time
            if "--inherit" in sys.argv:
                open("executed", "w").close()
                while not os.path.exists("go"):
                    time.sleep(0.02)
            os.execv("{successor}", ["supervisor", *sys.argv[1:]])

            """));
        var upgrading = deployment.RunAsync("upgrade");
        while (!File.Exists(Path.Combine(deployment.Folder, "executed")))
            await Task.Yield();

        deployment.Signal("TERM");
        await File.WriteAllTextAsync(Path.Combine(deployment.Folder, "go"), "", Cancel);

        Assert.Equal(0, await deployment.EndedAsync());
        Assert.False(Signals.IsAlive(a) || Signals.IsAlive(b));
        Assert.Equal(3, (await deployment.RunAsync("status")).ExitCode);
        Assert.NotEqual(2, (await upgrading).ExitCode);
    }

    private static async Task SpoilAsync(Deployment deployment, string how)
    {
        switch (how)
        {
            case "not executable":
                File.SetUnixFileMode(deployment.Program, UnixFileMode.UserRead);
                break;
            case "garbage":
                Replace(deployment, [0x7F, .. "ELF and then nonsense"u8]);
                break;
            case "of another architecture":
                var binary = await File.ReadAllBytesAsync(deployment.Program, Cancel);
                binary[18] ^= 0xFF; // e_machine of an ELF file; in a Mach-O file, whatever comes there.
                Replace(deployment, binary);
                break;
            case "ends with an error":
                Replace(deployment, "#!/bin/sh\necho out of order >&2\nexit 7\n"u8.ToArray());
                break;
            case "newer state":
                await Commands.UntilAsync(() => Task.FromResult(File.Exists(deployment.StateFile)), there => there);
                var state = JsonNode.Parse(await File.ReadAllTextAsync(deployment.StateFile, Cancel))!;
                state["version"] = 999;
                await File.WriteAllTextAsync(deployment.StateFile, state.ToJsonString(), Cancel);
                break;
            case "broken configuration":
                deployment.Rewrite(services => services["a"]!["colour"] = "red");
                break;
        }
    }

    /// <summary>Nobody waits for them any more, but they are children still.</summary>
    [Fact]
    public async Task Commands_that_are_under_way_keep_their_time_limit()
    {
        await using var deployment = await Deployment.Of(
            ("a", Shell("exec sleep 1000").With(("health_cmd", new JsonArray("sh", "-c", "test -e checker && exit 0; echo $$$$ > checker; exec sleep 1000")), ("health_timeout", "20s"))),
            ("b", Shell("exec sleep 1000").With(
                ("health_cmd", new JsonArray("test", "!", "-e", "sick")), ("health_interval", "100ms"), ("health_timeout", "20s"),
                ("before_restart_cmd", new JsonArray("sh", "-c", "rm sick; echo $$$$ > examiner; exec sleep 1000")), ("before_restart_timeout", "20s")))).StartListeningAsync();
        var checker = await ReadPidAsync(Path.Combine(deployment.Folder, "checker"));
        await deployment.SaidAsync("b: healthy");
        await File.WriteAllTextAsync(Path.Combine(deployment.Folder, "sick"), "", Cancel);
        var examiner = await ReadPidAsync(Path.Combine(deployment.Folder, "examiner"));
        await UpgradeAsync(deployment);
        await UpgradeAsync(deployment);
        Assert.Equal((true, true), (Signals.IsAlive(checker), Signals.IsAlive(examiner)));
        foreach (var pid in new[] { checker, examiner })
            await Commands.UntilAsync(() => Task.FromResult(Signals.IsAlive(pid)), lives => !lives);
    }

    [Fact]
    public async Task More_services_than_a_message_names_are_waited_for()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000").With(("instances", 1000))), ("b", Shell("exec sleep 1000"))).StartHealthyAsync();
        var upgrade = await deployment.RunAsync("upgrade");
        Assert.True(upgrade.ExitCode == 0, upgrade.Error);
        Assert.Equal(1001, upgrade.Rows.Values.Count(row => row is [_, _, "running", ..]));
    }

    /// <summary>As an installer does it: a new file takes the old one's name. A program that runs cannot be written to.</summary>
    private static void Replace(Deployment deployment, ReadOnlySpan<byte> content)
    {
        var file = deployment.Program + ".new";
        Programs.Write(file, content);
        File.Move(file, deployment.Program, overwrite: true);
    }

    /// <summary>By the socket, which takes less time than a program; the answer is that the connection ends.</summary>
    private static async Task UpgradeAsync(Deployment deployment)
    {
        var refusal = await AskAsync(deployment, "upgrade");
        Assert.True(refusal is null, refusal);
        Assert.NotNull(await AskAsync(deployment, "status"));
    }

    /// <summary>Nobody may be refused; a connection may break.</summary>
    private static async Task HammerAsync(Deployment deployment, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
            await AskAsync(deployment, "status");
    }

    private static async Task CommandsAsync(Deployment deployment, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
            Assert.Contains((await deployment.RunAsync("status")).ExitCode, new[] { 0, 1 });
    }

    /// <summary>The answer; null if the connection broke before there was one.</summary>
    private static async Task<string?> AskAsync(Deployment deployment, string method)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(deployment.Socket), Cancel);
        try
        {
            await using var stream = new NetworkStream(socket);
            using var reader = new StreamReader(stream);
            await stream.WriteAsync(Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}"}""" + "\n"), Cancel);
            return await reader.ReadLineAsync(Cancel);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static async Task<string> PidsAsync(Deployment deployment) =>
        string.Join(' ', (await deployment.RunAsync("status", "--json")).Json.GetProperty("services").EnumerateArray().Select(service => service.GetProperty("pid")));

    private static int Descriptors(Deployment deployment) => Directory.GetFileSystemEntries($"/proc/{deployment.Pid}/fd").Length;

    private static void AssertNoLineIsMissing(string log)
    {
        var numbers = File.ReadLines(log).Where(line => line.StartsWith("writer 0", StringComparison.Ordinal)).Select(line => int.Parse(line["writer ".Length..])).ToList();
        Assert.True(numbers.Count > Upgrades);
        Assert.Equal(Enumerable.Range(1, numbers.Count), numbers);
    }
}
