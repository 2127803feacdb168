using System.Reflection;
using System.Text.RegularExpressions;

namespace Supervisor.Tests.Import;

/// <summary>Holds <c>docs/migrating.md</c> to what the program does.</summary>
public sealed partial class MigratingPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(
        typeof(MigratingPageTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Repository").Value!, "docs/migrating.md"));

    [Fact]
    public void The_example_comes_to_what_is_shown()
    {
        var imported = Imported.From("supervisord.conf", Block("ini"));
        Assert.Equal(Block("jsonc"), imported.Json);
        Assert.Equal(Block("text"), string.Concat(imported.Losses.Select(loss => $"supervisord.conf:{loss}\n")));
    }

    private static string Block(string language) =>
        Blocks().Matches(Page).Single(block => block.Groups["language"].Value == language).Groups["text"].Value;

    [GeneratedRegex("^```(?<language>[a-z]+)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();
}
