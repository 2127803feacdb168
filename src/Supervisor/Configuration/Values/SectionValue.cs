using System.Diagnostics.CodeAnalysis;
using Supervisor.Configuration.Json;

namespace Supervisor.Configuration.Values;

/// <summary>Reads objects whose members are read by a table of keys, or one by one.</summary>
internal static class SectionValue
{
    /// <summary>Any object.</summary>
    public static bool Read(Place at, [MaybeNullWhen(false)] out Section value)
    {
        value = at.Node is Node.Object section ? new(section, at.Path, at.Problems) : null;
        return value is not null || at.Expected("an object");
    }
}
