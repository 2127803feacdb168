using System.Collections.Immutable;
using Supervisor.Configuration.Json;

namespace Supervisor.Configuration.Values;

/// <summary>Reads environment variables.</summary>
internal static class EnvironmentValue
{
    /// <summary>An object of strings.</summary>
    public static bool Read(Place at, out ImmutableSortedDictionary<string, string> value)
    {
        var variables = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        value = variables.ToImmutable();
        if (!SectionValue.Read(at, out var section))
            return false;
        foreach (var member in section.Members)
            if (ReadName(section, member) & ReadText(section.Of(member), out var text))
                variables.Add(member.Name, text);
        value = variables.ToImmutable();
        return value.Count == section.Members.Length;
    }

    // POSIX, "Environment Variables": NAME=value, ended by NUL.
    private static bool ReadName(Section section, Member member)
    {
        if (member.Name.Length > 0 && !member.Name.Contains('=') && !member.Name.Contains('\0'))
            return true;
        section.FailAtKey(member, $"{Printable.Quote(member.Name)} is not a variable name; it must not be empty nor contain = or NUL");
        return false;
    }

    private static bool ReadText(Place at, out string text)
    {
        text = "";
        return at.Node is Node.Number or Node.Literal { Value: not null }
            ? at.Fail($"must be a string; write \"{at.Node.Description}\"")
            : TextValue.WithoutNul(at, out text!);
    }
}
