namespace Supervisor.Tests.Configuration;

/// <summary>What is said to have changed in an edited file.</summary>
public sealed class ConfigurationChangeTests
{
    private const string Before = """
        {"defaults": {"stop_timeout": "1s", "environment": {"A": "1"}}, "services": {"a": {"cmd": ["/bin/sh", "-c", "x"], "health_port": 80, "environment": {"B": "2"}}}}
        """;

    [Theory]
    [InlineData("\"x\"", "\n \"x\" /* laid out otherwise */", "")]
    [InlineData("\"x\"", "\"y\"", "cmd")]
    [InlineData("\"-c\", \"x\"", "\"-c,x\"", "cmd")]
    [InlineData("80", "81", "health_port")]
    [InlineData(", \"health_port\": 80", "", "health_port")]
    [InlineData("80", "80, \"alert_after\": 2, \"log_keep\": 1", "alert_after, log_keep")]
    [InlineData("\"1s\"", "\"2s\"", "stop_timeout")]
    [InlineData("80", "80, \"stop_timeout\": \"1s\"", "")]
    [InlineData("\"A\": \"1\"", "\"A\": \"3\"", "environment")]
    [InlineData("\"B\": \"2\"", "\"B\": \"3\"", "environment")]
    public void Keys_of_a_service_and_of_its_defaults(string old, string edited, string keys) =>
        Assert.Equal(keys, string.Join(", ", ConfigurationChange.KeysOf(Read.Valid(Before).Services[0], Read.Valid(Before.Replace(old, edited, StringComparison.Ordinal)).Services[0])));

    [Theory]
    [InlineData("A=1\n# a comment\nB='2'", "")]
    [InlineData("A=1\nB=3", "env_file")]
    [InlineData("A=1", "env_file")]
    public void What_is_in_a_file_of_variables_counts_as_what_is_written(string edited, string keys)
    {
        using var folder = new TempFolder();
        var json = """{"services": {"a": {"cmd": ["/bin/sh"], "env_file": "FILE"}}}""".Replace("FILE", folder.Write("f.env", "A=1\nB=2"), StringComparison.Ordinal);
        var before = Read.Valid(json);
        folder.Write("f.env", edited);
        Assert.Equal(keys, string.Join(", ", ConfigurationChange.KeysOf(before.Services[0], Read.Valid(json).Services[0])));
    }

    [Fact]
    public void Keys_of_the_top_level_without_those_that_are_told_of_the_services()
    {
        const string After = """{"alert_url": "http://x/", "services": {"b": {"cmd": ["/bin/sh"]}}}""";
        Assert.Equal(["alert_url"], ConfigurationChange.KeysOf(Read.Valid(Before), Read.Valid(After)));
    }

    [Fact]
    public void Folders_that_move_are_problems()
    {
        var moved = Read.Valid(Before) with { LogDir = "/elsewhere", StateDir = "/run/x" };
        Assert.Equal(
            ["log_dir: cannot change from /logs to /elsewhere", "state_dir: cannot change from /.supervisor to /run/x"],
            ConfigurationChange.Impossible(Read.Valid(Before), moved).Select(problem => $"{problem.Path}: {problem.Message[..problem.Message.IndexOf(" while", StringComparison.Ordinal)]}"));
    }
}
