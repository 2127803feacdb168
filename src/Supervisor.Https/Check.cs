using System.Globalization;
using System.Net;

namespace Supervisor.Https;

/// <summary>
/// One GET or HEAD; 200 is good. Each is a connection of its own, for a kept one would hide a listener that is gone; no
/// proxy, no redirect, no cookie; and of the answer no more than its head is read.
/// </summary>
internal sealed record Check(ulong Id, TimeSpan Timeout, HttpMethod Method, bool Insecure, Uri Url)
{
    /// <summary>Reads <c>ID TIMEOUT_MS METHOD INSECURE URL</c>; null for anything else.</summary>
    public static Check? Parse(string line) =>
        line.Split(' ') is [var id, var timeout, ("GET" or "HEAD") and var method, ("0" or "1") and var insecure, var address]
        && ulong.TryParse(id, NumberStyles.None, null, out var number)
        && int.TryParse(timeout, NumberStyles.None, null, out var milliseconds)
        && Uri.TryCreate(address, UriKind.Absolute, out var url)
        && url.Scheme is "http" or "https"
            ? new(number, TimeSpan.FromMilliseconds(milliseconds), new(method), insecure == "1", url)
            : null;

    /// <summary>The verdict, and what was seen. Never throws.</summary>
    public async Task<(string Verdict, string Detail)> RunAsync()
    {
        if (Url.Scheme == "https" && OpenSsl.IsMissing)
            return ("none", Failure.NoOpenSsl);
        try
        {
            using var deadline = new CancellationTokenSource(Timeout);
            // It has a handler of its own, with which all that is left of the connection ends.
            using var asker = new HttpMessageInvoker(NewHandler());
            using var request = new HttpRequestMessage(Method, Url) { Headers = { ConnectionClose = true } };
            using var response = await asker.SendAsync(request, deadline.Token).ConfigureAwait(false);
            return (response.StatusCode == HttpStatusCode.OK ? "good" : "bad", $"HTTP {(int)response.StatusCode}");
        }
        catch (OperationCanceledException)
        {
            return ("bad", $"no answer within {Wording.Duration(Timeout)}");
        }
        catch (Exception e)
        {
            return Failure.Judge(e);
        }
    }

    // Nothing is decompressed, by default. To say so would link zlib and brotli: 1.1 MB.
    private SocketsHttpHandler NewHandler()
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            PooledConnectionLifetime = TimeSpan.Zero,
            MaxResponseHeadersLength = 16, // KB
            MaxResponseDrainSize = 0,
            ResponseDrainTimeout = TimeSpan.Zero,
            ConnectTimeout = System.Threading.Timeout.InfiniteTimeSpan, // bounded with the rest of the check
        };
        if (Insecure)
            Trust.Anybody(handler.SslOptions);
        else if (Url.Scheme == "https")
            Trust.Known(handler.SslOptions);
        return handler;
    }
}
