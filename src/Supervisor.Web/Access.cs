using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Supervisor.Web;

/// <summary>Who may do what. A browser sends requests for any page that its user looks at, so that a request comes from this machine proves nothing.</summary>
/// <param name="token">What has to be shown; null where the page is served to this machine alone.</param>
internal sealed class Access(string? token)
{
    /// <summary>The header that proves that a request was made by our page.</summary>
    public const string CsrfHeader = "X-CSRF-Token";

    private readonly byte[]? digest = token is null ? null : Digest(token);

    /// <summary>What the page has to send along with whatever changes something. Another site cannot read it.</summary>
    public string CsrfToken { get; } = RandomNumberGenerator.GetHexString(64, lowercase: true);

    /// <summary>Whether a token is asked for.</summary>
    public bool NeedsToken => token is not null;

    /// <summary>What the cookie holds: not the token itself, since other servers on this host see the cookie too.</summary>
    public string CookieValue { get; } = token is null ? "" : Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(token), "supervisor-web"u8));

    /// <summary>
    /// Whether the request was meant for us. Without a token, a name that is not this machine's may be one that somebody has pointed here, to
    /// have our page belong to his (DNS rebinding). With one, he would have to know it.
    /// </summary>
    public bool IsForUs(HostString host) => NeedsToken || IsLoopback(host.Host);

    /// <summary>Whether the token is shown, as a bearer token or as the cookie.</summary>
    public bool IsKnown(IHeaderDictionary headers, string? cookie)
    {
        const string Bearer = "Bearer ";
        if (!NeedsToken)
            return true;
        var given = headers.Authorization.ToString();
        return (given.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) && IsToken(given[Bearer.Length..].Trim()))
            || (cookie is not null && CryptographicOperations.FixedTimeEquals(Digest(cookie), Digest(CookieValue)));
    }

    /// <summary>Whether this is the token. How long that takes tells nothing.</summary>
    public bool IsToken(string given) => digest is not null && CryptographicOperations.FixedTimeEquals(Digest(given), digest);

    /// <summary>Whether the request was made by our page, or by no page at all. A proxy may have changed http to https, but not the name.</summary>
    public static bool IsSameOrigin(IHeaderDictionary headers)
    {
        if (headers["Sec-Fetch-Site"].ToString() is not ("" or "same-origin" or "none"))
            return false;
        var origin = headers.Origin.ToString();
        return origin.Length == 0 || (Uri.TryCreate(origin, UriKind.Absolute, out var uri) && string.Equals(uri.Authority, headers.Host.ToString(), StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Whether a request that changes something comes from our page.</summary>
    public bool IsOurs(IHeaderDictionary headers) =>
        IsSameOrigin(headers) && CryptographicOperations.FixedTimeEquals(Digest(headers[CsrfHeader].ToString()), Digest(CsrfToken));

    private static bool IsLoopback(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    /// <summary>So that what is compared is of one length, whatever was given.</summary>
    private static byte[] Digest(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
