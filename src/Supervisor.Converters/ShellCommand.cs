using System.Buffers;
using System.Text.RegularExpressions;

namespace Supervisor.Converters;

/// <summary>
/// A command line that was written for a shell. One that needs no shell is run without: then the service is the program
/// itself, which gets the signals and whose exit counts.
/// </summary>
internal sealed partial record ShellCommand(IReadOnlyList<string> Words, IReadOnlyList<(string Name, string Value)> Environment)
{
    private static readonly SearchValues<char> Expanded = SearchValues.Create("$`*?[~<>!#");
    private static readonly SearchValues<char> Compound = SearchValues.Create("&|;()\n");

    /// <summary>How it is to be run; null if it cannot be read.</summary>
    public static ShellCommand? Of(string line)
    {
        if (line.AsSpan().ContainsAny(Compound))
            return new(["sh", "-c", line], []);
        if (line.AsSpan().ContainsAny(Expanded))
            return new(["sh", "-c", WithExec(line)], []);
        if (ShellWords.Split(line) is not { } words)
            return null;
        var assignments = words.TakeWhile(word => Assignment().IsMatch(word)).ToList();
        var program = words.Skip(assignments.Count).ToList();
        if (program is ["exec", ..])
            program.RemoveAt(0);
        return program.Count == 0
            ? null
            : new(program, [.. assignments.Select(word => (word[..word.IndexOf('=')], word[(word.IndexOf('=') + 1)..]))]);
    }

    /// <summary>Has the shell make way for the program; assignments have to stand before that.</summary>
    private static string WithExec(string line)
    {
        var start = LeadingAssignments().Match(line).Length;
        return line[start..].StartsWith("exec ", StringComparison.Ordinal) ? line : line.Insert(start, "exec ");
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*=")]
    private static partial Regex Assignment();

    [GeneratedRegex("""^([A-Za-z_][A-Za-z0-9_]*=("[^"]*"|'[^']*'|[^\s"'])*\s+)*""")]
    private static partial Regex LeadingAssignments();
}
