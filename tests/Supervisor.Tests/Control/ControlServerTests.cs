using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace Supervisor.Tests.Control;

/// <summary>The server against clients that mean it no good, with a loop that answers only what is <c>status</c>.</summary>
public sealed class ControlServerTests : IAsyncDisposable
{
    private const string Status = """{"jsonrpc":"2.0","id":1,"method":"status"}""";
    private const string Wait = """{"jsonrpc":"2.0","id":2,"method":"wait","params":{"timeout":86400}}""";

    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(100);

    private readonly TempFolder folder = new();
    private readonly Channel<Message> inbox = Channel.CreateUnbounded<Message>();
    private readonly Channel<TaskCompletionSource<Reply>> waits = Channel.CreateUnbounded<TaskCompletionSource<Reply>>();
    private readonly EventFeed feed = new();
    private readonly Task loop;
    private ControlServer? server;

    public ControlServerTests() => loop = AnswerAsync();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        inbox.Writer.TryComplete();
        await loop;
        await server!.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task Half_a_message_and_then_silence_loses_the_connection_while_others_are_served()
    {
        Listen(new() { Stall = Soon });
        using var stalled = Connect();
        await stalled.SendAsync("{\"jsonrpc\""u8.ToArray());
        using var other = Connect();
        Assert.Contains("result", await AskAsync(other, Status));
        Assert.Equal("", await ReadAsync(stalled));
        Assert.Contains("result", await AskAsync(other, Status));
    }

