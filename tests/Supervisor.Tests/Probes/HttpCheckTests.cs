using System.Net.Sockets;
using System.Text;
using Supervisor.Tests.Configuration;

namespace Supervisor.Tests.Probes;

/// <summary>Checks by HTTP of endpoints that misbehave.</summary>
[Collection(nameof(OneLoop))]
public sealed class HttpCheckTests : IDisposable
{
    private const string Ok = "HTTP/1.1 200 OK\r\n";

    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(500);

    private readonly Examination examination = new();

    public void Dispose() => examination.Dispose();

    [Theory]
    [MemberData(nameof(Answers.Good), MemberType = typeof(Answers))]
    public void The_status_200_is_good_whatever_comes_with_it(string answer) => Assert.Equal(new(Verdict.Good, "HTTP 200"), examination.Ask(answer));

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
    public void Any_other_status_is_bad_and_no_redirect_is_followed(int status)
    {
        using var target = new Examination();
        Assert.Equal(new(Verdict.Bad, $"HTTP {status}"), examination.Ask($"HTTP/1.1 {status} X\r\nLocation: {target.Service.HealthUrl}\r\nContent-Length: 0\r\n\r\n"));
        examination.Turning.Turn();
        Assert.Equal((1, 0), (examination.Connections, target.Connections));
    }

    [Fact]
    public void It_asks_as_it_is_told()
    {
        examination.Begin(examination.Service with { HealthMethod = "HEAD", HealthUrl = new($"http://127.0.0.1:{examination.Port}/health?deep=1") });
        var client = examination.AcceptAsked(out var request);
        Assert.Equal($"HEAD /health?deep=1 HTTP/1.1\r\nHost: 127.0.0.1:{examination.Port}\r\nConnection: close\r\n\r\n", request);
        client.Send(Encoding.ASCII.GetBytes(Ok + "Content-Length: 7\r\n\r\n"));
        Assert.Equal(new(Verdict.Good, "HTTP 200"), examination.Result());
    }

    [Fact]
    public void A_redirect_to_itself_is_asked_once()
    {
        Assert.Equal(new(Verdict.Bad, "HTTP 302"), examination.Ask("HTTP/1.1 302 Found\r\nLocation: /health\r\nContent-Length: 0\r\n\r\n"));
        examination.Turning.Turn();
        Assert.Equal(1, examination.Connections);
    }

    [Theory]
    [MemberData(nameof(Answers.Bad), MemberType = typeof(Answers))]
    public void What_is_no_answer_of_HTTP_is_bad_and_is_told_on_one_printable_line(string answer)
    {
        examination.Begin();
        using (var client = examination.AcceptAsked(out _))
            client.Send(Encoding.Latin1.GetBytes(answer));
        var result = examination.Result();
        Assert.Equal(Verdict.Bad, result.Verdict);
        Assert.DoesNotContain(result.Detail, char.IsControl);
        Assert.InRange(result.Detail.Length, 1, 200);
    }

    [Theory]
    [MemberData(nameof(Answers.Half), MemberType = typeof(Answers))]
    public void Half_an_answer_is_bad_when_the_time_is_up(string start)
    {
        examination.Begin();
        examination.AcceptAsked(out _).Send(Encoding.Latin1.GetBytes(start));
        Assert.Equal(new(Verdict.Bad, "no answer within 500ms"), examination.ResultAfter(Timeout));
    }

    [Theory]
    [MemberData(nameof(Answers.Half), MemberType = typeof(Answers))]
    public void Half_an_answer_is_bad_when_nothing_more_can_come(string start)
    {
        examination.Begin();
        using (var client = examination.AcceptAsked(out _))
            client.Send(Encoding.Latin1.GetBytes(start));
        Assert.Equal(new(Verdict.Bad, "it closed the connection before it had answered"), examination.Result());
    }

    [Fact]
    public void One_byte_after_the_other_buys_no_time()
    {
        examination.Begin();
        var client = examination.AcceptAsked(out _);
        foreach (var letter in (Ok + "Server: a very slow one\r\n\r\n").Take(10))
        {
            Assert.Empty(examination.Results);
            client.Send([(byte)letter]);
            examination.Turning.Turn();
            examination.Turning.Pass(Timeout / 10);
        }
        Assert.Equal(new(Verdict.Bad, "no answer within 500ms"), examination.Result());
    }

