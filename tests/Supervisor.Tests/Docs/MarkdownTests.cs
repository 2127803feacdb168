using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Supervisor.Tests.Docs;

/// <summary>Holds every Markdown file to what there is: where it leads, and what it shows.</summary>
public sealed partial class MarkdownTests
{
    private static readonly JsonDocumentOptions s_lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    public static TheoryData<string> Pages => [.. MarkdownFile.All.Select(page => page.Name)];

    [Fact]
    public void There_are_pages_links_and_examples_to_look_at()
    {
        Assert.InRange(MarkdownFile.All.Count, 25, 100);
        Assert.InRange(MarkdownFile.All.Sum(page => page.Links.Count()), 120, 2000);
        Assert.InRange(MarkdownFile.All.SelectMany(page => page.Blocks).Count(block => block.Commands.Length > 0), 15, 500);
        Assert.InRange(MarkdownFile.All.SelectMany(page => page.Blocks).Count(block => block.Language is "json" or "jsonc"), 20, 500);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_leads_somewhere(string name)
    {
        var page = Page(name);
        Assert.All(page.Links, link =>
        {
            var (path, anchor) = link.Split('#') is [var before, var after] ? (before, after) : (link, "");
            var file = path.Length == 0 ? name : Path.GetRelativePath(MarkdownFile.Repository, Path.Combine(MarkdownFile.Repository, Path.GetDirectoryName(name)!, path));
            Assert.True(Path.Exists(Path.Combine(MarkdownFile.Repository, file)), $"{link}: there is no {file}");
            if (anchor.Length > 0)
                Assert.Contains(anchor, Page(file).Anchors);
        });
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_shell_example_can_be_parsed(string name)
    {
        foreach (var block in Page(name).Blocks.Where(block => block.Commands.Length > 0))
            Assert.Equal("", Complaint("bash", block.Commands, "-n"));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_command_of_the_supervisor_is_one(string name)
    {
        var page = Page(name);
        var lines = page.Blocks.Where(block => block.Language is "" or "sh" or "text").SelectMany(block => block.Text.Split('\n'))
            .Select(line => line.StartsWith("$ ", StringComparison.Ordinal) || line.StartsWith("# ", StringComparison.Ordinal) ? line[2..] : line)
            .Concat(page.Snippets);
        Assert.All(lines.Where(line => OfTheSupervisor().IsMatch(line)), line =>
        {
            var words = Word().Matches(line).Select(word => word.Value.Trim('\'')).TakeWhile(word => !word.StartsWith('#') && word is not ("|" or ">" or "&&" or "\\|")).Skip(1);
            var exception = Record.Exception(() => CommandLineParser.Parse([.. words]));
            Assert.True(exception is null, $"{line}: {exception?.Message}");
        });
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_JSON_example_is_JSON_and_every_configuration_is_right(string name)
    {
        foreach (var block in Page(name).Blocks.Where(block => block.Language is "json" or "jsonc"))
        {
            // A page shows mistakes on purpose; its own test compares the answers.
            if (!block.Text.Contains("\"helth_port\"", StringComparison.Ordinal))
                Assert.All(Values(block.Text), text => Look(text, isConfiguration: block.Language == "jsonc"));
        }
    }

    [Fact]
    public void Every_configuration_among_the_samples_is_right()
    {
        var files = Directory.GetFiles(Path.Combine(MarkdownFile.Repository, "samples"), "supervisor.json", SearchOption.AllDirectories).Where(file => !file.Contains("/bin/", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.Empty(ConfigurationReader.Load(file).Problems.Where(problem => !problem.IsOfMachine)));
    }

    [Fact]
    public void Every_example_in_Python_can_be_parsed()
    {
        var examples = MarkdownFile.All.SelectMany(page => page.Blocks).Where(block => block.Language == "python").ToList();
        Assert.NotEmpty(examples);
        Assert.All(examples, example => Assert.Equal("", Complaint("python3", example.Text, "-c", "import ast, sys; ast.parse(sys.stdin.read())")));
    }

    [Fact]
    public void Every_event_is_in_the_table_and_the_table_has_no_other()
    {
        var source = string.Concat(Directory.GetFiles(Path.Combine(MarkdownFile.Repository, "src/Supervisor.Daemon"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal)).Select(File.ReadAllText));
        var rows = File.ReadLines(Path.Combine(MarkdownFile.Repository, "docs/evidence.md"))
            .SkipWhile(line => line != "| event | meaning and further members |").Skip(2).TakeWhile(line => line.StartsWith('|'))
            .SelectMany(row => Quoted().Matches(row.Split('|')[1]).Select(word => word.Groups["word"].Value)).ToHashSet();
        Assert.All(Told().Matches(source).Select(told => told.Groups["word"].Value), word => Assert.Contains(word, rows));
        Assert.All(rows, word => Assert.Contains($"\"{word}\"", source, StringComparison.Ordinal));
    }

    private static MarkdownFile Page(string name) => MarkdownFile.All.Single(page => page.Name == name);

    // One value, one on each line, or the member of an object.
    private static string[] Values(string text) =>
        text.TrimStart().StartsWith('"') ? [$"{{ \"services\": {{ {text} }} }}"]
        : text.Trim().Split('\n') is { Length: > 1 } lines && lines.All(line => line.StartsWith('{') && line.EndsWith('}')) ? lines
        : [text];

    private static void Look(string text, bool isConfiguration)
    {
        using var json = JsonDocument.Parse(text, s_lenient);
        var keys = json.RootElement.EnumerateObject().Select(member => member.Name).ToList();
        // Other data is JSON too; and the files that are included are not here.
        if (!(isConfiguration || keys.Contains("services")) || keys.Contains("include") || keys.Contains("jsonrpc"))
            return;
        // Of some only a part is shown.
        var whole = keys.Contains("services") ? text : text.Insert(text.IndexOf('{', StringComparison.Ordinal) + 1, """ "services": { "a": { "cmd": ["/bin/sh"] } }, """);
        Assert.Empty(ConfigurationReader.Parse(Configuration.Read.File, Encoding.UTF8.GetBytes(whole)).Problems.Where(problem => !problem.IsOfMachine));
    }

    private static string Complaint(string program, string input, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardError = true })!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var complaint = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return complaint.Length == 0 && process.ExitCode != 0 ? $"exit code {process.ExitCode}" : complaint;
    }

    // Not a synopsis with placeholders, and not a line of the program's own.
    [GeneratedRegex(@"^supervisor (?!.*(VERB|\[|…))[a-z-]")]
    private static partial Regex OfTheSupervisor();

    [GeneratedRegex(@"'[^']*'|\S+")]
    private static partial Regex Word();

    [GeneratedRegex("`(?<word>[a-z_]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex("""(?:About\((?:service, )?|new\([^";]{1,60}, )"(?<word>[a-z]+(?:_[a-z]+)*)", [$"]""")]
    private static partial Regex Told();
}
