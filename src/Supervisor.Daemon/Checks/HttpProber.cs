using System.Net.Sockets;
using System.Net;

namespace Supervisor.Daemon.Checks;

/// <summary>
/// One GET or HEAD; 200 is good. Each probe is a connection of its own, for a kept one would hide a listener that is gone;
/// no proxy, no redirect, no cookie; and of the answer no more than its head is read.
/// </summary>
internal sealed class HttpProber : IDisposable
{
    private readonly HttpClient client = new(NewHandler()) { Timeout = Timeout.InfiniteTimeSpan }; // each service has its own

    private readonly Lazy<HttpClient> trusting = new(() => new(NewTrustingHandler()) { Timeout = Timeout.InfiniteTimeSpan });

    public async Task<ProbeResult> ProbeAsync(ServiceConfig service)
    {
        using var deadline = ProbeDeadline.After(service.HealthTimeout);
        using var request = new HttpRequestMessage(service.HealthMethod, service.HealthUrl);
        request.Headers.ConnectionClose = true;
        try
        {
            var asker = service.HealthInsecure ? trusting.Value : client;
            using var response = await asker.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token).ConfigureAwait(false);
            return response.StatusCode == HttpStatusCode.OK ? Healthy : new(Verdict.Bad, $"HTTP {(int)response.StatusCode}");
        }
        catch (OperationCanceledException)
        {
            return ProbeResult.Late(service.HealthTimeout);
        }
        catch (HttpRequestException e)
        {
            return Judge(e);
        }
        catch (Exception e)
        {
            return ProbeResult.None(e);
        }
    }

    public void Dispose()
    {
        client.Dispose();
        if (trusting.IsValueCreated)
            trusting.Value.Dispose();
    }

    private static ProbeResult Healthy { get; } = new(Verdict.Good, "HTTP 200");

    private static ProbeResult Judge(HttpRequestException e) => e.InnerException is SocketException socket
        ? SocketFailure.Judge(socket)
        : new(Verdict.Bad, ProbeResult.Quoting(e.InnerException ?? e));

    // Nothing is decompressed, by default. To say so would link zlib and brotli: 1.1 MB.
    private static SocketsHttpHandler NewHandler() => new()
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        PooledConnectionLifetime = TimeSpan.Zero,
        MaxResponseHeadersLength = 16, // KB
        MaxResponseDrainSize = 0,
        ResponseDrainTimeout = TimeSpan.Zero,
        ConnectTimeout = Timeout.InfiniteTimeSpan, // bounded with the rest of the probe
    };

    /// <summary>Takes any certificate, for those who said so: of what is asked on this machine, a self-signed one is the rule.</summary>
    private static SocketsHttpHandler NewTrustingHandler()
    {
        var handler = NewHandler();
#pragma warning disable CA5359 // That is what was asked for.
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        return handler;
    }
}
