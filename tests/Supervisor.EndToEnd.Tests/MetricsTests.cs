using System.Diagnostics;
using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

public sealed class MetricsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Promtool_finds_nothing_to_object_to()
    {
        Assert.SkipUnless(Commands.Exist("promtool"), "promtool is not installed (Debian: prometheus)");
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000")), ("b", Shell("exit 3").With(("restart", "no")))).StartListeningAsync();
        await Commands.UntilAsync(() => deployment.StatusAsync("b"), status => status.GetProperty("status").GetString() == "exited");
        using var promtool = Process.Start(new ProcessStartInfo("promtool", ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        await promtool.StandardInput.WriteAsync((await deployment.RunAsync("metrics")).Output);
        promtool.StandardInput.Close();
        Assert.Equal("", await promtool.StandardOutput.ReadToEndAsync(Cancel) + await promtool.StandardError.ReadToEndAsync(Cancel));
        await promtool.WaitForExitAsync(Cancel);
        Assert.Equal(0, promtool.ExitCode);
    }

    [Fact]
    public async Task The_alert_rules_of_the_sample_hold_on_a_recorded_failure()
    {
        Assert.SkipUnless(Commands.Exist("promtool"), "promtool is not installed (Debian: prometheus)");
        var tested = await Commands.RunAsync("promtool", "test", "rules", Path.GetFullPath("../monitoring/alerts.test.yml", Path.GetDirectoryName(Programs.SampleConfiguration)!));
        Assert.True(tested.ExitCode == 0, tested.Output + tested.Error);
    }

    [Fact]
    public async Task They_tell_of_the_processes()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000")), ("b", Shell("exit 3").With(("restart", "no")))).StartListeningAsync();
        await Commands.UntilAsync(() => deployment.StatusAsync("b"), status => status.GetProperty("status").GetString() == "exited");
        var since = Process.GetProcessById(await deployment.PidAsync("a")).StartTime.ToUniversalTime();
        var metrics = await deployment.RunAsync("metrics");
        Assert.Contains("supervisor_service_up{service=\"a\"} 1\n", metrics.Output, StringComparison.Ordinal);
        Assert.Contains("supervisor_service_last_exit_code{service=\"b\"} 3\n", metrics.Output, StringComparison.Ordinal);
        var samples = metrics.Output.Split('\n').Where(line => line.Length > 0 && line[0] != '#').ToDictionary(line => line.Split(' ')[0], line => double.Parse(line.Split(' ')[1]));
        Assert.InRange(samples["supervisor_service_resident_memory_bytes{service=\"a\"}"], 100_000, 100_000_000);
        Assert.InRange(samples["supervisor_service_start_time_seconds{service=\"a\"}"], Seconds(since) - 2, Seconds(since) + 2);
        Assert.Equal(Lines(metrics.Output, "start_time"), Lines((await deployment.RunAsync("metrics")).Output, "start_time"));
    }

    [Fact]
    public async Task A_file_is_written_whole_or_not_at_all()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        var written = await deployment.RunAsync("metrics", "-o", "out.prom");
        Assert.Equal((0, "", ""), (written.ExitCode, written.Output, written.Error));
        Assert.EndsWith("supervisor_build_info{version=\"", string.Join("", (await deployment.ReadAsync("out.prom")).Split('\n')[^2].Take(31)), StringComparison.Ordinal);
        Assert.Equal(0x1a4, (int)File.GetUnixFileMode(Path.Combine(deployment.Folder, "out.prom")));

        Directory.CreateDirectory(Path.Combine(deployment.Folder, "folder"));
        Assert.Equal(1, (await deployment.RunAsync("metrics", "-o", "folder")).ExitCode);
        var nowhere = await deployment.RunAsync("metrics", "-o", "nowhere/out.prom");
        Assert.Equal(1, nowhere.ExitCode);
        Assert.StartsWith("supervisor: -o: nowhere/out.prom cannot be written: ", nowhere.Error, StringComparison.Ordinal);

        await deployment.RunAsync("down");
        var before = await deployment.ReadAsync("out.prom");
        Assert.Equal(3, (await deployment.RunAsync("metrics", "-o", "out.prom")).ExitCode);
        Assert.Equal(before, await deployment.ReadAsync("out.prom"));
        Assert.Equal(["out.prom"], Directory.GetFiles(deployment.Folder, "out*").Select(Path.GetFileName));
    }

    private static double Seconds(DateTime time) => (time - DateTime.UnixEpoch).TotalSeconds;

    private static IEnumerable<string> Lines(string text, string part) => text.Split('\n').Where(line => line.Contains(part, StringComparison.Ordinal));
}
