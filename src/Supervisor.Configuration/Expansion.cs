using System.Collections.Immutable;
using System.Text;

namespace Supervisor.Configuration;

/// <summary>
/// Puts variables into texts: <c>${NAME}</c>, <c>${NAME:-default}</c> where it is unset or empty, and <c>$$</c> for a dollar
/// sign. A default may hold the same again. Any other dollar sign stays, for most of them are meant for a shell.
/// </summary>
/// <param name="variables">All that there are.</param>
public sealed class Expansion(ImmutableDictionary<string, string> variables)
{
    private const int Deepest = 16;
    private const int TooDeep = -2;

    /// <summary>Of the supervisor's own environment.</summary>
    public static Expansion OfEnvironment { get; } = new(
        InheritedEnvironment.Texts.DistinctBy(variable => variable.Key).ToImmutableDictionary());

    /// <summary>The same with variables added or replaced.</summary>
    public Expansion With(IEnumerable<KeyValuePair<string, string>> more) => new(variables.SetItems(more));

    /// <summary>The same object with all its texts expanded, or reported; some of its keys may be left out.</summary>
    public Section In(Section section, params string[] except) => section with
    {
        Object = section.Object with
        {
            Members = [.. section.Members.Select(member => except.Contains(member.Name) ? member : member with { Value = In(section.Of(member)) })],
        },
    };

    /// <summary>The same value, likewise.</summary>
    public Node In(Place at) => at.Node switch
    {
        Node.Text text => text with { Value = In(at, text.Value), Written = text.Written },
        Node.Array array => array with { Items = [.. at.Items().Select(In)] },
        Node.Object inner => In(new Section(inner, at.Path, at.Problems)).Object,
        var other => other,
    };

    private string In(Place at, string text)
    {
        var result = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
            switch (text.AsSpan(i))
            {
                case ['$', '$', ..]:
                    result.Append('$');
                    i++;
                    break;
                case ['$', '{', ..]:
                    var end = EndOf(text, i);
                    if (end < 0)
                    {
                        at.Fail(end == TooDeep ? $"has more than {Deepest} ${{ within each other" : "has a ${ without }; write $${ for the text itself");
                        return text;
                    }
                    result.Append(Value(at, text[(i + 2)..end]));
                    i = end;
                    break;
                default:
                    result.Append(text[i]);
                    break;
            }
        return result.ToString();
    }

    /// <summary>It may be set at the next start. But where to look for what an earlier supervisor left nobody can guess.</summary>
    private static void FailUnset(Place at, string message)
    {
        if (at.Path is "state_dir" or "log_dir")
            at.Fail(message);
        else
            at.Lack(message);
    }

    /// <summary>Where the } is that belongs to a ${; below 0 if there is none.</summary>
    private static int EndOf(string text, int start)
    {
        var depth = 0;
        for (var i = start; i < text.Length && depth <= Deepest; i++)
            switch (text.AsSpan(i))
            {
                case ['$', '$', ..]:
                    i++;
                    break;
                case ['$', '{', ..]:
                    depth++;
                    break;
                case ['}', ..] when --depth == 0:
                    return i;
            }
        return depth > Deepest ? TooDeep : -1;
    }

    private string Value(Place at, string reference)
    {
        var parts = reference.Split(":-", 2);
        var value = variables.GetValueOrDefault(parts[0]);
        if (!EnvFile.IsName(parts[0]))
            at.Fail($"has {Printable.Quote($"${{{reference}}}")}, which names no variable; write $${{ for the text itself");
        else if (value is null && parts.Length == 1)
            FailUnset(at, $"${{{parts[0]}}} is not set, neither for the supervisor nor in env_file; set it, give a default as in ${{{parts[0]}:-default}}, or write $${{{parts[0]}}} for the text itself");
        return string.IsNullOrEmpty(value) ? In(at, parts.ElementAtOrDefault(1) ?? "") : value;
    }
}
