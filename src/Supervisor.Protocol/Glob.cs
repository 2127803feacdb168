using System.Buffers;
using System.IO.Enumeration;

namespace Supervisor.Protocol;

/// <summary>Names that stand for several: <c>*</c> is any text, <c>?</c> is any character.</summary>
public static class Glob
{
    private static readonly SearchValues<char> Special = SearchValues.Create("*?\\");

    /// <summary>Whether a name is more than itself.</summary>
    public static bool Is(string name) => name.AsSpan().ContainsAny(Special);

    /// <summary>Whether a name, or a glob, means this one.</summary>
    public static bool Matches(string pattern, string name) =>
        pattern == name || (Is(pattern) && FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false));
}
