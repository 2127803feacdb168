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
    [InlineData("docs/internals/traps.md", 23)]
    [InlineData("docs/internals/invariants.md", 12)]
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

    // The attribute that makes it a test, its cases, and the method itself, with nothing in between. One that is never run counts for nothing.
    [GeneratedRegex(@"^ +\[(Fact|Theory)\]\r?\n( +\[InlineData\([\s\S]*?\)\]\r?\n| +\[MemberData\(.*\)\]\r?\n)* +public (async )?(Task|void) (?<name>\w+)\(", RegexOptions.Multiline)]
    private static partial Regex Test();

    // Whatever is set in code in the last column has to be a test.
    [GeneratedRegex("`(?<name>[^`]+)`")]
    private static partial Regex Named();
}
