namespace Supervisor.Tests.Cli;

public sealed class MetricsTextTests
{
    private static readonly ServiceStatus Web = new("web", 7, "running", "healthy", 90, 3, 1, null, new(default, null, "SIGKILL", ""), null) { ProbeFailures = 4 };

    [Fact]
    public void A_service_has_a_line_in_each_family()
    {
        string[] lines =
        [
            "up{service=\"web\"} 1", "healthy{service=\"web\"} 1", "restarts_total{service=\"web\"} 3", "consecutive_restarts{service=\"web\"} 1",
            "start_time_seconds{service=\"web\"} 1700000000.25", "cpu_seconds_total{service=\"web\"} 1.5", "resident_memory_bytes{service=\"web\"} 4096",
            "last_exit_code{service=\"web\"} 137", "probe_failures_total{service=\"web\"} 4",
        ];
        Assert.Equal(lines.Select(line => $"supervisor_service_{line}").Append("supervisor_build_info{version=\"1.2\"} 1"), Samples(Web));
    }

    [Fact]
    public void What_does_not_apply_has_no_line()
    {
        Assert.DoesNotContain(Samples(Web with { Status = "stopped", Health = null, Pid = null, LastExit = null }), line => line.Contains("healthy") || line.Contains("seconds") || line.Contains("memory") || line.Contains("exit"));
        Assert.DoesNotContain(Samples(Web with { Status = "stopping", Removed = true }), line => line.Contains("healthy"));
    }

    [Theory]
    [InlineData("running", "unhealthy", null, 0)]
    [InlineData("running", null, null, 1)]
    [InlineData("backoff", null, null, 0)]
    [InlineData("exited", null, null, 1)]
    [InlineData("exited", null, true, 0)]
    public void Healthy_is_what_is_as_it_should_be(string status, string? health, bool? failed, int value) =>
        Assert.Contains($"supervisor_service_healthy{{service=\"web\"}} {value}", Samples(Web with { Status = status, Health = health, Failed = failed }));

    [Fact]
    public void Values_of_labels_are_escaped() => Assert.Contains("supervisor_service_up{service=\"a\\\\b\\\"c\\nd\"} 1", Samples(Web with { Name = "a\\b\"c\nd" }));

    private static IEnumerable<string> Samples(ServiceStatus service) =>
        MetricsText.Of(new(new(1, "1.2", default), [service]), new Dictionary<int, GroupUsage> { [7] = new(4096, TimeSpan.FromSeconds(1.5)) }, _ => 1700000000.25)
            .Split('\n').Where(line => line.Length > 0 && line[0] != '#');
}
