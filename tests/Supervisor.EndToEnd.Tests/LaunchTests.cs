using System.Text.Json.Nodes;
using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

/// <summary>What a daemon is started with.</summary>
public sealed class LaunchTests
{
    [Fact]
    public async Task A_daemon_gets_its_umask_limits_and_nice_value_and_nothing_of_the_loader()
    {
        await using var deployment = await Deployment.Of(("a", Shell("umask; ulimit -n; ulimit -Hn; ulimit -c; nice; exec sleep 1000").With(
            ("umask", "027"), ("nice", 5), ("limits", new JsonObject { ["nofile"] = new JsonArray(100, 200), ["core"] = 0 })))).StartHealthyAsync();

        Assert.Equal(["0027", "100", "200", "0", "5"], await LogAsync(deployment, "a", 5));
        await AssertBareAsync(await SleepingAsync(deployment, "a"));
    }

    [Fact]
    public async Task A_daemon_runs_as_its_user_with_the_users_groups_and_home_and_is_signalled_and_stopped()
    {
        SkipUnlessRoot();
        await using var deployment = await Deployment.Of(("a", Shell("id -u; id -g; id -G; echo $HOME $USER $LOGNAME $LD_PRELOAD; exec sleep 1000").With(
            ("user", "nobody"), ("environment", new JsonObject { ["LD_PRELOAD"] = "" })))).StartHealthyAsync();
        var (user, group) = (await IdAsync("-u"), await IdAsync("-g"));

        var log = await LogAsync(deployment, "a", 4);
        Assert.Equal([user, group, await IdAsync("-G")], log[..3]);
        Assert.EndsWith(" nobody nobody", log[3].TrimEnd(), StringComparison.Ordinal);
        var pid = await SleepingAsync(deployment, "a");
        await AssertBareAsync(pid);
        Assert.Equal((UnixFileMode)0b110_100_000, File.GetUnixFileMode(Path.Combine(deployment.Folder, "logs/a.log")));
        Assert.Equal(0, (await deployment.RunAsync("restart", "a")).ExitCode);
        Assert.False(Signals.IsAlive(pid));
        var next = await deployment.PidAsync("a");
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
        Assert.False(Signals.IsAlive(next));
    }

