using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

public sealed class InitTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_configuration_that_is_written_runs_as_it_is()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        File.Delete(deployment.ConfigurationFile);
        var written = await deployment.RunAsync("init");
        Assert.Equal((0, "", "supervisor.json is written. Next:\n  supervisor check\n  supervisor up\n  supervisor status\n"), (written.ExitCode, written.Error, written.Output));
        Assert.Equal("supervisor.json: 1 service, no problems\n", (await deployment.RunAsync("check")).Output);
        await deployment.StartHealthyAsync();
        Assert.Equal("running", (await deployment.RunAsync("status")).Rows["example"][2]);
    }

    [Fact]
    public async Task Nothing_is_ever_overwritten()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        var before = await File.ReadAllTextAsync(deployment.ConfigurationFile, Cancel);
        foreach (var args in new string[][] { ["init"], ["init", "--from", "supervisor.json"] })
        {
            var refused = await deployment.RunAsync(args);
            Assert.Equal((1, "", "supervisor: supervisor.json: is there already; remove it, or name another with -c FILE\n"), (refused.ExitCode, refused.Output, refused.Error));
        }
        Assert.Equal(before, await File.ReadAllTextAsync(deployment.ConfigurationFile, Cancel));
    }

    [Fact]
    public async Task What_a_Procfile_starts_runs_under_the_supervisor()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        File.Delete(deployment.ConfigurationFile);
        var source = Path.Combine(deployment.Folder, "Procfile");
        await File.WriteAllTextAsync(source, "web: exec sleep 1000\nworker: LOUD=1 sh -c 'echo \"loud: $LOUD\"; exec sleep 1000'\n", Cancel);
        File.SetUnixFileMode(source, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var written = await deployment.RunAsync("init", "--from", "Procfile");
        Assert.Equal((0, ""), (written.ExitCode, written.Error));
        Assert.StartsWith("supervisor.json is written with 2 services. Next:\n", written.Output, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(deployment.ConfigurationFile));
        await deployment.StartHealthyAsync();
        Assert.Equal(["web", "worker"], (await deployment.RunAsync("status")).Rows.Keys);
        await Commands.UntilAsync(() => deployment.RunAsync("logs", "worker"), logs => logs.Output.Contains("loud: 1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_left_behind_and_what_is_missing_is_said_on_stderr()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        await File.WriteAllTextAsync(Path.Combine(deployment.Folder, "x.conf"), "[program:a]\ncommand=/no/such/program\npriority=1\n", Cancel);
        var written = await deployment.RunAsync("init", "--from", "x.conf", "-c", "new.json");
        Assert.Equal(0, written.ExitCode);
        Assert.StartsWith("x.conf:3:1: program:a.priority: is not carried over: there are no priorities; see depends_on\nnew.json:5:15: services.a.cmd[0]: /no/such/program does not exist; ", written.Error, StringComparison.Ordinal);
        Assert.StartsWith("new.json is written with 1 service. Next, once what is said above is put right:\n  supervisor -c new.json check\n", written.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing", "")]
    [InlineData("compose.yaml", "services:\n")]
    [InlineData("empty.conf", "[supervisord]\n")]
    public async Task Nothing_is_written_where_nothing_can_be_converted(string name, string text)
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        if (text.Length > 0)
            await File.WriteAllTextAsync(Path.Combine(deployment.Folder, name), text, Cancel);
        var refused = await deployment.RunAsync("init", "--from", name, "-c", "new.json");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("supervisor: ", refused.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(deployment.Folder, "new.json")));
    }
}
