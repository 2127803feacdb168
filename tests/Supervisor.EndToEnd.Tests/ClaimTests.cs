using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

/// <summary>Processes that are somebody else's, though a copied record or a mark says otherwise.</summary>
public sealed class ClaimTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_copied_folder_takes_nothing_from_the_original(bool isRunning)
    {
        await using var original = await TitleTests.MasterAsync();
        original.Rewrite(services => services["b"] = Shell("exec sleep 1000"));
        await original.DoneAsync("reload");
        await original.DoneAsync("wait");
        var (master, worker) = await TitleTests.PidsAsync(original);
        var b = await original.PidAsync("b");
        await Commands.UntilAsync(() => File.ReadAllTextAsync(original.StateFile, Cancel), text => text.Contains($"{b}", StringComparison.Ordinal));
        if (!isRunning)
            await original.KillAsync();
        await using var copy = Deployment.Of();
        var copied = await Commands.RunAsync("cp", "-a", $"{original.Folder}/.", copy.Folder);
        Assert.Equal((0, ""), (copied.ExitCode, copied.Error));
        copy.Rewrite(services => services["a"] = TitleTests.Master(Ports.Free()));

        await copy.StartHealthyAsync();

        await copy.SaidAsync($"was copied from {original.Folder}/.supervisor");
        Assert.DoesNotContain(copy.Lines, line => line.Contains("adopted", StringComparison.Ordinal));
        var own = (await copy.PidAsync("a"), await copy.PidAsync("b"));
        Assert.True(own.Item1 != master && own.Item2 != b);
        AssertAlive(master, worker, b);
        await copy.DoneAsync("restart", "--all");
        await copy.DoneAsync("down");
        AssertAlive(master, worker, b);
        if (isRunning)
            await original.KillAsync();
        await original.StartHealthyAsync();
        Assert.Equal((master, b), (await original.PidAsync("a"), await original.PidAsync("b")));
        await original.DoneAsync("down");
        Assert.False(Signals.IsAlive(master) || Signals.IsAlive(worker) || Signals.IsAlive(b));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_forged_mark_keeps_neither_an_upgrade_nor_a_start_from_going_on_with_the_proven_process(bool leadsSession)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere the mark cannot be read");
        await using var deployment = await Deployment.Of(("a", Shell("sleep 1000 & echo $! > child; exec sleep 1000"))).StartHealthyAsync();
        var (a, child) = (await deployment.PidAsync("a"), await ReadPidAsync(Path.Combine(deployment.Folder, "child")));
        using var forger = await ForgeAsync(deployment, 999, leadsSession ? ["setsid"] : []);
        var refusal = $"a: pid {forger.Id} bears the mark of a newer process";
        try
        {
            await deployment.DoneAsync("upgrade");
            Assert.Equal(a, await deployment.PidAsync("a"));

            await deployment.KillAsync();
            var from = deployment.Lines.Count;
            await deployment.StartHealthyAsync();
            await deployment.SaidAsync(refusal, from);
            Assert.Equal(a, await deployment.PidAsync("a"));
            Assert.Contains("claim_refused", (await deployment.RunAsync("events", "--json")).Output, StringComparison.Ordinal);

            await deployment.KillAsync();
            await Signals.EndAsync(a);
            from = deployment.Lines.Count;
            await deployment.StartHealthyAsync();
            await deployment.SaidAsync(refusal, from);
            Assert.False(Signals.IsAlive(child));
            Assert.False(await deployment.PidAsync("a") is var next && (next == a || next == forger.Id));
            Assert.False(forger.HasExited);
        }
        finally
        {
            forger.Kill();
        }
    }

    /// <summary>Who of our own user bears the mark of a newer process may well be one, if none that was written down lives.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_the_proven_process_has_gone_with_all_that_it_left_a_forged_mark_makes_no_second_one(bool leadsSession)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere the mark cannot be read");
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        var a = await deployment.PidAsync("a");
        using var forger = await ForgeAsync(deployment, 999, leadsSession ? ["setsid"] : []);
        await deployment.KillAsync();
        await Signals.EndAsync(a);

        await deployment.StartHealthyAsync();

        Assert.Equal(leadsSession, forger.Id == await deployment.PidAsync("a"));
        Assert.Equal(leadsSession, !forger.HasExited);
        await deployment.DoneAsync("down");
        Assert.True(forger.WaitForExit(TimeSpan.FromSeconds(60)));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(999, false)]
    [InlineData(999, true)]
    public async Task Root_s_process_is_never_signalled_for_a_mark_that_a_services_user_forged_in_its_group(int generation, bool isRecordLost)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && Commands.Exist("setpriv"), "only root may run daemons as others, on Linux with setpriv");
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000").With(("user", "nobody")))).StartHealthyAsync();
        var state = Path.Combine(deployment.Folder, ".supervisor");
        using var root = Commands.Start("setsid", "sh", "-c", $"setpriv --reuid=nobody --clear-groups env SUPERVISOR_SERVICE=a SUPERVISOR_GENERATION={generation} SUPERVISOR_STATE_DIR={state} sleep 1000 & echo $! > {deployment.Folder}/forger; exec sleep 1000");
        var forger = await ReadPidAsync(Path.Combine(deployment.Folder, "forger"));
        await Commands.UntilAsync(() => File.ReadAllTextAsync($"/proc/{forger}/comm", Cancel), name => name == "sleep\n");
        try
        {
            foreach (var isEnded in new[] { false, true })
            {
                var a = await deployment.PidAsync("a");
                await deployment.KillAsync();
                if (isRecordLost)
                    File.Delete(deployment.StateFile);
                if (isEnded)
                    await Signals.EndAsync(a);
                await deployment.StartHealthyAsync();
                await deployment.DoneAsync("restart", "a");
                Assert.False(root.HasExited);
            }
            await deployment.DoneAsync("stop", "a");
            await deployment.DoneAsync("down");
            Assert.False(root.HasExited);
        }
        finally
        {
            root.Kill();
            if (Signals.IsAlive(forger))
                Signals.Send(forger, "KILL");
        }
    }

    /// <summary>A process of our own user with the mark of a service, once it has it.</summary>
    private static async Task<System.Diagnostics.Process> ForgeAsync(Deployment deployment, int generation, params string[] by)
    {
        string[] command = [.. by, "env", "SUPERVISOR_SERVICE=a", $"SUPERVISOR_GENERATION={generation}", $"SUPERVISOR_STATE_DIR={Path.Combine(deployment.Folder, ".supervisor")}", "sleep", "1000"];
        var forger = Commands.Start(command[0], command[1..]);
        await Commands.UntilAsync(() => File.ReadAllTextAsync($"/proc/{forger.Id}/comm", Cancel), name => name == "sleep\n");
        return forger;
    }

    private static void AssertAlive(params int[] pids) => Assert.All(pids, pid => Assert.True(Signals.IsAlive(pid), $"pid {pid}"));
}
