using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Supervisor.Tests.Probes;

/// <summary>The prober against endpoints that misbehave. Alone, for what it allocates is measured in the whole process.</summary>
[Collection(nameof(Alone))]
public sealed class HttpProberTests : IDisposable
{
    private const string Ok = "HTTP/1.1 200 OK\r\n";

    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1);

    private readonly HttpProber prober = new();

    public void Dispose() => prober.Dispose();

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.0 200 OK\r\n\r\nok")]
    [InlineData("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 Every thing is fine\r\n\r\n")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nshort")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore than nothing")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno chunk")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\u001f\u008b nothing of the kind")]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nSet-Cookie: \u00ff\u00fe=;;;\r\n\r\n")]
    public async Task The_status_200_is_good_whatever_comes_with_it(string answer)
    {
        await using var endpoint = Endpoint.ThatSays(answer);
        Assert.Equal(new(Verdict.Good, "HTTP 200"), await ProbeAsync(endpoint));
    }

    [Theory]
    [InlineData(201)]
    [InlineData(204)]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(999)]
    public async Task Any_other_status_is_bad_and_no_redirect_is_followed(int status)
    {
        await using var target = Endpoint.ThatSays(Ok + "\r\n");
        await using var endpoint = Endpoint.ThatSays($"HTTP/1.1 {status} X\r\nLocation: {target.Service.HealthUrl}\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal(new(Verdict.Bad, $"HTTP {status}"), await ProbeAsync(endpoint));
        Assert.Equal((1, 0), (endpoint.Connections, target.Connections));
    }

    [Fact]
    public async Task It_asks_as_it_is_told()
    {
        var asked = new TaskCompletionSource<string>();
        await using var endpoint = Endpoint.ThatAtOnce(async (client, cancel) =>
        {
            var request = new byte[4096];
            asked.SetResult(Encoding.ASCII.GetString(request, 0, await client.ReceiveAsync(request, cancel)));
            await client.SendAsync(Encoding.ASCII.GetBytes(Ok + "Content-Length: 7\r\n\r\n"), cancel);
        });
        Assert.Equal(new(Verdict.Good, "HTTP 200"), await prober.ProbeAsync(endpoint.Service with { HealthMethod = HttpMethod.Head }));
        Assert.StartsWith("HEAD /health HTTP/1.1\r\n", await asked.Task, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_to_itself_is_asked_once()
    {
        await using var endpoint = Endpoint.ThatSays("HTTP/1.1 302 Found\r\nLocation: /health\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal(new(Verdict.Bad, "HTTP 302"), await ProbeAsync(endpoint));
        Assert.Equal(1, endpoint.Connections);
    }

    [Theory]
    [InlineData("hello\r\n")]
    [InlineData("<html>HTTP/0.9</html>")]
    [InlineData("\r\n\r\n\r\n")]
    [InlineData("\0\0\0\0\0\0\0\0\0\0\0\0\r\n\r\n")]
    [InlineData("\u001b[2J\u0007\u0000 HTTP/1.1 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200\u001b[2J\u0085 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 2000 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 -200 OK\r\n\r\n")]
    [InlineData("HTTP/2.0 200 OK\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nno \u001b[31mcolon\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n: no name\r\n\r\n")]
    [InlineData("A line as long as the prober takes, LONG\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")]
    public async Task What_is_no_answer_of_HTTP_is_bad_and_is_told_on_one_printable_line(string answer)
    {
        await using var endpoint = Endpoint.That(async (client, cancel) => await client.SendAsync(Encoding.Latin1.GetBytes(answer.Replace("LONG", new string('\a', 10_000), StringComparison.Ordinal)), cancel));
        var result = await ProbeAsync(endpoint);
        Assert.Equal(Verdict.Bad, result.Verdict);
        Assert.DoesNotContain(result.Detail, char.IsControl);
        Assert.InRange(result.Detail.Length, 1, 200);
    }

    [Theory]
    [InlineData("")]
    [InlineData("H")]
    [InlineData("HTTP/1.1 200")]
    [InlineData("HTTP/1.1 200 OK\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nServer: x\r\n")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n")]
    public async Task Half_an_answer_is_bad_when_the_time_is_up(string start)
    {
        await using var endpoint = Endpoint.ThatSays(start);
        Assert.Equal(new(Verdict.Bad, "no answer within 500ms"), await ProbeAsync(endpoint));
    }

    [Fact]
    public async Task One_byte_after_the_other_buys_no_time()
    {
        await using var endpoint = Endpoint.That(async (client, cancel) =>
        {
            foreach (var letter in Ok + "Server: a very slow one\r\n\r\n")
            {
                await client.SendAsync(new[] { (byte)letter }, cancel);
                await Task.Delay(50, cancel);
            }
        });
        Assert.Equal(new(Verdict.Bad, "no answer within 500ms"), await ProbeAsync(endpoint));
    }

    [Theory]
    [InlineData("", "x")]
    [InlineData("HTTP/1.1 200 ", "OK ")]
    [InlineData(Ok, "X: y\r\n")]
    [InlineData(Ok + "X: ", "y")]
    [InlineData("", "HTTP/1.1 100 Continue\r\n\r\n")]
    [InlineData("", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")]
    [InlineData("", "\r\n")]
    [InlineData("", "\0")]
    public async Task An_endless_head_is_bad_and_costs_neither_time_nor_memory(string start, string piece)
    {
        await using var endpoint = Endpoint.ThatSaysForEver(start, piece);
        Assert.Equal(Verdict.Bad, (await ProbeAsync(endpoint)).Verdict);
    }

    [Theory]
    [InlineData(Ok + "\r\n")]
    [InlineData(Ok + "Content-Length: 9223372036854775807\r\n\r\n")]
    [InlineData(Ok + "Transfer-Encoding: chunked\r\n\r\n7fffffff\r\n")]
    [InlineData(Ok + "Content-Encoding: gzip\r\n\r\n\u001f\u008b\b\0\0\0\0\0\0\u0003")]
    public async Task An_endless_body_is_not_read(string head)
    {
        await using var endpoint = Endpoint.ThatSaysForEver(head, "\0");
        Assert.Equal(new(Verdict.Good, "HTTP 200"), await ProbeAsync(endpoint));
    }

    [Fact]
    public async Task A_connection_that_is_reset_is_bad()
    {
        await using var endpoint = Endpoint.ThatAtOnce((client, _) =>
        {
            client.LingerState = new(true, 0);
            return Task.CompletedTask;
        });
        Assert.Equal(Verdict.Bad, (await ProbeAsync(endpoint)).Verdict);
    }

    [Fact]
    public async Task A_port_that_nobody_listens_on_is_bad()
    {
        using var unused = new TcpListener(IPAddress.Loopback, 0);
        unused.Start();
        var service = Endpoint.At(((IPEndPoint)unused.LocalEndpoint).Port);
        unused.Stop();
        Assert.Equal(new(Verdict.Bad, "connection refused"), await prober.ProbeAsync(service));
    }

    /// <summary>Else a listener that is gone would go unnoticed for as long as the connection to it is kept.</summary>
    [Fact]
    public async Task Each_probe_is_a_connection_of_its_own_even_to_one_that_would_keep_it()
    {
        await using var endpoint = Endpoint.ThatSays(Ok + "Connection: keep-alive\r\nKeep-Alive: timeout=60\r\nContent-Length: 0\r\n\r\n");
        for (var probe = 1; probe <= 5; probe++)
        {
            Assert.Equal(Verdict.Good, (await ProbeAsync(endpoint)).Verdict);
            Assert.Equal(probe, endpoint.Connections);
        }
    }

    /// <summary>The first connection is tried again by TCP after a second; the second probe must not wait for that.</summary>
    [Fact]
    public async Task A_listener_that_takes_connections_again_is_good_at_once()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux drops a connection that its listener has no room for");
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        var service = Endpoint.At(((IPEndPoint)listener.LocalEndPoint!).Port) with { HealthTimeout = TimeSpan.FromMilliseconds(300) };
        using var first = new TcpClient();
        await first.ConnectAsync(IPAddress.Loopback, service.HealthUrl!.Port, TestContext.Current.CancellationToken);
        Assert.Equal(new(Verdict.Bad, "no answer within 300ms"), await prober.ProbeAsync(service));
        using var accepted = await listener.AcceptAsync(TestContext.Current.CancellationToken);

        var probing = prober.ProbeAsync(service);
        using var second = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        await second.ReceiveAsync(new byte[4096], TestContext.Current.CancellationToken);
        await second.SendAsync(Encoding.ASCII.GetBytes(Ok + "\r\n"), TestContext.Current.CancellationToken);

        Assert.Equal(new(Verdict.Good, "HTTP 200"), await probing);
    }

    /// <summary>Probes, and sees to it that neither time nor memory is wasted on the answer, nor on the endpoint's own.</summary>
    private async Task<ProbeResult> ProbeAsync(Endpoint endpoint)
    {
        const long allowed = 4 * 1024 * 1024;
        var (clock, before) = (Stopwatch.GetTimestamp(), GC.GetTotalAllocatedBytes());
        var result = await prober.ProbeAsync(endpoint.Service);
        Assert.InRange(Stopwatch.GetElapsedTime(clock), TimeSpan.Zero, endpoint.Service.HealthTimeout + Tolerance);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, allowed);
        return result;
    }

    /// <summary>Tests that run while no other does.</summary>
    [CollectionDefinition(nameof(Alone), DisableParallelization = true)]
    public sealed class Alone;
}