    [Fact]
    public async Task A_message_that_drips_loses_the_connection_however_steadily()
    {
        Listen(new() { Stall = Soon });
        using var drip = Connect();
        using var everyTenMilliseconds = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (await everyTenMilliseconds.WaitForNextTickAsync(Cancel))
                await drip.SendAsync("x"u8.ToArray(), Cancel);
        });
    }

    [Fact]
    public async Task Silence_between_messages_has_its_end_too()
    {
        Listen(new() { Idle = Soon });
        using var silent = Connect();
        Assert.Equal("", await ReadAsync(silent));
    }

    [Fact]
    public async Task Who_asks_and_never_reads_loses_the_connection()
    {
        Listen(new() { Stall = Soon });
        using var flood = Connect();
        var requests = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Status + "\n", 1000)));
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (true)
                await flood.SendAsync(requests, Cancel);
        });
    }

    [Fact]
    public async Task Who_never_stops_talking_keeps_nobody_else_out()
    {
        Socket? talker = null;
        var notification = """{"jsonrpc":"2.0","method":"status"}"""u8.ToArray().Append((byte)'\n').ToArray();
        server = new(folder.File("s"), null, new AtOnce(() => talker!.Send(notification)), feed, TimeProvider.System);
        using (talker = Connect())
        {
            talker.Send(notification);
            using var other = Connect();
            Assert.Contains("result", await AskAsync(other, Status));
        }
    }

    [Fact]
    public async Task Who_leaves_while_an_answer_is_awaited_makes_room_for_others()
    {
        Listen(new() { Connections = 4, Attention = Soon });
        var left = Enumerable.Range(0, 4).Select(_ => Connect()).ToList();
        foreach (var client in left)
            await client.SendAsync(Encoding.UTF8.GetBytes(Wait + "\n"));
        var replies = await Task.WhenAll(left.Select(_ => waits.Reader.ReadAsync(Cancel).AsTask()));
        left.ForEach(client => client.Dispose());
        foreach (var reply in replies)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reply.Task.WaitAsync(Long, Cancel));
        string answer;
        do
        {
            using var other = Connect();
            answer = await AskAsync(other, Status);
        }
        while (answer.Contains("connections", StringComparison.Ordinal));
        Assert.Contains("result", answer);
    }

    [Fact]
    public async Task Who_has_done_with_writing_still_gets_the_answer()
    {
        Listen(new() { Attention = TimeSpan.FromMilliseconds(10) });
        using var client = Connect();
        await client.SendAsync(Encoding.UTF8.GetBytes(Wait + "\n"));
        client.Shutdown(SocketShutdown.Send);
        var reply = await waits.Reader.ReadAsync(Cancel);
        await Assert.ThrowsAsync<TimeoutException>(() => reply.Task.WaitAsync(Soon, Cancel));
        reply.SetResult(Nothing);
        Assert.Contains("result", await ReadAsync(client));
    }

    [Fact]
    public async Task One_connection_too_many_is_told_so()
    {
        Listen(new() { Connections = 1 });
        using var first = Connect();
        Assert.Contains("result", await AskAsync(first, Status));
        using var second = Connect();
        Assert.Contains("at most 1 connections", await ReadAsync(second));
    }

    [Fact]
    public async Task Who_listens_hears_what_happens_to_those_it_named_however_long_it_is_quiet()
    {
        Listen(new() { Idle = Soon, Stall = Soon });
        using var listener = Connect();
        Assert.Contains("\"subscribed\":true", await AskAsync(listener, """{"jsonrpc":"2.0","id":1,"method":"events","params":{"names":["w*"]}}"""));
        await Assert.ThrowsAsync<TimeoutException>(() => listener.ReceiveAsync(new byte[1], SocketFlags.Peek).WaitAsync(5 * Soon, Cancel));
        feed.Write(new(default, "other", "started", "started"));
        feed.Write(new(default, null, "shutdown", "down"));
        feed.Write(new(default, "web", "started", "started (pid 1)") { Pid = 1 });
        Assert.Equal("""{"jsonrpc":"2.0","method":"event","params":{"at":"0001-01-01T00:00:00+00:00","service":"web","event":"started","text":"started (pid 1)","pid":1}}""" + "\n", await ReadAsync(listener));
    }

    [Fact]
    public async Task Who_listens_and_does_not_read_is_cut_off()
    {
        Listen(new() { Stall = Soon, Connections = 1 });
        using (var listener = Connect())
        {
            Assert.Contains("subscribed", await AskAsync(listener, """{"jsonrpc":"2.0","id":1,"method":"events"}"""));
            for (var i = 0; i < 3000; i++)
                feed.Write(new(default, "web", "started", new string('x', 1000)));
            await ServedAsync();
        }
    }

    [Fact]
    public async Task Who_listened_and_left_makes_room_for_others()
    {
        Listen(new() { Attention = Soon, Connections = 1 });
        using (var listener = Connect())
            Assert.Contains("subscribed", await AskAsync(listener, """{"jsonrpc":"2.0","id":1,"method":"events"}"""));
        await ServedAsync();
    }

    [Fact]
    public async Task Wrong_params_of_events_are_refused()
    {
        Listen(new());
        using var client = Connect();
        Assert.Contains("-32602", await AskAsync(client, """{"jsonrpc":"2.0","id":1,"method":"events","params":{"names":[null]}}"""));
    }

    /// <summary>Until a connection is free.</summary>
    private async Task ServedAsync()
    {
        while (!await IsServedAsync())
            continue;
    }

    private async Task<bool> IsServedAsync()
    {
        using var client = Connect();
        try
        {
            return (await AskAsync(client, Status)).Contains("result", StringComparison.Ordinal);
        }
        catch (SocketException)
        {
            return false; // hung up on before it was read
        }
    }

    [Fact]
    public async Task A_line_of_a_megabyte_is_refused_while_others_are_served()
    {
        Listen(new());
        using var flood = Connect();
        await SendUntilClosedAsync(flood, new byte[1_000_000]);
        using var other = Connect();
        Assert.Contains("result", await AskAsync(other, Status));
    }

    [Fact]
    public async Task Nesting_that_is_too_deep_is_refused()
    {
        Listen(new());
        using var deep = Connect();
        Assert.Contains("-32700", await AskAsync(deep, new string('[', 60_000)));
        Assert.Equal("", await ReadAsync(deep));
    }

    [Fact]
    public async Task What_is_not_UTF_8_is_refused_in_what_is()
    {
        Listen(new());
        using var noise = Connect();
        await noise.SendAsync(new byte[] { 0xff, 0xfe, 0xfd, (byte)'\n' });
        Assert.Contains("-32700", await ReadAsync(noise));
        using var overlong = Connect();
        await overlong.SendAsync((byte[])[.. "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\""u8, 0xc0, 0xaf, .. "\"}\n"u8]);
        Assert.Contains("\"error\"", await ReadAsync(overlong));
    }

    [Fact]
    public async Task Two_messages_in_one_packet_get_two_answers_in_their_order()
    {
        Listen(new());
        using var client = Connect();
        await client.SendAsync(Encoding.UTF8.GetBytes(Status + "\n" + Status.Replace(":1,", ":2,", StringComparison.Ordinal) + "\n"));
        using var answers = new StreamReader(new NetworkStream(client));
        Assert.Contains("\"id\":1", await answers.ReadLineAsync(Cancel).AsTask().WaitAsync(Long, Cancel));
        Assert.Contains("\"id\":2", await answers.ReadLineAsync(Cancel).AsTask().WaitAsync(Long, Cancel));
    }

    /// <summary>In turns of 100, for the test's own descriptors are limited too.</summary>
    [Fact]
    public async Task After_ten_thousand_connections_the_next_one_is_served_and_nothing_is_left_of_them()
    {
        Listen(new());
        for (var round = 0; round < 100; round++)
        {
            var crowd = Enumerable.Range(0, 100).Select(_ => Connect()).ToList();
            crowd.ForEach(client => client.Dispose());
        }
        string answer;
        do
        {
            using var next = Connect();
            answer = await AskAsync(next, Status);
        }
        while (answer.Contains("at most 64 connections", StringComparison.Ordinal));
        Assert.Contains("result", answer);
    }

    [Fact]
    public async Task The_client_of_another_user_is_hung_up_on_even_if_the_mode_of_the_socket_lets_it_in()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && File.Exists("/usr/bin/setpriv"), "only root can become another user, with setpriv");
        Listen(new());
        const UnixFileMode everybody = (UnixFileMode)0b111_111_111;
        File.SetUnixFileMode(folder.Path, everybody);
        File.SetUnixFileMode(folder.File("s"), everybody);
        const string script = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.settimeout(30); print('said', s.recv(4096))";
        using var nobody = Process.Start(new ProcessStartInfo(
            "/usr/bin/setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "env", "-i", "python3", "-c", script, folder.File("s")])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = await nobody.StandardOutput.ReadToEndAsync(Cancel) + await nobody.StandardError.ReadToEndAsync(Cancel);
        Assert.SkipWhen(said.Contains("env:", StringComparison.Ordinal), $"there is no python3 that everybody may run: {said}");
        Assert.Equal("said b''\n", said);
        using var own = Connect();
        Assert.Contains("result", await AskAsync(own, Status));
    }

    [Fact]
    public async Task Once_retired_it_takes_nobody_new_and_answers_whom_it_has()
    {
        Listen(new());
        using var client = Connect();
        Assert.Contains("result", await AskAsync(client, Status));
        await server!.RetireAsync();
        Assert.False(File.Exists(folder.File("s")));
        Assert.ThrowsAny<SocketException>(() => Connect().Dispose());
        Assert.Contains("result", await AskAsync(client, Status));
    }

    [Fact]
    public async Task Who_asks_when_the_loop_has_ended_is_told_so()
    {
        Listen(new());
        inbox.Writer.Complete();
        using var client = Connect();
        Assert.Contains("the supervisor has shut down", await AskAsync(client, Status));
    }

    private static Reply Nothing { get; } = new(new(new(1, "", default), []));

    private void Listen(ControlLimits limits) => server = new(folder.File("s"), null, inbox.Writer, feed, TimeProvider.System, limits);

    private Socket Connect()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(folder.File("s")));
        return socket;
    }

    private async Task AnswerAsync()
    {
        await foreach (var message in inbox.Reader.ReadAllAsync(CancellationToken.None))
        {
            var asked = (Message.Asked)message;
            if (asked.Request is Request.Status)
                asked.Reply.TrySetResult(Nothing);
            else
                waits.Writer.TryWrite(asked.Reply);
        }
    }

    /// <summary>The other side may close before all is sent, and may not.</summary>
    private static async Task SendUntilClosedAsync(Socket client, byte[] bytes)
    {
        try
        {
            await client.SendAsync(bytes, Cancel);
            while (await client.ReceiveAsync(new byte[4096], Cancel).AsTask().WaitAsync(Long, Cancel) > 0)
                continue;
        }
        catch (SocketException)
        {
            // Closed, which is what was to be seen.
        }
    }

    private static async Task<string> AskAsync(Socket client, string message)
    {
        await client.SendAsync(Encoding.UTF8.GetBytes(message + "\n"));
        return await ReadAsync(client);
    }

    private static async Task<string> ReadAsync(Socket client)
    {
        var buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, await client.ReceiveAsync(buffer, Cancel).AsTask().WaitAsync(Long));
    }

    /// <summary>A loop that answers at once, and does something before.</summary>
    private sealed class AtOnce(Action before) : ChannelWriter<Message>
    {
        public override bool TryWrite(Message item)
        {
            before();
            return ((Message.Asked)item).Reply.TrySetResult(Nothing);
        }

        public override ValueTask<bool> WaitToWriteAsync(CancellationToken cancellationToken = default) => new(true);
    }
}
