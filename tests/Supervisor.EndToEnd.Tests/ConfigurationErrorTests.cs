using Xunit;

namespace Supervisor.EndToEnd.Tests;

/// <summary>What is no configuration: one line for each mistake, exit code 2, and nothing is touched.</summary>
public sealed class ConfigurationErrorTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("{ \"services\": ", "supervisor.json:1:15: is not valid JSON: ")]
    [InlineData("", "supervisor.json: is empty; ")]
    [InlineData("[]", "supervisor.json:1:1: must be an object, not an array")]
    [InlineData("{ \"services\": [] }", "supervisor.json:1:15: services: must be an object, not an array")]
    [InlineData("""{ "services": { "../../etc": { "cmd": ["sh"] } } }""", "supervisor.json:1:17: services.../../etc: ")]
    [InlineData("""{ "services": { "a": { "cmd": "sh -c true" } } }""", "supervisor.json:1:31: services.a.cmd: must be an array, ")]
    [InlineData("""{ "services": { "a": { "cmd": ["sh"], "health_port": 70000 } } }""", "supervisor.json:1:54: services.a.health_port: must be a whole number from 1 to 65535, not 70000")]
    [InlineData("""{ "services": { "a": { "cmd": ["sh"], "stop_timeout": "-1s" } } }""", "supervisor.json:1:55: services.a.stop_timeout: '-1s' is not a duration; ")]
    public async Task A_bad_file_is_refused_in_one_line_by_every_verb_that_reads_it(string text, string line)
    {
        await using var deployment = Deployment.Of();
        await File.WriteAllTextAsync(deployment.ConfigurationFile, text, Cancel);
        await AssertRefusedAsync(deployment, line);
    }

    [Fact]
    public async Task A_missing_file_is_refused_in_one_line()
    {
        await using var deployment = Deployment.Of();
        File.Delete(deployment.ConfigurationFile);
        await AssertRefusedAsync(deployment, "supervisor.json: does not exist; name another with -c FILE");
    }

    [Fact]
    public async Task A_directory_is_refused_in_one_line()
    {
        await using var deployment = Deployment.Of();
        File.Delete(deployment.ConfigurationFile);
        Directory.CreateDirectory(deployment.ConfigurationFile);
        await AssertRefusedAsync(deployment, "supervisor.json: is a folder; name the file in it");
    }

    [Fact]
    public async Task A_file_of_100_MB_is_refused_in_one_line()
    {
        await using var deployment = Deployment.Of();
        await using (var file = File.OpenWrite(deployment.ConfigurationFile))
            file.SetLength(100_000_000);
        await AssertRefusedAsync(deployment, "supervisor.json: is larger than 1 MB; is it a configuration?");
    }

    [Fact]
    public async Task Seven_mistakes_are_seven_lines_with_line_and_column()
    {
        await using var deployment = Deployment.Of();
        await File.WriteAllTextAsync(deployment.ConfigurationFile, """
            { "services": {
              "../../etc": { "cmd": ["sh"] },
              "a": { "cmd": "sh", "health_port": 70000 },
              "b": { "cmd": ["no-such-program"], "stop_timeout": "-1s", "helth_port": 1 },
              "c": {}
            } }
            """, Cancel);
        var check = await deployment.RunAsync("check");
        Assert.Equal((2, ""), (check.ExitCode, check.Output));
        var places = check.Error.TrimEnd('\n').Split('\n').Select(line => string.Join(':', line.Split(':')[..3]));
        Assert.Equal(
            ["supervisor.json:2:3", "supervisor.json:3:17", "supervisor.json:3:38", "supervisor.json:4:18", "supervisor.json:4:54", "supervisor.json:4:61", "supervisor.json:5:8"],
            places);
    }

    [Fact]
    public async Task A_file_that_cannot_be_parsed_keeps_nobody_from_what_runs()
    {
        await using var deployment = await Deployment.Of(new System.Text.Json.Nodes.JsonObject { ["log_dir"] = "var/log", ["state_dir"] = "var/state" }, ("a", Daemons.Shell("echo here; exec sleep 1000"))).StartHealthyAsync();
        await File.AppendAllTextAsync(deployment.ConfigurationFile, ",", Cancel);
        foreach (var (args, said, folder) in new (string[], string, string)[]
        {
            (["status"], "running", "state"), (["stop", "a"], "stopped", "state"), (["start", "a"], "running", "state"),
            (["events", "a"], "started", "state"), (["why", "a"], "a: no failure since", "state"), (["logs", "a"], "here\n", "log"), (["down"], "", "state"),
        })
        {
            var result = await deployment.RunAsync(args);
            Assert.Equal(0, result.ExitCode);
            Assert.Contains(said, result.Output, StringComparison.Ordinal);
            Assert.Matches($"^supervisor.json:1:[0-9]+: is not valid JSON: .*; going on with {deployment.Folder}/var/{folder}\n$", result.Error);
        }
        Assert.Equal(3, (await deployment.RunAsync("status")).ExitCode);
        Assert.Equal(2, (await deployment.RunAsync("up")).ExitCode);
        Directory.Delete(Path.Combine(deployment.Folder, "var"), recursive: true);
        Assert.Equal(2, (await deployment.RunAsync("status")).ExitCode);
    }

    private static async Task AssertRefusedAsync(Deployment deployment, string line)
    {
        foreach (var args in new string[][] { ["check"], [], ["up", "-d"] })
        {
            var result = await deployment.RunAsync(args);
            Assert.Equal((2, ""), (result.ExitCode, result.Output));
            Assert.StartsWith(line, result.Error, StringComparison.Ordinal);
            Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
        }
        Assert.InRange(Directory.EnumerateFileSystemEntries(deployment.Folder).Count(), 0, 1);
    }
}
