using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

/// <summary>The verb <c>signal</c>.</summary>
public sealed class SignalVerbTests
{
    private const string Family = "trap 'echo leader' HUP; (trap 'echo child' HUP; echo ready; while :; do sleep 0.1; done) & while :; do sleep 0.1; done";

    [Fact]
    public async Task It_reaches_the_leader_or_the_group_also_of_an_adopted_process_and_an_event_says_who_asked()
    {
        await using var deployment = await Deployment.Of(("a", Shell(Family))).StartHealthyAsync();
        await HeardAsync(leader: 0, child: 0);
        var pid = await deployment.PidAsync("a");

        var sent = await deployment.RunAsync("signal", "a", "hup");
        Assert.Equal((0, "", ""), (sent.ExitCode, sent.Output, sent.Error));
        await HeardAsync(leader: 1, child: 0);
        await deployment.SaidAsync($"a: sent SIGHUP to pid {pid}, asked for by ");
        deployment.Signal("KILL");
        await deployment.EndedAsync();
        await deployment.StartHealthyAsync();
        Assert.Equal(0, (await deployment.RunAsync("signal", "a", "SIGHUP")).ExitCode);
        await HeardAsync(leader: 2, child: 0);

        Assert.Equal(0, (await deployment.RunAsync("signal", "--group", "--all", "HUP")).ExitCode);
        await deployment.SaidAsync($"a: sent SIGHUP to the group of pid {pid}, asked for by ");
        await HeardAsync(leader: 3, child: 1);
        Assert.Equal(pid, await deployment.PidAsync("a"));

        async Task HeardAsync(int leader, int child) => await Commands.UntilAsync(
            async () => (await deployment.ReadAsync("logs/a.log")).Split('\n'),
            log => log.Contains("ready") && (log.Count(line => line == "leader"), log.Count(line => line == "child")) == (leader, child));
    }

    [Fact]
    public async Task It_reaches_what_is_being_stopped_and_what_has_no_process_is_said()
    {
        await using var deployment = await Deployment.Of(
            ("stubborn", Shell("trap '' TERM; trap 'echo heard' USR1; while :; do sleep 0.1; done").With(("stop_timeout", "1h"))),
            ("idle", Shell("exec sleep 1000").With(("autostart", false)))).StartHealthyAsync();
        Assert.Equal(1, (await deployment.RunAsync("stop", "stubborn", "--timeout", "1ms")).ExitCode);

        Assert.Equal(0, (await deployment.RunAsync("signal", "--all", "USR1")).ExitCode);
        await Commands.UntilAsync(() => deployment.ReadAsync("logs/stubborn.log"), log => log == "heard\n");
        var none = await deployment.RunAsync("signal", "idle", "HUP");
        Assert.Equal((1, "", "supervisor: idle has no process that could get SIGHUP: it is stopped\n"), (none.ExitCode, none.Output, none.Error));
        Assert.Equal(0, (await deployment.RunAsync("signal", "stubborn", "KILL")).ExitCode);
        await deployment.SaidAsync("stubborn: killed by SIGKILL");
        await Commands.UntilAsync(() => deployment.StatusAsync("stubborn"), status => status.GetProperty("status").GetString() == "stopped");
    }
}
