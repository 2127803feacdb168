using System.Reflection;
using System.Text.RegularExpressions;

namespace Supervisor.Tests;

/// <summary>Holds the tables of tests in <c>docs/</c> to the tests that there are.</summary>
public sealed partial class NamedTestsTests
{
    private static readonly string Repository = typeof(NamedTestsTests).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Repository").Value!;

    private static readonly HashSet<string> Tests =
    [
        .. from file in Directory.EnumerateFiles(Path.Combine(Repository, "tests"), "*Tests.cs", SearchOption.AllDirectories)
           from Match test in Test().Matches(File.ReadAllText(file))
           select test.Groups["name"].Value,
    ];

    [Theory]
    [InlineData("docs/traps.md", 23)]
    [InlineData("docs/invariants.md", 12)]
    public void Every_row_names_a_test_and_every_test_exists(string page, int least)
    {
        var lines = File.ReadLines(Path.Combine(Repository, page)).SkipWhile(line => !line.StartsWith("| ", StringComparison.Ordinal));
        var rows = lines.Skip(2).TakeWhile(line => line.StartsWith("| ", StringComparison.Ordinal)).ToList();
        Assert.True(rows.Count >= least);
        Assert.All(rows, row =>
        {
            var named = Named().Matches(row[row[..^1].LastIndexOf('|')..]);
            Assert.NotEmpty(named);
            Assert.All(named, test => Assert.Contains(test.Groups["name"].Value, Tests));
        });
    }

    [GeneratedRegex(@"\[(Fact|Theory)\][^{}]*?public (async )?(Task|void) (?<name>\w+)\(|\[InlineData[^{}]*?public (async )?(Task|void) (?<name>\w+)\(")]
    private static partial Regex Test();

    [GeneratedRegex("`(?<name>[A-Z][A-Za-z0-9]*_[A-Za-z0-9_]+)`")]
    private static partial Regex Named();
}
