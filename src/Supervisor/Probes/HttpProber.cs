using System.Net;
using System.Net.Sockets;
using Supervisor.Configuration;
using Supervisor.Kernel;

namespace Supervisor.Probes;

/// <summary>
/// One GET; 200 is good. Each probe is a connection of its own, for a kept one would hide a listener that is gone;
/// no proxy, no redirect, no cookie; and of the answer no more than its head is read.
/// </summary>
internal sealed class HttpProber : IProber, IDisposable
{
    // CancelAfter takes no more than 49 days; nobody waits for a probe for even one.
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(1);

    // Nothing is decompressed, by default. To say so would link zlib and brotli: 1.1 MB.
    private readonly HttpClient client = new(new SocketsHttpHandler
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
    })
    {
        Timeout = Timeout.InfiniteTimeSpan, // each service has its own
    };

    public async Task<ProbeResult> ProbeAsync(ServiceConfig service)
    {
        using var deadline = new CancellationTokenSource(Min(service.HealthTimeout, LongestTimeout));
        using var request = new HttpRequestMessage(HttpMethod.Get, service.HealthUrl);
        request.Headers.ConnectionClose = true;
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token).ConfigureAwait(false);
            return response.StatusCode == HttpStatusCode.OK ? Healthy : new(Verdict.Bad, $"HTTP {(int)response.StatusCode}");
        }
        catch (OperationCanceledException)
        {
            return new(Verdict.Bad, $"no answer within {Wording.Duration(service.HealthTimeout)}");
        }
        catch (HttpRequestException e)
        {
            return Judge(e);
        }
        catch (Exception e)
        {
            return new(Verdict.None, $"the prober failed: {e.Message}");
        }
    }

    public void Dispose() => client.Dispose();

    private static ProbeResult Healthy { get; } = new(Verdict.Good, "HTTP 200");

    /// <summary>Our own want of descriptors, ports or memory says nothing about the service.</summary>
    private static ProbeResult Judge(HttpRequestException e) => e.InnerException is SocketException socket
        ? new(IsOurs(socket.SocketErrorCode) ? Verdict.None : Verdict.Bad, Describe(socket))
        : new(Verdict.Bad, e.InnerException?.Message ?? e.Message);

    private static bool IsOurs(SocketError error) => error is
        SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable or SocketError.AddressNotAvailable or SocketError.ProcessLimit;

    private static string Describe(SocketException e) => e.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.ConnectionReset => "connection reset",
        _ => e.Message,
    };

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
