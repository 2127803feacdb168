using System.Text;

namespace Supervisor.Converters;

/// <summary>A section of an ini file, or what several files say in one of that name.</summary>
/// <param name="Name">What stands between the brackets.</param>
/// <param name="At">Where it begins.</param>
internal sealed record IniSection(string Name, Setting At)
{
    private readonly Dictionary<string, Setting> keys = [];

    /// <summary>Its keys; of one that was given twice, the last.</summary>
    public IReadOnlyCollection<Setting> Settings => keys.Values;

    /// <summary>One of them.</summary>
    public Setting? Find(string key) => keys.GetValueOrDefault(key);

    /// <summary>Adds a key, or replaces it.</summary>
    public void Set(Setting setting) => keys[setting.Key] = setting;
}

/// <summary>
/// Reads ini files as supervisord does, by Python's configparser: files and sections of the same name are merged, a line that is further indented than
/// its key goes on with the value, a comment takes a line, or begins behind a space.
/// </summary>
internal sealed class IniReader(Report report)
{
    private readonly Dictionary<string, IniSection> sections = [];

    /// <summary>The sections of all files so far.</summary>
    public IReadOnlyCollection<IniSection> Sections => sections.Values;

    /// <summary>One of them.</summary>
    public IniSection? Find(string name) => sections.GetValueOrDefault(name);

    /// <summary>Adds what a file says.</summary>
    public void Read(Source source)
    {
        var (indent, number, begin) = (0, 0, 0);
        IniSection? section = null;
        string? key = null;
        var value = new StringBuilder();
        foreach (var line in source.Text.Split('\n'))
        {
            number++;
            var text = WithoutComment(line).Trim();
            if (text.Length == 0)
                continue;
            var own = line.Length - line.TrimStart().Length;
            if (section is not null && key is not null && own > indent)
            {
                value.Append('\n').Append(text);
                continue;
            }
            Finish();
            indent = own;
            if (text is ['[', .. var name, ']'])
                (section, key) = (SectionOf(name.Trim(), source.At(number, name.Trim())), null);
            else if (section is not null && text.IndexOfAny(['=', ':']) is var split and > 0)
            {
                key = text[..split].Trim().ToLowerInvariant();
                value.Clear().Append(text[(split + 1)..].Trim());
                begin = number;
            }
            else
            {
                key = null;
                report.Say(Weight.Danger, $"{source.Path}:{number}:1", null, Printable.Quote(text), "is neither a [section] nor key=value, so it is left out");
            }
        }
        Finish();

        void Finish()
        {
            if (key is not null)
                section!.Set(source.At(begin, key, value.ToString().Trim()));
        }
    }

    private IniSection SectionOf(string name, Setting at)
    {
        if (!sections.TryGetValue(name, out var section))
            sections.Add(name, section = new(name, at));
        return section;
    }

    private static string WithoutComment(string line)
    {
        for (var i = 0; i < line.Length; i++)
            if (line[i] is ';' or '#' && (i == 0 || char.IsWhiteSpace(line[i - 1])))
                return line[..i];
        return line;
    }
}
