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
        await File.WriteAllTextAsync(Path.Combine(deployment.Folder, "x.conf"), "[program:a]\ncommand=no-such-program\ndirectory=/\npriority=1\nstdout_logfile=/x\nstopasgroup=true\n", Cancel);
        var written = await deployment.RunAsync("init", "--from", "x.conf", "-c", "new.json");
        Assert.Equal(0, written.ExitCode);
        Assert.Equal(
            "x.conf:4:1: a: priority: there is no order by priority; say depends_on where one needs another\n" +
            "new.json:5:15: a: cmd: no executable 'no-such-program' on PATH; install it, or write its path\n" +
            "one more key would change nothing; --verbose names it\n",
            written.Error);
        Assert.StartsWith("new.json is written with 1 service. Next, once what is said above is put right:\n  supervisor -c new.json check\n", written.Output, StringComparison.Ordinal);
        File.Delete(Path.Combine(deployment.Folder, "new.json"));
        Assert.Contains("x.conf:5:1: a: stdout_logfile: ", (await deployment.RunAsync("init", "--verbose", "--from", "x.conf", "-c", "new.json")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_files_and_folders_come_to_one_configuration()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        var folder = Directory.CreateDirectory(Path.Combine(deployment.Folder, "conf.d")).FullName;
        foreach (var name in (string[])["b", "c"])
            await File.WriteAllTextAsync(Path.Combine(folder, $"{name}.conf"), $"[program:{name}]\ncommand=/bin/sleep 1\ndirectory=/\nstopasgroup=true\n", Cancel);
        await File.WriteAllTextAsync(Path.Combine(folder, "README"), "nothing of the kind", Cancel);
        await File.WriteAllTextAsync(Path.Combine(deployment.Folder, "Procfile"), "d: sleep 1\n", Cancel);
        await File.WriteAllTextAsync(Path.Combine(deployment.Folder, "e.service"), "[Service]\nExecStart=/bin/sleep 1\n", Cancel);
        var written = await deployment.RunAsync("init", "--from", "conf.d", "Procfile", "--from", "e.service", "-c", "new.json");
        Assert.Equal((0, ""), (written.ExitCode, written.Error));
        Assert.Equal("new.json: 4 services, no problems\n", (await deployment.RunAsync("-c", "new.json", "check")).Output);
        await File.WriteAllTextAsync(Path.Combine(folder, "Procfile"), "d: sleep 1\n", Cancel);
        var refused = await deployment.RunAsync("init", "--from", "conf.d", "-c", "other.json");
        Assert.Equal((2, "supervisor: conf.d: there is more than one start of the same services in this folder (Procfile, b.conf, c.conf); name the file that counts\n"), (refused.ExitCode, refused.Error));
    }

    [Fact]
    public async Task A_program_of_PM2_is_run_if_that_is_asked_for()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(place => File.Exists(Path.Combine(place, "node"))), "node is not on this machine");
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        foreach (var (name, text) in (ReadOnlySpan<(string, string)>)
        [
            ("a.config.js", "console.log('noise'); module.exports = { apps: [{ name: 'web', script: 'sleep ' + 10, env_production: { LEVEL: 'info' } }] };"),
            ("b.config.mjs", "export default { apps: [{ name: 'web', script: 'sleep 10', env_production: { LEVEL: 'info' } }] };"),
            ("c.config.cjs", "exports.default = { apps: [{ name: 'web', script: 'sleep 10', env_production: { LEVEL: 'info' } }] };"),
            ("bad.config.js", "throw new Error('bad');"),
        ])
            File.WriteAllText(Path.Combine(deployment.Folder, name), text);
        var asked = await deployment.RunAsync("init", "--from", "a.config.js", "-c", "new.json");
        Assert.Equal((2, "supervisor: a.config.js: is a program, which node has to run for it to say anything; --run has that done, with your rights\n"), (asked.ExitCode, asked.Error));
        foreach (var name in (string[])["a.config.js", "b.config.mjs", "c.config.cjs"])
        {
            Assert.Equal(0, (await deployment.RunAsync("init", "--run", "--env", "production", "--from", name, "-c", "new.json")).ExitCode);
            var text = await File.ReadAllTextAsync(Path.Combine(deployment.Folder, "new.json"), Cancel);
            Assert.Contains("\"cmd\": [\"bash\", \"-c\", \"sleep 10\"],\n      \"environment\": { \"LEVEL\": \"info\" }", text, StringComparison.Ordinal);
            File.Delete(Path.Combine(deployment.Folder, "new.json"));
        }
        var bad = await deployment.RunAsync("init", "--run", "--from", "bad.config.js", "-c", "new.json");
        Assert.Equal((2, "Error: bad\nsupervisor: bad.config.js: node could not tell what it exports; write the configuration as JSON\n"), (bad.ExitCode, bad.Error));
    }

    [Fact]
    public async Task What_is_exported_goes_to_stdout_and_what_is_lost_to_stderr()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000").With(("umask", "027"))));
        var exported = await deployment.RunAsync("export", "kubernetes", "--image", "shop:1");
        Assert.Equal(0, exported.ExitCode);
        Assert.Equal("List", (string?)System.Text.Json.Nodes.JsonNode.Parse(exported.Output)!["kind"]);
        Assert.Contains("warning: a: umask: ", exported.Error, StringComparison.Ordinal);
        Assert.Equal((2, "supervisor: 'export kubernetes' needs --image NAME: the image that has the programs\n"), ((await deployment.RunAsync("export", "kubernetes")) is var refused ? refused.ExitCode : 0, refused.Error));
        Assert.Equal(2, (await deployment.RunAsync("export", "systemd", "--image", "x")).ExitCode);
        Assert.StartsWith("# ", (await deployment.RunAsync("export", "systemd")).Output, StringComparison.Ordinal);
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
