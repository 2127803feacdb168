using System.Reflection;
using System.Text.RegularExpressions;

namespace Supervisor.Tests.Docs;

/// <summary>A Markdown file of the repository, as far as tests look at it.</summary>
internal sealed partial class MarkdownFile
{
    public static readonly string Repository = Path.GetFullPath(typeof(MarkdownFile).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Repository").Value!);

    private static readonly HashSet<string> s_notOurs = ["bin", "obj", "artifacts", ".git", "TestResults", "StrykerOutput", "node_modules"];

    private readonly string _prose;

    private MarkdownFile(string path)
    {
        Name = Path.GetRelativePath(Repository, path);
        var text = File.ReadAllText(path);
        Blocks = [.. Block().Matches(text).Select(block => new CodeBlock(block.Groups["language"].Value, block.Groups["text"].Value))];
        _prose = Block().Replace(text, "");
    }

    /// <summary>Its path in the repository.</summary>
    public string Name { get; }

    public IReadOnlyList<CodeBlock> Blocks { get; }

    /// <summary>What is set in code within a line.</summary>
    public IEnumerable<string> Snippets => Snippet().Matches(_prose).Select(one => one.Groups["text"].Value);

    /// <summary>Where it leads: links and pictures, but not to other hosts.</summary>
    public IEnumerable<string> Links =>
        from link in Link().Matches(Snippet().Replace(_prose, ""))
        let target = link.Groups["target"].Value
        where !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal)
        select target;

    /// <summary>What a link may name after <c>#</c>: headings, as GitHub makes anchors of them, and explicit ones.</summary>
    public IReadOnlySet<string> Anchors
    {
        get
        {
            var anchors = Anchor().Matches(_prose).Select(anchor => anchor.Groups["id"].Value).ToHashSet();
            foreach (var heading in Heading().Matches(_prose).Select(heading => Slug(heading.Groups["text"].Value)))
                _ = Enumerable.Range(0, 100).Select(n => n == 0 ? heading : $"{heading}-{n}").First(anchors.Add);
            return anchors;
        }
    }

    /// <summary>All that there are.</summary>
    public static IReadOnlyList<MarkdownFile> All { get; } = [.. Below(Repository).Order(StringComparer.Ordinal).Select(path => new MarkdownFile(path))];

    public override string ToString() => Name;

    private static IEnumerable<string> Below(string folder) =>
        Directory.EnumerateFiles(folder, "*.md").Concat(Directory.EnumerateDirectories(folder)
            .Where(inner => !s_notOurs.Contains(Path.GetFileName(inner))).SelectMany(Below));

    private static string Slug(string heading) =>
        NotOfSlug().Replace(LinkText().Replace(heading, "${text}").Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex("^```(?<language>[a-z]*)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("`(?<text>[^`\n]+)`")]
    private static partial Regex Snippet();

    [GeneratedRegex("""\]\((?<target>[^)\s]+)\)|(?:src|srcset|href)="(?<target>[^"]+)"|^\[[^\]]+\]: (?<target>\S+)$""", RegexOptions.Multiline)]
    private static partial Regex Link();

    [GeneratedRegex("""<a id="(?<id>[^"]+)"></a>""")]
    private static partial Regex Anchor();

    [GeneratedRegex("^#+ (?<text>.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\[(?<text>[^\]]*)\]\([^)]*\)")]
    private static partial Regex LinkText();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotOfSlug();
}

/// <summary>A fenced block of code.</summary>
/// <param name="Language">What it says that it is; often nothing.</param>
/// <param name="Text">All of its lines.</param>
internal sealed partial record CodeBlock(string Language, string Text)
{
    /// <summary>The commands that it shows: all of a script, and of a session what follows a prompt.</summary>
    public string Commands => Language switch
    {
        "sh" or "bash" => Text,
        "" => string.Concat(Prompt().Matches(Text).Select(line => $"{line.Groups["command"].Value}\n")),
        _ => "",
    };

    // A prompt of a user's shell, or of root's.
    [GeneratedRegex("^[$#] (?<command>.*)$", RegexOptions.Multiline)]
    private static partial Regex Prompt();
}
