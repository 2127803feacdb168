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
    public void A_timeout_is_a_duration_or_a_number_of_seconds(string text, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), CommandLineParser.Parse(["wait", "--timeout", text]).Timeout);

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("25h")]
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