    [Fact]
    public async Task What_cannot_be_executed_says_why_in_its_log()
    {
        SkipUnlessRoot();
        await using var deployment = Deployment.Of(("a", new JsonObject { ["cmd"] = new JsonArray("./mine.sh"), ["user"] = "nobody", ["restart"] = "no" }));
        var script = Path.Combine(deployment.Folder, "mine.sh");
        Programs.Write(script, "#!/bin/sh\n"u8);
        File.SetUnixFileMode(script, (UnixFileMode)0b111_000_000);
        deployment.Start();

        await deployment.SaidAsync("a: exited with code 126");

        Assert.Equal([$"supervisor: could not be started: {script}: Permission denied"], await LogAsync(deployment, "a", 1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Words_variables_and_folders_that_are_not_UTF_8_reach_it_byte_for_byte(bool byLoader)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the file systems of macOS take no name that is not UTF-8");
        const string Script = "#!/bin/sh\n{ printf '%s ' \"$1\" \"$VARIABLE\" \"$FROM_FILE\"; pwd; } | od -An -v -tx1 | tr -d ' \\n'; echo; exec sleep 1000\n";
        await using var deployment = Deployment.Of(("a", new JsonObject
        {
            ["cmd"] = new JsonArray("./run", "${WORD}"),
            ["working_dir"] = "${WORD}",
            ["environment"] = new JsonObject { ["VARIABLE"] = "x${WORD}" },
            ["env_file"] = "f.env",
            ["umask"] = byLoader ? "022" : null,
        }));
        if (!byLoader)
            deployment.Rewrite(services => services["a"]!.AsObject().Remove("umask"));
        await File.WriteAllTextAsync(Path.Combine(deployment.Folder, "run"), Script, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(Path.Combine(deployment.Folder, "f.env"), [.. "FROM_FILE=y"u8, 0xe9], TestContext.Current.CancellationToken);
        var started = await Commands.RunAsync("sh", "-c", $"cd '{deployment.Folder}' && WORD=$(printf 'caf\\351') && export WORD && mkdir \"$WORD\" && mv run \"$WORD/\" && chmod +x \"$WORD/run\" && '{Programs.Supervisor}' up -d");
        Assert.Equal((0, ""), (started.ExitCode, started.Error));

        var line = (await LogAsync(deployment, "a", 1))[0];

        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
        Assert.Equal(0, (await Commands.RunAsync("sh", "-c", $"rm -r '{deployment.Folder}/'caf*")).ExitCode); // The library has no name for it.
        byte[] word = [.. "caf"u8, 0xe9], real = System.Text.Encoding.UTF8.GetBytes($"{deployment.Folder}/");
        Assert.Equal(Convert.ToHexStringLower([.. word, .. " x"u8, .. word, .. " y"u8, 0xe9, .. " "u8, .. real, .. word, .. "\n"u8]), line);
    }

    [Fact]
    public async Task Why_a_program_is_not_started_is_told_by_what_is_wrong()
    {
        var big = new string('x', 200_000);
        await using var deployment = Deployment.Of(
            ("script", new JsonObject { ["cmd"] = new JsonArray("./run"), ["backoff_initial"] = 0, ["backoff_max"] = "100ms" }),
            ("loaded", new JsonObject { ["cmd"] = new JsonArray("./run"), ["umask"] = "022", ["restart"] = "no" }),
            ("big", new JsonObject { ["cmd"] = new JsonArray("sh", "-c", "exit", big), ["nice"] = 1, ["autostart"] = false }),
            ("logged", Shell("exec sleep 1000").With(("autostart", false))));
        var program = Path.Combine(deployment.Folder, "run");
        Programs.Write(program, "#!/bin/sh\nexec sleep 1000\n"u8);
        await deployment.StartHealthyAsync();
        await deployment.RunAsync("stop", "--all");

        Programs.Write(program, "#!/bin/sh\r\nexec sleep 1000\r\n"u8);
        await FailsAsync("script", $"{program} has a first line that ends with CR LF");
        await deployment.RunAsync("start", "loaded");
        Assert.StartsWith($"supervisor: could not be started: {program} has a first line that ends with CR LF", (await LogAsync(deployment, "loaded", 1))[0], StringComparison.Ordinal);
        Programs.Write(program, "#!/none/sh\n"u8);
        await FailsAsync("script", $"{program} has a first line that names /none/sh, which does not exist");
        File.Delete(program);
        await FailsAsync("script", $"{program} does not exist");
        Directory.CreateDirectory(program);
        await FailsAsync("script", $"{program} is a folder");
        if (OperatingSystem.IsLinux()) // Elsewhere one word may be as long as all.
            await FailsAsync("big", "/sh: its arguments and environment are larger than the system takes");
        var log = Path.Combine(deployment.Folder, "logs/logged.log");
        Directory.CreateDirectory(log);
        await FailsAsync("logged", $"{log}: is a folder, where a file should be; move it away");

        async Task FailsAsync(string name, string reason)
        {
            await deployment.RunAsync("start", name, "--timeout", "200ms");
            // What was told of the last attempt may still be on its way here.
            await Commands.UntilAsync(() => Task.FromResult(deployment.Lines.Any(line => line.Contains($"{name}: could not be started: ", StringComparison.Ordinal) && line.Contains(reason, StringComparison.Ordinal))), isTold => isTold);
            await deployment.RunAsync("stop", name);
        }
    }

    [Fact]
    public async Task Where_no_process_may_be_had_the_loader_says_so_in_one_line()
    {
        SkipUnlessRoot();
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000").With(("user", "nobody"), ("limits", new JsonObject { ["nproc"] = 0 }), ("restart", "no"))));
        deployment.Start();
        await deployment.SaidAsync("a: exited with code 126");
        Assert.Matches("^supervisor: could not be started: .*: Resource temporarily unavailable$", Assert.Single(await LogAsync(deployment, "a", 1)));
    }

    [Fact]
    public async Task After_the_death_of_the_supervisor_a_daemon_of_another_user_is_adopted_and_one_who_forged_its_mark_is_not()
    {
        SkipUnlessRoot();
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000").With(("user", "nobody"))), ("b", Shell("exec sleep 1000"))).StartHealthyAsync();
        var (a, b) = (await SleepingAsync(deployment, "a"), await deployment.PidAsync("b"));
        deployment.Signal("KILL");
        await deployment.EndedAsync();
        File.Delete(deployment.StateFile);
        using var forger = Commands.Start("setpriv", "--reuid=nobody", "--clear-groups", "env",
            "SUPERVISOR_SERVICE=b", "SUPERVISOR_GENERATION=1000", $"SUPERVISOR_STATE_DIR={Path.Combine(deployment.Folder, ".supervisor")}", "sleep", "1000");
        await Commands.UntilAsync(() => CommandOfAsync(forger.Id), command => command == "sleep");

        await deployment.StartHealthyAsync();

        Assert.Equal((a, b), (await deployment.PidAsync("a"), await deployment.PidAsync("b")));
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);
        Assert.False(Signals.IsAlive(a) || Signals.IsAlive(b));
        Assert.False(forger.HasExited);
        forger.Kill();
    }

    [Fact]
    public async Task No_secret_of_an_env_file_is_shown_or_kept()
    {
        const string Secret = "hunter2hunter2";
        await using var deployment = Deployment.Of(("a", Shell("echo begun; exec sleep 1000").With(("env_file", "secret.env"), ("umask", "027"), ("environment", new JsonObject { ["URL"] = "http://${PASSWORD}@x" }))));
        await File.WriteAllTextAsync(Path.Combine(deployment.Folder, "secret.env"), $"PASSWORD={Secret}\n", TestContext.Current.CancellationToken);
        await deployment.StartHealthyAsync();
        var pid = await SleepingAsync(deployment, "a");

        Assert.Contains($"URL=http://{Secret}@x\0", await EnvironmentOfAsync(pid), StringComparison.Ordinal);
        string[] shown = [(await deployment.RunAsync("status", "--json")).Output, (await deployment.RunAsync("events", "--json")).Output, .. deployment.Lines];
        Assert.DoesNotContain(shown, text => text.Contains(Secret, StringComparison.Ordinal));
        Assert.DoesNotContain(Secret, await File.ReadAllTextAsync(deployment.StateFile, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Instances_are_restarted_one_after_the_other_and_the_first_that_fails_is_the_last()
    {
        await using var deployment = Deployment.Of(("w", new JsonObject { ["cmd"] = new JsonArray("./w-${INSTANCE}.sh"), ["instances"] = 3, ["backoff_initial"] = "60s" }));
        for (var instance = 1; instance <= 3; instance++)
            Programs.Write(ScriptOf(instance), "#!/bin/sh\nexec sleep 1000\n"u8);
        await deployment.StartHealthyAsync();
        var before = await PidsAsync(deployment);
        Assert.Equal(0, (await deployment.RunAsync("restart", "w-*")).ExitCode);
        var after = await PidsAsync(deployment);
        Assert.Empty(before.Intersect(after));

        var stopped = await deployment.SaidAsync("w-3: started", await deployment.SaidAsync("w-3: killed")) + 1;
        Assert.Equal(0, (await deployment.RunAsync("restart", "--all")).ExitCode);
        await deployment.SaidAsync("w-3: started", stopped);
        var told = deployment.Lines.Skip(stopped).Where(line => line.Contains(": started", StringComparison.Ordinal) || line.Contains("killed by SIGTERM", StringComparison.Ordinal)).Select(line => line.Split(' ')[1..3]).Select(words => string.Join(' ', words)).ToList();
        Assert.Equal(["w-1: killed", "w-1: started", "w-2: killed", "w-2: started", "w-3: killed", "w-3: started"], told);

        File.Delete(ScriptOf(2));
        before = await PidsAsync(deployment);
        var failed = await deployment.RunAsync("restart", "w-*");
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("w-2: could not be started", failed.Error, StringComparison.Ordinal);
        Assert.Contains("w-3 was not restarted", failed.Error, StringComparison.Ordinal);
        Assert.Equal(before[2], await deployment.PidAsync("w-3"));

        string ScriptOf(int instance) => Path.Combine(deployment.Folder, $"w-{instance}.sh");
    }

    private static void SkipUnlessRoot() =>
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && Commands.Exist("setpriv"), "only root may run daemons as others, on Linux with setpriv");

    private static async Task<int[]> PidsAsync(Deployment deployment) =>
        [await deployment.PidAsync("w-1"), await deployment.PidAsync("w-2"), await deployment.PidAsync("w-3")];

    /// <summary>The lines of a log, once there are as many.</summary>
    private static Task<string[]> LogAsync(Deployment deployment, string name, int count) => Commands.UntilAsync(
        () => File.ReadAllLinesAsync(Path.Combine(deployment.Folder, "logs", $"{name}.log"), TestContext.Current.CancellationToken), lines => lines.Length >= count);

    /// <summary>The pid of a service whose script has come to its end: it is <c>sleep</c> by then.</summary>
    private static async Task<int> SleepingAsync(Deployment deployment, string name)
    {
        var pid = await deployment.PidAsync(name);
        await Commands.UntilAsync(() => CommandOfAsync(pid), command => command == "sleep");
        return pid;
    }

    private static async Task<string> CommandOfAsync(int pid) => (await Commands.RunAsync("ps", "-o", "comm=", "-p", $"{pid}")).Output.Trim();

    private static Task<string> EnvironmentOfAsync(int pid) => File.ReadAllTextAsync($"/proc/{pid}/environ", TestContext.Current.CancellationToken);

    private static async Task<string> IdAsync(string option) => (await Commands.RunAsync("id", option, "nobody")).Output.Trim();

    /// <summary>Default signals, an empty mask, no descriptors but 0 to 2, and none of the variables that were carried for it.</summary>
    private static async Task AssertBareAsync(int pid)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var status = await File.ReadAllLinesAsync($"/proc/{pid}/status", TestContext.Current.CancellationToken);
        Assert.All(["SigBlk:\t", "SigIgn:\t"], label => Assert.Equal(0UL, Convert.ToUInt64(status.Single(line => line.StartsWith(label, StringComparison.Ordinal))[label.Length..], 16)));
        Assert.Equal(["0", "1", "2"], Directory.GetFileSystemEntries($"/proc/{pid}/fd").Select(path => Path.GetFileName(path)).Order());
        Assert.DoesNotContain("SUPERVISOR_SET_", await EnvironmentOfAsync(pid), StringComparison.Ordinal);
    }
}
