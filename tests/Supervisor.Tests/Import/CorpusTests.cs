using System.Reflection;
using Supervisor.Tests.Configuration;

namespace Supervisor.Tests.Import;

/// <summary>
/// Each folder below <c>Corpus</c> holds files of another program, and what has to come of them: <c>supervisor.json</c>, where something does, and
/// <c>report.txt</c>, the words of the report with noise. <c>SUPERVISOR_CORPUS=write</c> writes those anew, to be read before they are committed.
/// </summary>
public sealed class CorpusTests
{
    private static readonly string Folder = Path.Combine(
        typeof(CorpusTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Repository").Value!, "tests/Supervisor.Tests/Import/Corpus");

    /// <summary>What is wrong on one machine and right on another: programs, folders, files, users, variables, and what those may.</summary>
    private static readonly string[] OfThisMachine = ["no executable", "does not exist", ".user:", ".group:", ".env_file", ".limits", "is not set, neither", "needs root", "is a folder; name the program"];

    public static TheoryData<string> Cases => [.. Directory.EnumerateFiles(Folder, "report.txt", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Folder, Path.GetDirectoryName(file)!)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_is_converted_is_right_or_said(string name)
    {
        var folder = Path.GetFullPath(Path.Combine(Folder, name));
        var (json, said) = Convert(folder);
        if (Environment.GetEnvironmentVariable("SUPERVISOR_CORPUS") == "write")
        {
            File.Delete(Path.Combine(folder, "supervisor.json"));
            if (json is not null)
                File.WriteAllText(Path.Combine(folder, "supervisor.json"), json);
            File.WriteAllText(Path.Combine(folder, "report.txt"), said);
        }
        Assert.Equal(File.Exists(Path.Combine(folder, "supervisor.json")) ? File.ReadAllText(Path.Combine(folder, "supervisor.json")) : null, json);
        Assert.Equal(File.ReadAllText(Path.Combine(folder, "report.txt")), said);
        if (json is not null)
            Assert.DoesNotContain(Read.Problems(json), problem => !OfThisMachine.Any(problem.Contains));
    }

    /// <summary>Every construct that is promised has its file.</summary>
    [Fact]
    public void There_are_enough_of_them() => Assert.True(Cases.Count >= 60, $"{Cases.Count}");

    private static (string? Json, string Report) Convert(string folder)
    {
        var report = new Report();
        var said = "";
        string? json = null;
        try
        {
            var names = Directory.GetFiles(folder).Where(file => Path.GetFileName(file) is not ("report.txt" or "supervisor.json" or "options") && (Path.GetExtension(file) != ".inc") && !Path.GetFileName(file).StartsWith('.')).Order(StringComparer.Ordinal).ToList();
            var sources = ImportSource.Find(names.Count == 0 ? [folder] : names).Select(one => one.Kind == Kind.Pm2Program ? throw new InvalidDataException($"{one.Source.Path}: is a program") : one).ToList();
            var options = Path.Combine(folder, "options");
            var conversion = new Conversion(folder, report, Variable);
            ImportSource.Convert(sources, conversion, File.Exists(options) ? File.ReadAllText(options).Trim() : null);
            if (conversion.Services.Count > 0)
                json = ConfigurationText.Of(conversion.Services, string.Join(", ", sources.Select(one => one.Source.Name)));
        }
        catch (InvalidDataException e)
        {
            said = $"{e.Message}\n";
        }
        said = string.Concat(report.Lines(isVerbose: true).Select(line => $"{line}\n")) + said;
        return (json?.Replace(folder, "/HERE", StringComparison.Ordinal), said.Replace($"{folder}/", "", StringComparison.Ordinal).Replace(folder, "/HERE", StringComparison.Ordinal));
    }

    private static string? Variable(string name) => name switch
    {
        "HOME" => "/home/me",
        "PLAIN" => "/opt/app",
        "WORDS" => "--one 'two three'",
        "COUNT" => "2",
        "FLAG" => "yes",
        _ => null,
    };
}