    [Fact]
    public void An_answer_that_comes_in_single_bytes_is_as_good_as_any()
    {
        examination.Begin();
        var client = examination.AcceptAsked(out _);
        foreach (var letter in Ok + "\r\n")
        {
            Assert.Empty(examination.Results);
            client.Send([(byte)letter]);
            examination.Turning.Turn();
        }
        Assert.Equal(new(Verdict.Good, "HTTP 200"), examination.Result());
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
    public void An_endless_head_is_bad_and_costs_neither_time_nor_memory(string start, string piece) =>
        Assert.Equal(Verdict.Bad, AskForEver(start, piece).Verdict);

    [Theory]
    [InlineData(Ok + "\r\n")]
    [InlineData(Ok + "Content-Length: 9223372036854775807\r\n\r\n")]
    [InlineData(Ok + "Transfer-Encoding: chunked\r\n\r\n7fffffff\r\n")]
    [InlineData(Ok + "Content-Encoding: gzip\r\n\r\n\u001f\u008b\b\0\0\0\0\0\0\u0003")]
    public void An_endless_body_is_not_read(string head) => Assert.Equal(new(Verdict.Good, "HTTP 200"), AskForEver(head, "\0"));

    [Fact]
    public void A_head_that_is_too_long_is_told_as_such() =>
        Assert.Equal(new(Verdict.Bad, "the head of its answer is longer than 16 KB"), examination.Ask(Ok + "X: " + new string('y', AnswerReader.MaxHead)));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_connection_that_is_reset_is_bad(bool wasAsked)
    {
        examination.Begin();
        using (var client = wasAsked ? examination.AcceptAsked(out _) : examination.Accept())
            client.LingerState = new(true, 0);
        Assert.Equal(Verdict.Bad, examination.Result().Verdict);
    }

    [Fact]
    public void A_port_that_nobody_listens_on_is_bad()
    {
        examination.Begin(Examination.ServiceAt(Examination.UnusedPort()));
        Assert.Equal(new(Verdict.Bad, "connection refused"), examination.Result());
    }

    /// <summary>Else a listener that is gone would go unnoticed for as long as the connection to it is kept.</summary>
    [Fact]
    public void Each_probe_is_a_connection_of_its_own_even_to_one_that_would_keep_it()
    {
        for (var probe = 1; probe <= 5; probe++)
        {
            Assert.Equal(Verdict.Good, examination.Ask(Ok + "Connection: keep-alive\r\nKeep-Alive: timeout=60\r\nContent-Length: 0\r\n\r\n").Verdict);
            Assert.Equal(probe, examination.Connections);
        }
    }

    /// <summary>The first connection is tried again by TCP after a second; the second probe must not wait for that.</summary>
    [Fact]
    public void A_listener_that_takes_connections_again_is_good_at_once()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux drops a connection that its listener has no room for");
        using var narrow = new Examination(backlog: 0);
        using var first = new TcpClient("127.0.0.1", narrow.Port);
        narrow.Begin();
        Assert.Equal(new(Verdict.Bad, "no answer within 500ms"), narrow.ResultAfter(Timeout));
        narrow.Accept();

        Assert.Equal(new(Verdict.Good, "HTTP 200"), narrow.Ask(Ok + "\r\n"));
    }

    [Fact]
    public void A_check_that_is_begun_anew_or_given_up_answers_nothing_of_before()
    {
        examination.Begin();
        var former = examination.AcceptAsked(out _);
        former.Send(Encoding.ASCII.GetBytes("HTTP/1.1 503 X\r\n\r\n"));
        examination.Turning.Pass(Timeout / 2);
        examination.Results.Clear();
        examination.Begin();
        var former2 = examination.AcceptAsked(out _);
        examination.Turning.Pass(Timeout / 2);
        examination.Begin();
        former2.Send(Encoding.ASCII.GetBytes("HTTP/1.1 503 X\r\n\r\n"));
        var latter = examination.AcceptAsked(out _);
        examination.Turning.Pass(Timeout / 2);
        Assert.Empty(examination.Results);
        latter.Send(Encoding.ASCII.GetBytes(Ok + "\r\n"));
        Assert.Equal(new(Verdict.Good, "HTTP 200"), examination.Result());
        examination.Turning.Pass(10 * Timeout);
        Assert.Empty(examination.Results);
    }

