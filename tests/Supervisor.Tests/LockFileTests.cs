using System.Reflection;
using System.Text.Json;

namespace Supervisor.Tests;

/// <summary>What is restored in locked mode is restored so on every system.</summary>
public sealed class LockFileTests
{
    private static readonly string Repository = typeof(LockFileTests).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Repository").Value!;

    [Fact]
    public void No_lock_file_names_what_only_one_system_needs()
    {
        var sections =
            from folder in new[] { "src", "tests", "samples" }
            from file in Directory.EnumerateFiles(Path.Combine(Repository, folder), "packages.lock.json", SearchOption.AllDirectories)
            from section in JsonElement.Parse(File.ReadAllText(file)).GetProperty("dependencies").EnumerateObject()
            select (File: file, section.Name, Packages: section.Value.EnumerateObject().Select(package => package.Name).ToList());
        Assert.NotEmpty(sections);
        Assert.All(sections, section => Assert.True(section.Packages.Count == 0 || !section.Name.Contains('/'), $"{section.File}: {section.Name}"));
        Assert.All(sections, section => Assert.DoesNotContain(section.Packages, package => package.StartsWith("runtime.", StringComparison.Ordinal)));
    }
}
