using CsCheck;

namespace Supervisor.Tests.Cli;

public sealed class CommandLineParserTests
{
    [Theory]
    [InlineData("", "up", "")]
    [InlineData("-c x.json", "up", "")]
    [InlineData("-cx.json status", "status", "")]
    [InlineData("status -c x.json", "status", "")]
    [InlineData("--config=x.json restart a b", "restart", "a b")]
    [InlineData("restart -- -odd", "restart", "-odd")]
    [InlineData("up -dcx.json", "up", "")]
    [InlineData("signal a --group b HUP", "signal", "a b")]
    [InlineData("exec -cx.json a -- ls -l --", "exec", "a ls -l --")]
    [InlineData("exec a ls -l -- --all", "exec", "a ls -l -- --all")]
    public void Options_may_stand_anywhere(string args, string verb, string names)
    {
        var line = CommandLineParser.Parse(args.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((verb, names), (line.Verb.Name, string.Join(' ', line.Names)));
        Assert.Equal(args.Contains("x.json", StringComparison.Ordinal) ? "x.json" : "supervisor.json", line.ConfigFile);
    }

    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("2m", 120)]
    [InlineData("90", 90)]
    [InlineData("1.5", 1.5)]
    [InlineData("2d", 172_800)]
    public void A_timeout_is_a_duration_or_a_number_of_seconds(string text, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), CommandLineParser.Parse(["wait", "--timeout", text]).Timeout);

    [Theory]
    [InlineData("10m", 600)]
    [InlineData("2d", 172_800)]
    [InlineData("90", 90)]
    [InlineData("36000000", 36_000_000)]
    public void So_is_how_far_to_look_back(string text, double seconds)
    {
        foreach (var verb in new[] { "logs", "events" })
            Assert.Equal(TimeSpan.FromSeconds(seconds), CommandLineParser.Parse([verb, "--since", text]).Since);
    }

    [Theory]
    [InlineData("events", "-n", "many", "-n: 'many' is not a number of lines")]
    [InlineData("logs", "-n", "-1", "-n: '-1' is not a number of lines")]
    [InlineData("events", "--since", "yesterday", "--since: 'yesterday' is not a duration; write for example 30s, 10m, 2h or 2d")]
    [InlineData("logs", "--since", "1w", "--since: '1w' is not a duration; write for example 30s, 10m, 2h or 2d")]
    public void What_is_shown_is_limited_by_words_that_make_sense(string verb, string option, string value, string error) =>
        Assert.Equal(error, Assert.Throws<UsageException>(() => CommandLineParser.Parse([verb, option, value])).Message);

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("31d")]
    [InlineData("2592001")]
    [InlineData("NaN")]
    [InlineData("1e9")]
    public void Any_other_timeout_is_refused(string text) =>
        Assert.Throws<UsageException>(() => CommandLineParser.Parse(["wait", $"--timeout={text}"]));

    [Fact]
    public void Whatever_is_typed_is_understood_or_refused_in_one_line() =>
        Gen.OneOf(Gen.String, Gen.OneOf("status", "up", "restart", "--all", "-c", "--timeout", "--", "-", "--=", "-d", "--json", "a", "1s"))
            .Array[0, 6]
            .Sample(args =>
            {
                try
                {
                    CommandLineParser.Parse(args);
                }
                catch (UsageException e)
                {
                    Assert.NotEmpty(e.Message);
                    Assert.DoesNotContain('\n', e.Message);
                }
            });
}
