using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

/// <summary>A supervisor under a real systemd.</summary>
public sealed class SystemdTests
{
    [Fact]
    public async Task A_start_returns_when_requests_are_taken_and_the_status_says_how_the_services_are()
    {
        await using var machine = await SystemdMachine.BootAsync("", ("a", Shell("exec sleep 1000")), ("b", Shell("exec sleep 1000")));
        Assert.NotEqual(3, (await machine.SupervisorAsync("status")).ExitCode);
        Assert.Equal(0, (await machine.SupervisorAsync("wait")).ExitCode);
        await Commands.UntilAsync(() => machine.PropertyAsync("StatusText"), text => text == "2 of 2 services are well");
        Assert.Equal(0, (await machine.SupervisorAsync("stop", "a")).ExitCode);
        await Commands.UntilAsync(() => machine.PropertyAsync("StatusText"), text => text == "1 of 1 service is well");
    }

    [Fact]
    public async Task Systemd_may_be_replaced_under_it()
    {
        await using var machine = await SystemdMachine.BootAsync("WatchdogSec=2", ("a", Shell("exec sleep 1000")), ("b", Shell("exec sleep 1000")));
        await machine.SupervisorAsync("wait");
        var (supervisor, daemon) = (await machine.PropertyAsync("MainPID"), await machine.PidAsync("a"));
        await machine.RunAsync("systemctl", "daemon-reexec");
        await machine.DoAsync("sleep", "4");
        Assert.Equal(0, (await machine.SupervisorAsync("stop", "b")).ExitCode);
        await Commands.UntilAsync(() => machine.PropertyAsync("StatusText"), text => text == "1 of 1 service is well");
        Assert.Equal((supervisor, "0", daemon), (await machine.PropertyAsync("MainPID"), await machine.PropertyAsync("NRestarts"), await machine.PidAsync("a")));
    }

    [Fact]
    public async Task A_stop_leaves_nothing_and_gives_grace_and_a_restart_starts_anew()
    {
        await using var machine = await SystemdMachine.BootAsync("", ("a", Shell("trap 'echo graceful >> end; exit' TERM; while :; do sleep 0.1; done")));
        await machine.SupervisorAsync("wait");
        var (supervisor, daemon) = (await machine.PropertyAsync("MainPID"), await machine.PidAsync("a"));

        await machine.DoAsync("systemctl", "restart", "dispatch-supervisor.service");
        await machine.SupervisorAsync("wait");
        var (newSupervisor, newDaemon) = (await machine.PropertyAsync("MainPID"), await machine.PidAsync("a"));
        Assert.True(supervisor != newSupervisor && daemon != newDaemon);
        Assert.False(await machine.IsAliveAsync(daemon));

        await machine.DoAsync("systemctl", "stop", "dispatch-supervisor.service");
        Assert.Equal(("inactive", "success"), (await machine.PropertyAsync("ActiveState"), await machine.PropertyAsync("Result")));
        Assert.False(await machine.IsAliveAsync(newDaemon));
        Assert.Equal("graceful\ngraceful\n", await machine.DoAsync("sh", "-c", "cat \"$1\"/*/end", "sh", machine.Folder));
    }

    [Fact]
    public async Task A_supervisor_that_hangs_is_killed_and_started_again()
    {
        await using var machine = await SystemdMachine.BootAsync("WatchdogSec=2", ("a", Shell("exec sleep 1000")));
        await machine.SupervisorAsync("wait");
        // It lives for longer than the watchdog's patience...
        await machine.DoAsync("sleep", "4");
        Assert.Equal("0", await machine.PropertyAsync("NRestarts"));
        // ... until it hangs.
        var (supervisor, daemon) = (await machine.PropertyAsync("MainPID"), await machine.PidAsync("a"));
        await machine.DoAsync("kill", "-STOP", supervisor);
        await Commands.UntilAsync(() => machine.PropertyAsync("NRestarts"), restarts => restarts != "0");
        Assert.False(await machine.IsAliveAsync(supervisor));
        Assert.True(await machine.IsAliveAsync(daemon));
    }

    [Fact]
    public async Task A_supervisor_that_is_killed_is_started_again_and_adopts_its_daemons()
    {
        await using var machine = await SystemdMachine.BootAsync("", ("a", Shell("exec sleep 1000")));
        await machine.SupervisorAsync("wait");
        var (supervisor, daemon) = (await machine.PropertyAsync("MainPID"), await machine.PidAsync("a"));
        await machine.DoAsync("kill", "-KILL", supervisor);
        await Commands.UntilAsync(() => machine.PropertyAsync("NRestarts"), restarts => restarts == "1");
        await Commands.UntilAsync(() => machine.PropertyAsync("ActiveState"), state => state == "active");
        Assert.NotEqual(supervisor, await machine.PropertyAsync("MainPID"));
        Assert.Equal(0, (await machine.SupervisorAsync("wait")).ExitCode);
        Assert.Equal(daemon, await machine.PidAsync("a"));
    }

    [Fact]
    public async Task When_the_machine_goes_down_everything_is_stopped_with_grace()
    {
        await using var machine = await SystemdMachine.BootAsync(
            "", ("a", Shell("trap 'sleep 1; echo graceful > end; exit' TERM; while :; do sleep 0.1; done")));
        await machine.SupervisorAsync("wait");
        await machine.RunAsync("systemctl", "poweroff");
        await machine.Off.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal("graceful\n", await File.ReadAllTextAsync(Directory.GetFiles(machine.Folder, "end", SearchOption.AllDirectories).Single(), TestContext.Current.CancellationToken));
    }
}