    [Theory]
    [InlineData("\"health_port\": PORT")]
    [InlineData("\"health_url\": \"http://localhost:PORT/\"")]
    [InlineData("\"health_url\": \"http://[::1]:PORT/\"")]
    public void Who_listens_on_IPv6_alone_is_found_there(string keys)
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "there is no IPv6");
        using var listener = Examination.Listening(AddressFamily.InterNetworkV6, 0, 1);
        var port = ((System.Net.IPEndPoint)listener.LocalEndPoint!).Port;
        examination.Begin(Read.ValidService(keys.Replace("PORT", $"{port}", StringComparison.Ordinal)));
        examination.Turning.Until(() => listener.Poll(0, SelectMode.SelectRead));
        using var client = listener.Accept();
        client.Send(Encoding.ASCII.GetBytes(Ok + "\r\n"));
        Assert.Equal(new(Verdict.Good, "HTTP 200"), examination.Result());
    }

    [Theory]
    [InlineData("\"health_port\": PORT")]
    [InlineData("\"health_url\": \"http://localhost:PORT/\"")]
    [InlineData("\"health_url\": \"http://127.0.0.1:PORT/\"")]
    public void Who_listens_on_IPv4_is_asked_there(string keys)
    {
        examination.Begin(Read.ValidService(keys.Replace("PORT", $"{examination.Port}", StringComparison.Ordinal)));
        examination.AcceptAsked(out _).Send(Encoding.ASCII.GetBytes(Ok + "\r\n"));
        Assert.Equal(new(Verdict.Good, "HTTP 200"), examination.Result());
    }

    [Theory]
    [InlineData("\"health_port\": PORT")]
    [InlineData("\"health_url\": \"http://localhost:PORT/\"")]
    public void Where_nobody_listens_at_either_address_it_is_refused(string keys)
    {
        examination.Begin(Read.ValidService(keys.Replace("PORT", $"{Examination.UnusedPort()}", StringComparison.Ordinal)));
        Assert.Equal(new(Verdict.Bad, "connection refused"), examination.Result());
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/", true)]
    [InlineData("http://[::1]:1/", true)]
    [InlineData("http://localhost:1/", true)]
    [InlineData("http://192.0.2.1:1/", true)]
    [InlineData("http://127.1:1/", true)]
    [InlineData("http://LocalHost:1/", true)]
    [InlineData("http://example.org:1/", false)]
    [InlineData("http://localhost.example.org:1/", false)]
    [InlineData("https://localhost:1/", false)]
    [InlineData("https://127.0.0.1:1/", false)]
    public void What_needs_a_name_or_TLS_is_for_somebody_else(string url, bool can) =>
        Assert.Equal(can, SocketCheck.For(examination.Service with { HealthUrl = new(url) }, examination.Turning.Poller, examination.Turning.Deadlines, _ => { }) is not null);

    /// <summary>EMFILE and the like say nothing about the service; and where there is no IPv6, its address has nothing to say.</summary>
    [Fact]
    public void Our_own_want_is_no_verdict()
    {
        var platform = Platform.Current;
        Assert.All(
            new[] { Libc.TooManyOwnFilesOpen, Libc.TooManyFilesOpen, Libc.NoMemory, platform.NoBuffers, platform.TryAgain, platform.NoAddress },
            error => Assert.Equal(Verdict.None, SocketCheck.Judge(-error, isSecond: false).Verdict));
        Assert.All(
            new[] { platform.Refused, platform.Reset, Libc.BrokenPipe },
            error => Assert.Equal(Verdict.Bad, SocketCheck.Judge(-error, isSecond: false).Verdict));
        Assert.Equal(Verdict.None, SocketCheck.Judge(-Libc.TooManyOwnFilesOpen, isSecond: true).Verdict);
        Assert.Equal(new(Verdict.Bad, "connection refused"), SocketCheck.Judge(-platform.NoAddress, isSecond: true));
        Assert.Equal(new(Verdict.Bad, "connection refused"), SocketCheck.Judge(-platform.Refused, isSecond: true));
        Assert.Equal(new(Verdict.Bad, "connection reset"), SocketCheck.Judge(-platform.Reset, isSecond: false));
    }

    private ProbeResult AskForEver(string start, string piece)
    {
        var pieces = Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat(piece, Math.Max(1, 65536 / piece.Length))));
        examination.Begin();
        var client = examination.AcceptAsked(out _);
        client.Blocking = false;
        client.Send(Encoding.Latin1.GetBytes(start));
        var before = examination.Turning.Allocated;
        while (examination.Results.Count == 0)
        {
            client.Send(pieces, SocketFlags.None, out _); // Nothing, if it is not read.
            examination.Turning.Turn();
        }
        Assert.InRange(examination.Turning.Allocated - before, 0, 16 * 1024);
        return examination.Result();
    }
}
