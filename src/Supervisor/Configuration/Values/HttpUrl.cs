using System.Diagnostics.CodeAnalysis;
using Supervisor.Configuration.Json;

namespace Supervisor.Configuration.Values;

/// <summary>Reads absolute http and https URLs.</summary>
internal static class HttpUrl
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
        if (text.StartsWith("https:", StringComparison.Ordinal) && Os.OpenSsl.IsMissing)
            return at.Fail("needs OpenSSL, which is not on this machine; install libssl.so.3 (Debian: libssl3), or use http");
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
