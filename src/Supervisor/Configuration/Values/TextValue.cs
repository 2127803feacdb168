using System.Diagnostics.CodeAnalysis;
using Supervisor.Configuration.Json;

namespace Supervisor.Configuration.Values;

/// <summary>Reads strings.</summary>
internal static class TextValue
{
    /// <summary>Any string.</summary>
    public static bool Any(Place at, [MaybeNullWhen(false)] out string value)
    {
        value = (at.Node as Node.Text)?.Value;
        return value is not null || at.Expected("a string");
    }

    /// <summary>A string that can be passed to the system, whose own strings end at the first NUL.</summary>
    public static bool WithoutNul(Place at, [MaybeNullWhen(false)] out string value) =>
        Any(at, out value) && (!value.Contains('\0') || at.Fail("must not contain a NUL character"));

    /// <summary>A path, absolute or relative.</summary>
    public static bool FilePath(Place at, [MaybeNullWhen(false)] out string value) =>
        WithoutNul(at, out value) && (value.Length > 0 || at.Fail("must not be empty; write . for the folder of this file"));

    /// <summary>The path part of a URL: starts with a slash, without space or control characters.</summary>
    public static bool UrlPath(Place at, [MaybeNullWhen(false)] out string value) =>
        Any(at, out value) && (IsUrlPath(value) || at.Expected("a path that starts with / and has no spaces, such as /health"));

    private static bool IsUrlPath(string text) => text.StartsWith('/') && !text.Any(HttpUrl.IsForbidden);
}
