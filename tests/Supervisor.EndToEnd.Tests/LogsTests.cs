using System.Diagnostics;
using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

public sealed class LogsTests
{
    private static string LogOf(Deployment deployment, string name) => Path.Combine(Directory.CreateDirectory(Path.Combine(deployment.Folder, "logs")).FullName, $"{name}.log");

    [Fact]
    public async Task The_last_lines_are_shown_without_a_supervisor_and_reach_into_archives()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        await File.WriteAllTextAsync(LogOf(deployment, "a") + ".1", "1\n2\n3", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(LogOf(deployment, "a"), "3\n4\n", TestContext.Current.CancellationToken);
        Assert.Equal("33\n4\n", (await deployment.RunAsync("logs", "a", "-n", "2")).Output);
        Assert.Equal("1\n2\n33\n4\n", (await deployment.RunAsync("logs", "a")).Output);
        Assert.Equal("", (await deployment.RunAsync("logs", "a", "-n", "0")).Output);
    }

    [Fact]
    public async Task Several_logs_have_prefixes_that_nothing_in_them_can_overwrite()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")), ("long", Shell("exec sleep 1000")), ("none", Shell("exec sleep 1000")));
        await File.WriteAllTextAsync(LogOf(deployment, "a"), "one\r\ntwo\rx\a\n\e[31mred", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(LogOf(deployment, "long"), "1\n", TestContext.Current.CancellationToken);
        var result = await deployment.RunAsync("logs");
        Assert.Equal("a    | one\na    | two\\u000dx\\u0007\na    | \\u001b[31mred\nlong | 1\n", result.Output);
        Assert.Equal((0, "supervisor: none has no log yet\n"), (result.ExitCode, result.Error));
    }

    [Theory]
    [InlineData("logs a")]
    [InlineData("logs a b")]
    public async Task On_a_terminal_nothing_in_a_log_steers_it_and_colours_stay(string args)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Commands.Exist("script"), "a terminal is made by script(1) of util-linux");
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")), ("b", Shell("exec sleep 1000")));
        await File.WriteAllTextAsync(LogOf(deployment, "a"), "\e]0;title\a\e[2J\e[31mred\n", TestContext.Current.CancellationToken);
        var shown = await Commands.RunAsync("script", "-qec", $"cd {deployment.Folder} && NO_COLOR= {Programs.Supervisor} {args}", "/dev/null");
        Assert.EndsWith("\\u001b]0;title\\u0007\\u001b[2J\e[31mred\e[0m", shown.Output.Split("\r\n").Single(line => line.Contains("red", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Old_files_are_left_out()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        await File.WriteAllTextAsync(LogOf(deployment, "a") + ".1", "old\n", TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(LogOf(deployment, "a") + ".1", TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-1));
        await File.WriteAllTextAsync(LogOf(deployment, "a"), "new\n", TestContext.Current.CancellationToken);
        Assert.Equal("new\n", (await deployment.RunAsync("logs", "--since", "10m")).Output);
        Assert.Equal("old\nnew\n", (await deployment.RunAsync("logs", "--since", "2h")).Output);
    }

    [Theory]
    [InlineData("logs reapre", "supervisor: no service is named 'reapre'; did you mean 'reaper'?\n")]
    [InlineData("logs -n many", "supervisor: -n: 'many' is not a number of lines\n")]
    [InlineData("logs --since yesterday", "supervisor: --since: 'yesterday' is not a duration; write for example 30s, 10m, 2h or 2d\n")]
    public async Task What_makes_no_sense_is_refused(string args, string error)
    {
        await using var deployment = Deployment.Of(("reaper", Shell("exec sleep 1000")));
        var result = await deployment.RunAsync(args.Split(' '));
        Assert.Equal((2, "", error), (result.ExitCode, result.Output, result.Error));
    }

    [Fact]
    public async Task A_configuration_that_is_wrong_does_not_hide_the_logs()
    {
        await using var deployment = Deployment.Of(("a", Shell("x").With(("cmd", "oops"))));
        await File.WriteAllTextAsync(LogOf(deployment, "a"), "x\n", TestContext.Current.CancellationToken);
        Assert.Equal("x\n", (await deployment.RunAsync("logs")).Output);
    }

    [Fact]
    public async Task Following_misses_nothing_through_rotations_and_a_restart()
    {
        const string Script = "echo begin; for i in $(seq 0 29); do seq $((i * 3000 + 1)) $((i * 3000 + 3000)); sleep 0.1; done; echo end; exec sleep 1000";
        await using var deployment = Deployment.Of(("a", Shell(Script).With(("log_max_size", "64KB"), ("log_keep", 1000))));
        await File.WriteAllTextAsync(LogOf(deployment, "a"), "", TestContext.Current.CancellationToken);
        using var follow = Process.Start(new ProcessStartInfo(Programs.Supervisor, ["logs", "-f", "a", "-n", "0"])
        {
            WorkingDirectory = deployment.Folder,
            RedirectStandardOutput = true,
        })!;
        // Nothing tells that it follows but a line that it shows.
        var first = follow.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        while (!first.IsCompleted)
        {
            await File.AppendAllTextAsync(LogOf(deployment, "a"), "ready\n", TestContext.Current.CancellationToken);
            await Task.WhenAny(first.AsTask(), Task.Delay(100, TestContext.Current.CancellationToken));
        }
        await deployment.StartHealthyAsync();
        var lines = new List<string>();
        for (var ends = 0; ends < 2;)
        {
            var line = (await follow.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!;
            if (line != "ready")
                lines.Add(line);
            if (line == "end" && ++ends == 1)
                Assert.Equal(0, (await deployment.RunAsync("restart", "a")).ExitCode);
        }
        Signals.Send(follow.Id, "INT");
        await follow.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, follow.ExitCode);
        IEnumerable<string> once = ["begin", .. Enumerable.Range(1, 90_000).Select(number => $"{number}"), "end"];
        Assert.Equal(once.Concat(once), lines);
        Assert.InRange(Directory.GetFiles(Path.Combine(deployment.Folder, "logs"), "a.log.*").Length, 4, 100);
    }

    [Fact]
    public async Task Following_ends_when_nobody_reads()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")), ("b", Shell("while :; do echo x; done").With(("log_max_size", "1MB"), ("log_compress", true)))).Start();
        await deployment.ListeningAsync();
        using var pipeline = Process.Start(new ProcessStartInfo("sh", ["-c", $"{{ {Programs.Supervisor} logs -f; echo $? >code; }} | head -n 1"])
        {
            WorkingDirectory = deployment.Folder,
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("b | x\n", await pipeline.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
        await pipeline.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal("0\n", await File.ReadAllTextAsync(Path.Combine(deployment.Folder, "code"), TestContext.Current.CancellationToken));
    }
}
