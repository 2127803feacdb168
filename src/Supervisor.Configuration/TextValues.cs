using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Supervisor.Configuration;

/// <summary>Reads strings.</summary>
public static class TextValue
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

/// <summary>Reads absolute http and https URLs.</summary>
public static class HttpUrl
{
    private const string Wanted = "an absolute http:// or https:// URL";

    /// <summary>An absolute URL without user name and password, which no request would carry.</summary>
    public static bool Read(Place at, [MaybeNullWhen(false)] out Uri value)
    {
        value = null;
        if (at.Node is not Node.Text { Value: var text } || !HasHttpScheme(text) || text.Any(IsForbidden))
            return at.Expected(Wanted);
        if (!Uri.TryCreate(text, UriKind.Absolute, out value))
            return at.Expected(Wanted);
        if (text.StartsWith("https:", StringComparison.Ordinal) && OpenSsl.IsMissing)
            at.Miss("needs OpenSSL, which is not on this machine; install libssl.so.3 (Debian: libssl3), or use http");
        return !HasUser(text) || at.Fail("must not hold a user name or password: they would not be sent");
    }

    /// <summary>Whether a character has no place in a URL: space and control characters.</summary>
    public static bool IsForbidden(char letter) => char.IsWhiteSpace(letter) || char.IsControl(letter);

    private static bool HasHttpScheme(string text) =>
        text.StartsWith("http://", StringComparison.Ordinal) || text.StartsWith("https://", StringComparison.Ordinal);

    // RFC 3986, 3.2: what is before an @ in the authority, which ends at the first / ? or #.
    private static bool HasUser(string text)
    {
        var authority = text[(text.IndexOf("//", StringComparison.Ordinal) + 2)..];
        return authority.Split('/', '?', '#')[0].Contains('@');
    }
}

/// <summary>Reads a value that is one of a few words.</summary>
public static class ChoiceValue
{
    private static readonly ImmutableArray<string> s_signals =
        ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGKILL", "SIGWINCH"];

    /// <summary>True or false.</summary>
    public static bool Flag(Place at, out bool value)
    {
        var given = (at.Node.Scalar as Node.Literal)?.Value;
        value = given ?? false;
        return given is not null || at.Expected("true or false");
    }

    /// <summary>When to restart.</summary>
    public static bool Restart(Place at, out RestartMode value)
    {
        RestartMode? mode = (at.Node as Node.Text)?.Value switch
        {
            "always" => RestartMode.Always,
            "on-failure" => RestartMode.OnFailure,
            "no" => RestartMode.No,
            _ => null,
        };
        value = mode ?? default;
        return mode is not null || at.Expected("always, on-failure or no");
    }

    /// <summary>How HTTP asks.</summary>
    public static bool Method(Place at, [MaybeNullWhen(false)] out string value)
    {
        value = (at.Node as Node.Text)?.Value;
        return value is "GET" or "HEAD" || at.Expected("GET or HEAD");
    }

    /// <summary>The name of a signal.</summary>
    public static bool Signal(Place at, [MaybeNullWhen(false)] out string value)
    {
        value = (at.Node as Node.Text)?.Value;
        return (value is not null && s_signals.Contains(value)) || at.Expected($"one of {string.Join(", ", s_signals)}");
    }
}
