using System.Text.RegularExpressions;

namespace Supervisor.Tests.Configuration;

/// <summary>Holds <c>docs/configuration.md</c> to what the program does.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string s_page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "configuration.md"));

    [Fact]
    public void The_example_is_valid() =>
        Assert.Equal(2, Read.Valid(Block("jsonc", 0).Replace("python3", "/bin/sh", StringComparison.Ordinal)).Services.Length);

    [Theory]
    [InlineData("Variables")]
    [InlineData("User, limits and so on")]
    [InlineData("Several of one kind")]
    public void The_example_of_a_section_is_valid(string section)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess || section != "User, limits and so on", "only root may run services as others");
        using var folder = new TempFolder();
        folder.Write("secrets.env", "DB_PASSWORD=x");
        var example = BlockAfter($" {section}");

        Read.ValueOf(ConfigurationReader.Load(folder.Write("supervisor.json", example.Replace("python3", "/bin/sh", StringComparison.Ordinal))));
    }

    [Fact]
    public void The_example_of_dependencies_is_valid() =>
        Assert.Equal(["db", "cache"], Read.Valid(BlockAfter(" Dependencies").Replace("python3", "/bin/sh", StringComparison.Ordinal)).Services[2].Spec.DependsOn);

    [Theory]
    [InlineData("# What every service has", 2)]
    [InlineData("# Started, healthy, completed", 4)]
    public void The_example_of_a_part_is_valid(string part, int services) =>
        Assert.Equal(services, Read.Valid(Programs().Replace(BlockAfter(part), "\"/bin/sh\"")).Services.Length);

    [Fact]
    public void The_examples_of_keys_are_valid() =>
        Assert.Equal(4, Read.Valid(Programs().Replace(Block("jsonc", 1), "\"/bin/sh\"")).Services.Length);

    [Fact]
    public void The_mistakes_get_the_lines_that_are_shown() =>
        Assert.Equal(Block("text", 0).TrimEnd().Split('\n'), Read.Problems(BlockAfter(" What is wrong, and where")).Select(line => $"supervisor.json:{line}"));

    [Fact]
    public void Every_key_has_its_row() =>
        Assert.All(SupervisorKeys.All.Names.Concat(ServiceKeys.OfService.Names), key => Assert.Contains($"\n| `{key}` |", s_page));

    // Whatever it is that an example runs: here it need not be there.
    [GeneratedRegex("(?<=cmd\": \\[)\"[^\"]+\"")]
    private static partial Regex Programs();

    private static string BlockAfter(string heading) =>
        Blocks().Match(s_page, s_page.IndexOf($"\n##{heading}\n", StringComparison.Ordinal)).Groups["text"].Value;

    private static string Block(string language, int index) =>
        Blocks().Matches(s_page).Where(block => block.Groups["language"].Value == language).ElementAt(index).Groups["text"].Value;

    [GeneratedRegex("^```(?<language>[a-z]+)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();
}
