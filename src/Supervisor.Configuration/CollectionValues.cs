using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Supervisor.Configuration;

/// <summary>Reads objects whose members are read by a table of keys, or one by one.</summary>
public static class SectionValue
{
    /// <summary>Any object.</summary>
    public static bool Read(Place at, [MaybeNullWhen(false)] out Section value)
    {
        value = at.Node is Node.Object section ? new(section, at.Path, at.Problems) : null;
        return value is not null || at.Expected("an object");
    }

    /// <summary>The place of a member's value; null where it is not there, or this is no object.</summary>
    public static Place? Find(Place at, string key) =>
        at.Node is Node.Object node && node.Members.FirstOrDefault(member => member.Name == key) is { } member ? new Section(node, at.Path, at.Problems).Of(member) : null;
}

/// <summary>Reads a command and its arguments.</summary>
public static class CommandValue
{
    private const string Wanted = """an array, such as ["python3", "guardian.py"]""";

    /// <summary>A program's name, not empty, and its arguments.</summary>
    public static bool Read(Place at, out ImmutableArray<string> value)
    {
        value = [];
        if (at.Node is not Node.Array array)
            return at.Fail($"must be {Wanted}");
        if (array.Items.IsEmpty)
            return at.Fail($"must not be empty; write {Wanted}");
        value = ReadWords(at);
        return value.Length == array.Items.Length && NamesProgram(value, at);
    }

    // Every word is looked at, so that all wrong ones are reported.
    private static ImmutableArray<string> ReadWords(Place at)
    {
        var words = ImmutableArray.CreateBuilder<string>();
        foreach (var item in at.Items())
            if (TextValue.WithoutNul(item, out var word))
                words.Add(word);
        return words.ToImmutable();
    }

    private static bool NamesProgram(ImmutableArray<string> words, Place at) =>
        words[0].Length > 0 || at.Items().First().Fail("must name the program to run, but is empty");
}

/// <summary>What a service depends on.</summary>
/// <param name="Names">The names.</param>
/// <param name="Conditions">How these have to be; of those that are not here, that they are healthy is wanted.</param>
public readonly record struct Dependencies(IReadOnlyList<string> Names, IReadOnlyDictionary<string, Condition> Conditions);

/// <summary>Reads names of services. Whether there are such services is not known yet.</summary>
public static class NamesValue
{
    /// <summary>An array of names, each once, which have to be healthy; or an object, name → how it has to be. Both may be empty.</summary>
    public static bool Read(Place at, out Dependencies value)
    {
        var names = new List<string>();
        value = new([], ServiceSpec.NoConditions);
        if (at.Node is Node.Object node)
            return ReadConditions(new(node, at.Path, at.Problems), out value);
        if (at.Node is not Node.Array array)
            return at.Expected("""an array of names of services, such as ["postgres"], or an object, such as {"postgres": "healthy"}""");
        foreach (var item in at.Items())
            if (TextValue.Any(item, out var name) && (!names.Contains(name) || item.Fail($"{Printable.Quote(name)} is named twice; once is enough")))
                names.Add(name);
        value = value with { Names = names.Count == 0 ? [] : [.. names] };
        return names.Count == array.Items.Length;
    }

    private static bool ReadConditions(Section section, out Dependencies value)
    {
        var (names, conditions, isGood) = (new List<string>(), new Dictionary<string, Condition>(), true);
        foreach (var member in section.Members)
        {
            Condition? condition = (member.Value as Node.Text)?.Value switch
            {
                "healthy" => Condition.Healthy,
                "started" => Condition.Started,
                "completed" => Condition.Completed,
                _ => null,
            };
            isGood &= condition is not null || section.Of(member).Expected("started, healthy or completed");
            names.Add(member.Name);
            conditions.Add(member.Name, condition ?? default);
        }
        value = new(names, conditions);
        return isGood;
    }
}

/// <summary>Reads environment variables.</summary>
public static class EnvironmentValue
{
    /// <summary>An object of strings.</summary>
    public static bool Read(Place at, out ImmutableSortedDictionary<string, string> value)
    {
        var variables = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        value = variables.ToImmutable();
        if (!SectionValue.Read(at, out var section))
            return false;
        foreach (var member in section.Members)
            if (ReadName(section, member) & ReadText(section.Of(member), out var text) && text is not null)
                variables.Add(member.Name, text);
        value = variables.ToImmutable();
        return value.Count == section.Members.Count(member => member.Value is not Node.Literal { Value: null });
    }

    // POSIX, "Environment Variables": NAME=value, ended by NUL.
    private static bool ReadName(Section section, Member member)
    {
        var isName = member.Name.Length > 0 && !member.Name.Contains('=') && !member.Name.Contains('\0');
        if (isName && !ReservedVariable.Is(member.Name))
            return true;
        section.FailAtKey(member, isName ? ReservedVariable.Rule : $"{Printable.Quote(member.Name)} is not a variable name; it must not be empty nor contain = or NUL");
        return false;
    }

    private static bool ReadText(Place at, out string? text)
    {
        text = null;
        return at.Node switch
        {
            Node.Literal { Value: null } => true,
            Node.Number or Node.Literal => at.Fail($"must be a string; write \"{at.Node.Description}\""),
            _ => TextValue.WithoutNul(at, out text),
        };
    }
}

/// <summary>What the supervisor gives every daemon, or its commands, for themselves.</summary>
public static class ReservedVariable
{
    /// <summary>The rule, in the words of an error message.</summary>
    public const string Rule = "is a variable that the supervisor sets itself, so this value would be lost; choose another name";

    /// <summary>Whether a name is one of them.</summary>
    public static bool Is(string name) =>
        name is "SUPERVISOR_SERVICE" or "SUPERVISOR_GENERATION" or "SUPERVISOR_STATE_DIR" or "SUPERVISOR_PID" or "SUPERVISOR_EVENT" or "SUPERVISOR_REASON";
}

/// <summary>Reads the paths of files of variables.</summary>
public static class EnvFileValue
{
    /// <summary>One path, or several of which the later ones win.</summary>
    public static bool Read(Place at, out IReadOnlyList<(string Path, Place At)> value)
    {
        var paths = new List<(string, Place)>();
        value = paths;
        if (at.Node is not (Node.Text or Node.Array))
            return at.Expected("a path, or an array of paths");
        var items = at.Node is Node.Array ? [.. at.Items()] : new[] { at };
        foreach (var item in items)
            if (TextValue.FilePath(item, out var path))
                paths.Add((path, item));
        return paths.Count == items.Length;
    }
}
