using Supervisor.Configuration;
using Supervisor.Configuration.Json;

namespace Supervisor.Import;

/// <summary>Reads an ini file, as supervisord does, into the nodes that JSON is read into: sections of texts.</summary>
internal sealed class IniReader
{
    private readonly List<(string Name, Position Position, List<Member> Keys)> sections = [];
    private readonly ProblemList problems;

    private IniReader(ProblemList problems) => this.problems = problems;

    /// <summary>The sections in the order of the file; lines that are none of the format's are reported.</summary>
    public static Node.Object Read(string text, ProblemList problems)
    {
        var reader = new IniReader(problems);
        var number = 0;
        foreach (var line in text.Split('\n'))
            reader.Take(WithoutComment(line.TrimEnd()), new(++number, 1));
        return new(new(1, 1), [.. reader.sections.Select(section => new Member(section.Name, section.Position, new Node.Object(section.Position, [.. section.Keys])))]);
    }

    private void Take(string line, Position position)
    {
        if (line.Length == 0)
            return;
        if (char.IsWhiteSpace(line[0]) && sections is [.., { Keys: [.., { Value: Node.Text last } member] keys }])
            keys[^1] = member with { Value = last with { Value = $"{last.Value}\n{line.Trim()}".TrimStart() } };
        else if (line[0] == '[' && line.EndsWith(']'))
            sections.Add((line[1..^1].Trim(), position, []));
        else if (sections.Count > 0 && line.IndexOfAny(['=', ':']) is var split and > 0)
            TakeKey(line[..split].Trim().ToLowerInvariant(), line[(split + 1)..].Trim(), position);
        else
            problems.Add(position, "is neither a [section] nor key=value; it is left out");
    }

    /// <summary>Of a key that is given twice, supervisord obeys the last.</summary>
    private void TakeKey(string name, string value, Position position)
    {
        var keys = sections[^1].Keys;
        keys.RemoveAll(key => key.Name == name);
        keys.Add(new(name, position, new Node.Text(position, value)));
    }

    /// <summary>A comment takes a whole line, or begins behind a space.</summary>
    private static string WithoutComment(string line)
    {
        if (line is [';' or '#', ..])
            return "";
        for (var i = 1; i < line.Length; i++)
            if (line[i] is ';' or '#' && char.IsWhiteSpace(line[i - 1]))
                return line[..i].TrimEnd();
        return line;
    }
}
