using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Supervisor.Https;

/// <summary>
/// One request, whose address and body come in variables, for anybody may read the arguments of a process. The answer's
/// body is not read. The address is never told: often it is all that is secret.
/// </summary>
internal static class Notice
{
    public static async Task<int> SendAsync(HttpMethod method)
    {
        var body = Environment.GetEnvironmentVariable("SUPERVISOR_BODY");
        if (!Uri.TryCreate(Environment.GetEnvironmentVariable("SUPERVISOR_URL"), UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            return Usage.Fail("SUPERVISOR_URL is no address of http or https");
        if (body is null && method == HttpMethod.Post)
            return Usage.Fail("SUPERVISOR_BODY is not set");
        if (!int.TryParse(Environment.GetEnvironmentVariable("SUPERVISOR_PATIENCE_MS") ?? "30000", NumberStyles.None, null, out var patience))
            return Usage.Fail("SUPERVISOR_PATIENCE_MS is no number");
        using var request = new HttpRequestMessage(method, url);
        if (method == HttpMethod.Post)
            request.Content = new StringContent(body!, new MediaTypeHeaderValue("application/json"));
        if (await FailureOfAsync(request, TimeSpan.FromMilliseconds(patience)).ConfigureAwait(false) is not { } reason)
            return 0;
        Console.Out.WriteLine(Failure.Quote(reason));
        return 1;
    }

    private static async Task<string?> FailureOfAsync(HttpRequestMessage request, TimeSpan patience)
    {
        Trust.LimitRuntimeTo(Trust.Bundle);
        try
        {
            using var deadline = new CancellationTokenSource(patience);
            using var sender = new HttpMessageInvoker(new SocketsHttpHandler { ConnectCallback = ConnectAsync });
            using var response = await sender.SendAsync(request, deadline.Token).ConfigureAwait(false);
            return response.IsSuccessStatusCode ? null : $"HTTP {(int)response.StatusCode}";
        }
        catch (OperationCanceledException)
        {
            return $"no answer within {Wording.Duration(patience)}";
        }
        catch (Exception e)
        {
            return Failure.Tell(e);
        }
    }

    /// <summary>As the runtime does it, but for a question first: a redirect, too, may lead to where OpenSSL is needed.</summary>
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        if (context.InitialRequestMessage.RequestUri!.Scheme == "https" && OpenSsl.IsMissing)
            throw new AuthenticationException(Failure.NoOpenSsl);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancel).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
