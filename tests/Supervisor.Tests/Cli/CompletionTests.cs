namespace Supervisor.Tests.Cli;

/// <summary>What is suggested follows from the tables of verbs and options, whatever is added to them.</summary>
public sealed class CompletionTests
{
    private static readonly string[] Services = ["reaper", "recorder", "web"];

    public static TheoryData<string> Verbs => [.. Verb.All.Where(verb => !verb.IsHidden).Select(verb => verb.Name)];

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Every_verb_is_suggested_with_every_option_of_its_own(string verb)
    {
        Assert.Contains(verb, Suggest(""));
        Assert.Equal([verb], Suggest(verb).Where(word => word == verb));
        var own = Verb.All.Single(one => one.Name == verb).Options.Where(name => !Option.All.Single(option => option.Name == name).IsHidden);
        Assert.Equal([.. own.Concat(Option.Common).Select(name => $"--{name}").Order()], Suggest(verb, "-").Order());
    }

    [Theory]
    [InlineData("re", "restart")]
    [InlineData("nonsense ", "")]
    [InlineData("restart ", "reaper recorder web")]
    [InlineData("restart re", "reaper recorder")]
    [InlineData("restart web re", "reaper recorder")]
    [InlineData("restart web reaper ", "recorder")]
    [InlineData("restart --all ", "")]
    [InlineData("up --exit-code-from re", "reaper recorder")]
    [InlineData("restart --timeout ", "")]
    [InlineData("restart --timeout 5s w", "web")]
    [InlineData("restart --timeout=5s w", "web")]
    [InlineData("restart --timeout = 5s w", "web")]
    [InlineData("restart -- -", "")]
    [InlineData("restart -- w", "web")]
    [InlineData("logs -fn 5 w", "web")]
    [InlineData("logs -fn", "")]
    [InlineData("logs -n5 w", "web")]
    [InlineData("logs -f --f", "")]
    [InlineData("why reaper ", "")]
    [InlineData("down ", "")]
    [InlineData("signal re", "reaper recorder")]
    [InlineData("signal reaper re", "recorder")]
    [InlineData("signal reaper HU", "HUP")]
    [InlineData("signal --all TER", "TERM")]
    [InlineData("signal HU", "")]
    [InlineData("exec re", "reaper recorder")]
    [InlineData("exec web ls --", "")]
    [InlineData("help wh", "why")]
    [InlineData("help why ", "")]
    [InlineData("install ", "systemd launchd")]
    [InlineData("install systemd ", "")]
    [InlineData("--unknown=x -z restart w", "web")]
    public void Goes_on_as_the_parser_would_take_it(string line, string candidates) =>
        Assert.Equal(candidates, string.Join(' ', Suggest(line.Split(' ')).Where(word => word != "reload")));

    [Theory]
    [InlineData("-c ", true)]
    [InlineData("--config ", true)]
    [InlineData("--config=x", true)]
    [InlineData("--config = x", true)]
    [InlineData("--config =", true)]
    [InlineData("init --from ", true)]
    [InlineData("init --from a ", true)]
    [InlineData("init a ", false)]
    [InlineData("exec web ", true)]
    [InlineData("exec web -- ls -", true)]
    [InlineData("exec ", false)]
    [InlineData("metrics -o ", true)]
    [InlineData("-c x.json ", false)]
    [InlineData("--timeout ", false)]
    [InlineData("restart ", false)]
    public void Files_are_left_to_the_shell(string line, bool wantsFile) => Assert.Equal(wantsFile, Completion.Of(line.Split(' ')).WantsFile);

    [Theory]
    [InlineData("-c x.json stop ")]
    [InlineData("-cx.json stop ")]
    [InlineData("stop --config=x.json ")]
    [InlineData("stop --config = x.json ")]
    public void The_configuration_is_the_one_that_is_named(string line) => Assert.Equal("x.json", Completion.Of(line.Split(' ')).ConfigFile);

    [Fact]
    public void What_is_for_programs_is_not_suggested()
    {
        Assert.DoesNotContain("complete", Suggest(""));
        Assert.DoesNotContain("--ready-fd", Suggest("up", "--"));
        Assert.Empty(Completion.Of([]).Word);
    }

    private static IEnumerable<string> Suggest(params string[] words) => Completion.Of(words).Candidates(Services).Select(candidate => candidate.Word);
}
