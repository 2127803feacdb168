using System.Text.RegularExpressions;
using Supervisor.Configuration;

namespace Supervisor.Tests.Configuration;

/// <summary>Holds <c>docs/configuration.md</c> to what the program does.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string s_page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "configuration.md"));

    [Fact]
    public void The_example_is_valid() =>
        Assert.Equal(2, Read.Valid(Block("jsonc", 0).Replace("python3", "/bin/sh", StringComparison.Ordinal)).Services.Length);

    [Fact]
    public void The_example_of_dependencies_is_valid() =>
        Assert.Equal(["db", "cache"], Read.Valid(Block("jsonc", 2).Replace("python3", "/bin/sh", StringComparison.Ordinal)).Services[2].Spec.DependsOn);

    [Fact]
    public void The_examples_of_keys_are_valid() =>
        Assert.Equal(4, Read.Valid(Programs().Replace(Block("jsonc", 1), "\"/bin/sh\"")).Services.Length);

    [Fact]
    public void The_mistakes_get_the_lines_that_are_shown() =>
        Assert.Equal(Block("text", 0).TrimEnd().Split('\n'), Read.Problems(Block("jsonc", ^1)).Select(line => $"supervisor.json:{line}"));

    [Fact]
    public void Every_key_has_its_row() =>
        Assert.All(SupervisorKeys.All.Names.Concat(ServiceKeys.OfService.Names), key => Assert.Contains($"\n| `{key}` |", s_page));

    // Whatever it is that an example runs: here it need not be there.
    [GeneratedRegex("(?<=cmd\": \\[)\"[^\"]+\"")]
    private static partial Regex Programs();

    private static string Block(string language, Index index) =>
        Blocks().Matches(s_page).Where(block => block.Groups["language"].Value == language).ElementAt(index).Groups["text"].Value;

    [GeneratedRegex("^```(?<language>[a-z]+)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();
}
