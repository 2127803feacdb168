using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

/// <summary>A supervisor that is not root's, on a machine where there is root.</summary>
public sealed class UnprivilegedTests
{
    [Fact]
    public async Task It_works_and_serves_its_user_and_root_only()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && Commands.Exist("setpriv"), "only root may act as others, on Linux with setpriv");
        var trial = await As(65533, Programs.Supervisor, "--version");
        Assert.SkipUnless(trial.ExitCode == 0, $"others than root may not run the program where it lies: {trial.Error}");
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        string[] supervisor = [Programs.Supervisor, "-c", deployment.ConfigurationFile];
        await Commands.RunAsync("chown", "-R", "65533:65533", deployment.Folder);
        File.SetUnixFileMode(deployment.Folder, (UnixFileMode)0b111_101_101);

        var up = await As(65533, [.. supervisor, "up", "-d"]);
        Assert.Equal((0, ""), (up.ExitCode, up.Error));
        Assert.Equal(0, (await As(65533, [.. supervisor, "status"])).ExitCode);
        Assert.Equal(0, (await deployment.RunAsync("status")).ExitCode);
        File.SetUnixFileMode(Path.Combine(deployment.Folder, ".supervisor"), (UnixFileMode)0b111_111_111);
        File.SetUnixFileMode(Path.Combine(deployment.Folder, ".supervisor/supervisor.sock"), (UnixFileMode)0b111_111_111);
        Assert.NotEqual(0, (await As(65534, [.. supervisor, "status"])).ExitCode);
        var asRoot = await deployment.RunAsync("check");
        Assert.Equal(2, asRoot.ExitCode);
        Assert.Contains("belongs to another user", asRoot.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await As(65533, [.. supervisor, "down"])).ExitCode);
    }

    [Fact]
    public async Task Where_its_user_may_have_no_more_processes_it_hears_every_signal()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && Commands.Exist("setpriv"), "only root may act as others, on Linux with setpriv");
        var trial = await As(User, Programs.Supervisor, "--version");
        Assert.SkipUnless(trial.ExitCode == 0, $"others than root may not run the program where it lies: {trial.Error}");
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000").With(("backoff_initial", "50ms"))), ("b", Shell("exec sleep 1000")));
        string[] supervisor = [Programs.Supervisor, "-c", deployment.ConfigurationFile];
        await Commands.RunAsync("chown", "-R", $"{User}:{User}", deployment.Folder);
        File.SetUnixFileMode(deployment.Folder, (UnixFileMode)0b111_101_101);
        var up = await As(User, [.. supervisor, "up", "-d"]);
        Assert.Equal((0, ""), (up.ExitCode, up.Error));
        var (a, b) = (await deployment.PidAsync("a"), await deployment.PidAsync("b"));
        var pid = (await deployment.RunAsync("status", "--json")).Json.GetProperty("supervisor").GetProperty("pid").GetInt32();

        var limit = await As(User, "prlimit", "--pid", $"{pid}", "--nproc=1:1");
        Assert.SkipUnless(limit.ExitCode == 0, $"the limit cannot be lowered here: {limit.Error}");
        Signals.Send(a, "KILL");
        await Commands.UntilAsync(() => deployment.RunAsync("events", "a"), events => events.Output.Contains("could not be started", StringComparison.Ordinal));
        Signals.Send(pid, "HUP");
        await Commands.UntilAsync(() => deployment.RunAsync("events"), events => events.Output.Contains("reload", StringComparison.Ordinal));
        Signals.Send(pid, "TERM");
        await Commands.UntilAsync(() => Task.FromResult(Signals.IsAlive(pid)), lives => !lives);
        Assert.False(Signals.IsAlive(b));
    }

    /// <summary>Membership is the kernel's word, and counts whether it is a user's own group or another one. Events say who asked.</summary>
    [Fact]
    public async Task Members_of_the_control_group_may_use_it_and_nobody_else()
    {
        const string Group = "60"; // games, on Debian
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && Commands.Exist("setpriv"), "only root may act as others, on Linux with setpriv");
        Assert.SkipUnless((await Commands.RunAsync("getent", "group", Group)).ExitCode == 0, "there is no group 60 on this machine");
        var trial = await As(User, Programs.Supervisor, "--version");
        Assert.SkipUnless(trial.ExitCode == 0, $"others than root may not run the program where it lies: {trial.Error}");
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        deployment.RewriteTop(root => root["control_group"] = int.Parse(Group, System.Globalization.CultureInfo.InvariantCulture));
        File.SetUnixFileMode(deployment.Folder, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(deployment.ConfigurationFile, (UnixFileMode)0b110_100_100);
        await deployment.StartHealthyAsync();
        string[] supervisor = [Programs.Supervisor, "-c", deployment.ConfigurationFile];
        Task<CommandResult> ByOwnGroup(params string[] command) => Commands.RunAsync("setpriv", ["--reuid=65533", $"--regid={Group}", "--clear-groups", .. command]);
        var state = Path.Combine(deployment.Folder, ".supervisor");

        Assert.Equal((UnixFileMode)0b111_001_000, File.GetUnixFileMode(state));
        Assert.Equal((UnixFileMode)0b110_110_000, File.GetUnixFileMode(Path.Combine(state, "supervisor.sock")));
        Assert.Equal(0, (await ByOwnGroup([.. supervisor, "restart", "a"])).ExitCode);
        await deployment.SaidAsync("a: restart asked for by 65533 (uid 65533)");
        Assert.Equal(0, (await Commands.RunAsync("setpriv", ["--reuid=65534", "--regid=65534", $"--groups=65531,{Group}", .. supervisor, "stop", "a"])).ExitCode);
        await deployment.SaidAsync("(uid 65534)");
        Assert.NotEqual(0, (await ByOwnGroup("cat", Path.Combine(state, "state.json"))).ExitCode);
        Assert.Equal(1, (await As(65533, [.. supervisor, "status"])).ExitCode);
        // The modes alone are not what keeps others out.
        File.SetUnixFileMode(state, (UnixFileMode)0b111_111_111);
        File.SetUnixFileMode(Path.Combine(state, "supervisor.sock"), (UnixFileMode)0b111_111_111);
        Assert.Equal(1, (await As(65533, [.. supervisor, "status"])).ExitCode);

        deployment.RewriteTop(root => root.Remove("control_group"));
        Assert.Contains("control_group: cannot change while the supervisor runs; put it back, or run upgrade", (await deployment.RunAsync("reload")).Error, StringComparison.Ordinal);
        await deployment.RunAsync("upgrade");
        await deployment.SaidAsync("upgraded in place");
        Assert.Equal(1, (await ByOwnGroup([.. supervisor, "status"])).ExitCode);
        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(state));
        Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(Path.Combine(state, "supervisor.sock")));
    }

    /// <summary>The successor could not share the socket, and would end; so it does not take over.</summary>
    [Fact]
    public async Task An_upgrade_to_a_group_that_is_not_ours_to_give_to_is_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && Commands.Exist("setpriv"), "only root may act as others, on Linux with setpriv");
        var trial = await As(User, Programs.Supervisor, "--version");
        Assert.SkipUnless(trial.ExitCode == 0, $"others than root may not run the program where it lies: {trial.Error}");
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        string[] supervisor = [Programs.Supervisor, "-c", deployment.ConfigurationFile];
        await Commands.RunAsync("chown", "-R", $"{User}:{User}", deployment.Folder);
        File.SetUnixFileMode(deployment.Folder, (UnixFileMode)0b111_101_101);
        Assert.Equal(0, (await As(User, [.. supervisor, "up", "-d"])).ExitCode);
        var a = await deployment.PidAsync("a");
        deployment.RewriteTop(root => root["control_group"] = 0);

        var upgrade = await As(User, [.. supervisor, "upgrade"]);

        Assert.Equal(1, upgrade.ExitCode);
        Assert.Contains("cannot be given to the control_group", upgrade.Error, StringComparison.Ordinal);
        Assert.Equal(a, await deployment.PidAsync("a"));
        Assert.Equal(0, (await As(User, [.. supervisor, "down"])).ExitCode);
    }

    /// <summary>The connection takes the last descriptor, and nothing that is done for it may need one more.</summary>
    [Fact]
    public async Task However_few_descriptors_are_left_it_goes_on()
    {
        Assert.SkipUnless(Programs.IsNative, "a runtime that compiles as it goes needs descriptors of its own: try it with TESTED_SUPERVISOR");
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && Commands.Exist("setpriv"), "only root may act as others, on Linux with setpriv");
        var trial = await As(User, Programs.Supervisor, "--version");
        Assert.SkipUnless(trial.ExitCode == 0, $"others than root may not run the program where it lies: {trial.Error}");
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        string[] supervisor = [Programs.Supervisor, "-c", deployment.ConfigurationFile];
        await Commands.RunAsync("chown", "-R", $"{User}:{User}", deployment.Folder);
        File.SetUnixFileMode(deployment.Folder, (UnixFileMode)0b111_101_101);
        Assert.Equal(0, (await As(User, [.. supervisor, "up", "-d"])).ExitCode);
        var pid = (await deployment.RunAsync("status", "--json")).Json.GetProperty("supervisor").GetProperty("pid").GetInt32();
        var highest = Directory.GetFiles($"/proc/{pid}/fd").Max(path => int.Parse(Path.GetFileName(path), System.Globalization.CultureInfo.InvariantCulture));
        // With none at all nobody can be let in; some numbers below the highest may be free.
        for (var more = 1; more <= 5; more++)
        {
            var limit = await As(User, "prlimit", "--pid", $"{pid}", $"--nofile={highest + 1 + more}:");
            Assert.SkipUnless(limit.ExitCode == 0, $"the limit cannot be lowered here: {limit.Error}");
            await As(User, [.. supervisor, "restart", "a", "--timeout", "1s"]);
            var status = await As(User, [.. supervisor, "status", "--json"]);
            Assert.True(status.Output.Length > 0, $"{more} more: {status.Error}");
            Assert.Equal(pid, status.Json.GetProperty("supervisor").GetProperty("pid").GetInt32());
        }
        Assert.Equal(0, (await As(User, [.. supervisor, "down"])).ExitCode);
    }

    /// <summary>Each says which file it is, whose, and what to do.</summary>
    [Fact]
    public async Task Who_has_forgotten_sudo_is_told()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && Commands.Exist("setpriv"), "only root may act as others, on Linux with setpriv");
        var trial = await As(User, Programs.Supervisor, "--version");
        Assert.SkipUnless(trial.ExitCode == 0, $"others than root may not run the program where it lies: {trial.Error}");
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        File.SetUnixFileMode(deployment.Folder, (UnixFileMode)0b111_101_101);
        string[] supervisor = [Programs.Supervisor, "-c", deployment.ConfigurationFile];
        await SaidAsync("up");
        await SaidAsync("up", "-d");
        var init = await As(User, Programs.Supervisor, "-c", Path.Combine(deployment.Folder, "new.json"), "init");
        Assert.EndsWith($"new.json: cannot be written: permission denied; {deployment.Folder} belongs to root: run this as root, with sudo for example\n", init.Error, StringComparison.Ordinal);
        File.SetUnixFileMode(deployment.ConfigurationFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var check = await As(User, [.. supervisor, "check"]);
        Assert.Equal((2, $"{deployment.ConfigurationFile}: cannot be read: permission denied; it belongs to root: run this as root, with sudo for example\n"), (check.ExitCode, check.Error));
        File.SetUnixFileMode(deployment.ConfigurationFile, (UnixFileMode)0b110_100_100);
        await deployment.StartHealthyAsync();
        foreach (var verb in new[] { "up", "status", "wait", "logs", "events", "reload", "upgrade", "down" })
            await SaidAsync(verb);
        foreach (var verb in new[] { "start", "stop", "restart", "why" })
            await SaidAsync(verb, "a");

        async Task SaidAsync(params string[] args)
        {
            var result = await As(User, [.. supervisor, .. args]);
            Assert.Equal(1, result.ExitCode);
            Assert.Matches($"^supervisor: {deployment.Folder}/\\S+: permission denied; (it|{deployment.Folder}\\S*) belongs to root: run this as root, with sudo for example\n$", result.Error);
        }
    }

    private const int User = 65532;

    private static Task<CommandResult> As(int user, params string[] command) =>
        Commands.RunAsync("setpriv", [$"--reuid={user}", $"--regid={user}", "--clear-groups", "--", .. command]);
}
