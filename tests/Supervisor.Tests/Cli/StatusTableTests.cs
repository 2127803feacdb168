namespace Supervisor.Tests.Cli;

public sealed class StatusTableTests
{
    [Fact]
    public void It_looks_as_the_request_drew_it()
    {
        var table = Rows([Row("guardian", 1234, 8100), Row("reaper", 1235, 8100), Row("factory", 1236, 3780, 1)], colour: false);
        Assert.Equal(
            [
                "SERVICE     PID    STATUS    UPTIME    HEALTH    RESTARTS",
                "guardian    1234   running   2h 15m    healthy   0",
                "reaper      1235   running   2h 15m    healthy   0",
                "factory     1236   running   1h 03m    healthy   1",
            ],
            table);
    }

    [Fact]
    public void Columns_grow_with_their_content_and_what_does_not_apply_is_a_dash()
    {
        var table = Rows([Row("a-rather-long-name", 4194304, 8100), new("b", null, "stopped", null, null, 0, 0, null, null, null)], colour: false);
        Assert.Equal(
            [
                "SERVICE              PID       STATUS    UPTIME    HEALTH    RESTARTS",
                "a-rather-long-name   4194304   running   2h 15m    healthy   0",
                "b                    -         stopped   -         -         0",
            ],
            table);
    }

    [Fact]
    public void A_wide_table_has_two_columns_more()
    {
        var table = Rows([Row("a", 1, 8100) with { CpuPercent = 12.34, MemoryBytes = 851_443_712 }, new("b", null, "stopped", null, null, 0, 0, null, null, null)], colour: false, wide: true);
        Assert.Equal(
            [
                "SERVICE     PID    STATUS    UPTIME    HEALTH    RESTARTS   CPU     MEMORY",
                "a           1      running   2h 15m    healthy   0          12.3%   812 MB",
                "b           -      stopped   -         -         0          -       -",
            ],
            table);
    }

    [Fact]
    public void Colour_adds_no_width_and_touches_no_name()
    {
        var plain = Rows([Row("running", 1, 1)], colour: false);
        var coloured = Rows([Row("running", 1, 1)], colour: true);
        Assert.StartsWith("running ", coloured[1], StringComparison.Ordinal);
        Assert.Equal(plain[1], coloured[1].Replace("\e[32m", "", StringComparison.Ordinal).Replace("\e[0m", "", StringComparison.Ordinal));
        Assert.NotEqual(plain[1], coloured[1]);
    }

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(42.9, "42s")]
    [InlineData(60, "1m 00s")]
    [InlineData(312, "5m 12s")]
    [InlineData(3599.9, "59m 59s")]
    [InlineData(3780, "1h 03m")]
    [InlineData(86399, "23h 59m")]
    [InlineData(273600, "3d 04h")]
    public void Uptimes(double seconds, string text) => Assert.Equal(text, Wording.Uptime(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(0, "0ms")]
    [InlineData(0.25, "250ms")]
    [InlineData(0.9999, "1s")]
    [InlineData(1.5, "1.5s")]
    [InlineData(9.99, "10s")]
    [InlineData(60, "1m 00s")]
    public void Durations(double seconds, string text) => Assert.Equal(text, Wording.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(0, "0.0 MB")]
    [InlineData(3_355_443, "3.2 MB")]
    [InlineData(49_400_000, "47 MB")]
    [InlineData(851_443_712, "812 MB")]
    [InlineData(11_274_289_152, "10.5 GB")]
    public void Memory(long bytes, string text) => Assert.Equal(text, Wording.Memory(bytes));

    private static string[] Rows(ServiceStatus[] services, bool colour, bool wide = false) => StatusTable.Render(services, colour, wide).TrimEnd('\n').Split('\n');

    private static ServiceStatus Row(string name, int pid, double uptime, int restarts = 0) =>
        new(name, pid, "running", "healthy", uptime, restarts, 0, null, null, null);
}
