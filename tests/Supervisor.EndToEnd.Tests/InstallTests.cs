using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

public sealed class InstallTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("install", "supervisor: 'install' needs one of systemd, launchd; it is called: supervisor [-c FILE] install systemd|launchd [--user] [--name NAME] [--write]\n")]
    [InlineData("install sytemd", "supervisor: unknown word 'sytemd'; did you mean 'systemd'?\n")]
    [InlineData("install openrc", "supervisor: unknown word 'openrc'; it is called: supervisor [-c FILE] install systemd|launchd [--user] [--name NAME] [--write]\n")]
    [InlineData("install systemd --name ../x", "supervisor: --name: '../x' cannot be the name of a unit; a name is a letter or digit, then up to 62 of letters, digits, '.', '_' and '-'\n")]
    public async Task What_makes_no_sense_is_refused_in_one_line(string args, string error)
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        var result = await deployment.RunAsync(args.Split(' '));
        Assert.Equal((2, "", error), (result.ExitCode, result.Output, result.Error));
    }

    [Fact]
    public async Task A_bad_configuration_is_not_installed()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000").With(("stop_timeout", "soon"))));
        var result = await deployment.RunAsync("install", "systemd");
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains("services.a.stop_timeout", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Systemd_itself_finds_no_fault_with_the_unit()
    {
        Assert.SkipUnless(Commands.Exist("systemd-analyze"), "systemd-analyze is not installed (Debian: apt install systemd)");
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000").With(("stop_timeout", "25s"))));
        foreach (var scope in new[] { "--system", "--user" })
        {
            var unit = await deployment.RunAsync(scope == "--user" ? ["install", "systemd", scope] : ["install", "systemd"]);
            Assert.Equal((0, ""), (unit.ExitCode, unit.Error));
            Assert.Contains("TimeoutStopSec=35\n", unit.Output, StringComparison.Ordinal);
            var file = Path.Combine(deployment.Folder, "dispatch-supervisor.service");
            await File.WriteAllTextAsync(file, unit.Output, Cancel);
            var verified = await Commands.RunAsync("env", $"XDG_RUNTIME_DIR={deployment.Folder}", "systemd-analyze", scope, "verify", file);
            Assert.DoesNotContain("Failed to", verified.Error, StringComparison.Ordinal);
            // It may find fault with other units of this machine.
            Assert.DoesNotContain("dispatch-supervisor.service", verified.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Write_puts_it_in_its_place_and_never_over_anything_else()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "for systemd");
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        var unit = Path.Combine(deployment.Folder, "home/systemd/user/x.service");
        var printed = await WriteAsync(deployment, "install", "systemd", "--user", "--name", "x");
        for (var time = 0; time < 2; time++)
        {
            var written = await WriteAsync(deployment, "install", "systemd", "--user", "--name", "x", "--write");
            Assert.Equal((0, ""), (written.ExitCode, written.Error));
            Assert.Contains("  systemctl --user enable --now x.service\n", written.Output, StringComparison.Ordinal);
            Assert.Equal(printed.Output, await File.ReadAllTextAsync(unit, Cancel));
        }
        await File.WriteAllTextAsync(unit, "mine", Cancel);
        var refused = await WriteAsync(deployment, "install", "systemd", "--user", "--name", "x", "--write");
        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.StartsWith($"supervisor: {unit}: is there already, with other content; ", refused.Error, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(unit, Cancel));
    }

    [Fact]
    public async Task A_name_that_another_unit_has_is_refused_and_the_path_by_which_it_was_called_is_written()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "for systemd");
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        Programs.CopySupervisor(Path.Combine(deployment.Folder, "v1"));
        Directory.CreateSymbolicLink(Path.Combine(deployment.Folder, "current"), "v1");
        var (data, program) = (Path.Combine(deployment.Folder, "share"), Path.Combine(deployment.Folder, "current", Path.GetFileName(Programs.Supervisor)));
        var other = Path.Combine(Directory.CreateDirectory(Path.Combine(data, "systemd/user")).FullName, "taken.service");
        await File.WriteAllTextAsync(other, "", Cancel);

        var refused = await InstallAsync("--name", "taken");
        var printed = await InstallAsync();

        Assert.Equal((1, "", $"supervisor: {other}: is another unit of this name; choose another --name\n"), (refused.ExitCode, refused.Output, refused.Error));
        Assert.Equal((0, ""), (printed.ExitCode, printed.Error));
        Assert.Contains($"\nExecStart={program} -c ", printed.Output, StringComparison.Ordinal);

        Task<CommandResult> InstallAsync(params string[] more) =>
            Commands.RunAsync("env", [$"XDG_DATA_HOME={data}", program, "-c", deployment.ConfigurationFile, "install", "systemd", "--user", .. more]);
    }

    private static async Task<CommandResult> WriteAsync(Deployment deployment, params string[] args) =>
        await Commands.RunAsync("env", [$"XDG_CONFIG_HOME={deployment.Folder}/home", Programs.Supervisor, "-c", deployment.ConfigurationFile, .. args]);
}
