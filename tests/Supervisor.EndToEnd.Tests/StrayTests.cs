using System.Text.Json.Nodes;
using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

/// <summary>Strays: what a daemon starts, and what leaves its group.</summary>
public sealed class StrayTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("setsid sh stray.sh &", false)]
    [InlineData("setsid sh stray.sh &", true)]
    [InlineData("(setsid sh stray.sh &);", false)]
    [InlineData("(setsid sh stray.sh &);", true)]
    [InlineData("env -i PATH=\"$PATH\" setsid sh stray.sh &", false)]
    [InlineData("env -i PATH=\"$PATH\" setsid sh stray.sh &", true)]
    [InlineData("set -m; sh stray.sh &", false)]
    [InlineData("set -m; sh stray.sh &", true)]
    [InlineData("set -m; env -i PATH=\"$PATH\" sh stray.sh > /dev/null 2>&1 &", false)]
    [InlineData("set -m; env -i PATH=\"$PATH\" sh stray.sh > /dev/null 2>&1 &", true)]
    public async Task They_end_with_it_with_the_grace_of_its_group(string start, bool isAdopted)
    {
        await using var deployment = await WithStrayAsync($"{start} exec env -i sleep 1000", "trap 'sleep 0.3; echo $$ > saved; exit 0' TERM");
        foreach (var end in new[] { "crash", "restart", "stop" })
        {
            var stray = await StrayAsync(deployment);
            if (isAdopted)
            {
                await deployment.KillAsync();
                await deployment.StartHealthyAsync();
            }
            var (leader, from) = (await deployment.PidAsync("a"), deployment.Lines.Count);
            File.Delete(Path.Combine(deployment.Folder, "stray"));
            if (end == "crash")
            {
                Signals.Send(leader, "KILL");
                var told = await deployment.SaidAsync(" behind: sent them SIGTERM", from);
                Assert.Contains($"sh (pid {stray})", deployment.Lines[told], StringComparison.Ordinal);
                await deployment.SaidAsync("a: started", from);
            }
            else
                await deployment.DoneAsync(end, "a");

            Assert.False(Signals.IsAlive(leader) || Signals.IsAlive(stray), $"{end}: {string.Join('\n', deployment.Lines)}");
            Assert.Equal($"{stray}\n", await deployment.ReadAsync("saved"));
        }
    }

    [Theory]
    [InlineData("setsid sh stray.sh &", false)]
    [InlineData("setsid sh stray.sh &", true)]
    [InlineData("set -m; env -i PATH=\"$PATH\" sh stray.sh &", false)]
    [InlineData("set -m; env -i PATH=\"$PATH\" sh stray.sh &", true)]
    public async Task One_that_does_not_listen_is_killed_by_name_when_the_grace_is_over(string start, bool isAdopted)
    {
        await using var deployment = await WithStrayAsync($"{start} exec sleep 1000", "trap '' TERM", ("stop_timeout", "500ms"));
        var stray = await StrayAsync(deployment);
        if (isAdopted)
        {
            await deployment.KillAsync();
            await deployment.StartHealthyAsync();
        }
        await deployment.DoneAsync("stop", "a");
        Assert.False(Signals.IsAlive(stray));
        Assert.Contains(deployment.Lines, line => line.Contains("a: still there after 500ms: sent SIGKILL to ", StringComparison.Ordinal) && line.Contains($"sh (pid {stray})", StringComparison.Ordinal));
    }

    /// <summary>A master that put itself into the background, and its worker, of which nothing shows whose it is but the session that it shares with the master.</summary>
    [Theory]
    [InlineData("restart")]
    [InlineData("stop")]
    public async Task A_worker_that_outlives_a_master_which_left_the_group_is_waited_for(string verb)
    {
        await using var deployment = await WithStrayAsync(
            "(setsid sh -c 'env -i PATH=\"$PATH\" sh stray.sh > /dev/null 2>&1 & wait' &); exec sleep 1000",
            "trap 'sleep 0.3; echo $$ > saved; exit 0' TERM");
        var worker = await StrayAsync(deployment);
        await deployment.DoneAsync(verb, "a");
        Assert.False(Signals.IsAlive(worker));
        Assert.Equal($"{worker}\n", await deployment.ReadAsync("saved"));
        Assert.DoesNotContain(deployment.Lines, line => line.Contains("was left behind", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_orphan_that_shows_nothing_of_whose_it_is_is_told_and_ends_with_the_supervisor()
    {
        await using var deployment = await WithStrayAsync("(env -i PATH=\"$PATH\" setsid sh stray.sh > /dev/null 2>&1 &); exec sleep 1000", "");
        var stray = await StrayAsync(deployment);
        await deployment.DoneAsync("stop", "a");
        await deployment.SaidAsync($"sh (pid {stray}) was left behind");
        Assert.True(Signals.IsAlive(stray));
        await deployment.DoneAsync("down");
        Assert.False(Signals.IsAlive(stray));
    }

    private static async Task<Deployment> WithStrayAsync(string script, string trap, params (string, JsonNode?)[] keys)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Commands.Exist("bash", "setsid"), "elsewhere strays cannot be seen, or it takes bash and setsid");
        var deployment = Deployment.Of(("a", Shell(script).With([("backoff_initial", "2s"), .. keys])));
        deployment.Rewrite(services => services["a"]!["cmd"]![0] = "bash");
        await File.WriteAllTextAsync(Path.Combine(deployment.Folder, "stray.sh"), $"{trap}\necho $$ > stray\nwhile :; do sleep 0.05; done\n", Cancel);
        return await deployment.StartHealthyAsync();
    }

    private static Task<int> StrayAsync(Deployment deployment) => ReadPidAsync(Path.Combine(deployment.Folder, "stray"));
}
