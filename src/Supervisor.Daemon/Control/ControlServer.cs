using System.Net.Sockets;
using System.Text.Json;
using System.Threading.Channels;

namespace Supervisor.Daemon.Control;

/// <summary>
/// <c>supervisor.sock</c>: JSON-RPC 2.0, one message a line. A client that stalls, talks nonsense or says too much at
/// once loses its connection, and that is all that happens.
/// </summary>
internal sealed class ControlServer : IAsyncDisposable
{
    private static readonly TimeSpan LastAnswers = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AcceptRetry = TimeSpan.FromMilliseconds(100);

    private readonly string path;
    private readonly Socket listener;
    private readonly Dispatcher dispatcher;
    private readonly EventFeed feed;
    private readonly TimeProvider time;
    private readonly ControlLimits limits;
    private readonly CancellationTokenSource retiring = new();
    private readonly CancellationTokenSource closing = new();
    private readonly HashSet<Task> connections = [];
    private readonly Task accepting;

    /// <summary>Listens from here on, at a socket that was made before if there is one.</summary>
    /// <exception cref="SocketException">The socket cannot be made.</exception>
    public ControlServer(string path, Socket? listener, ChannelWriter<Message> inbox, EventFeed feed, TimeProvider time, ControlLimits? limits = null)
    {
        this.path = path;
        this.listener = listener ?? Listen(path);
        this.time = time;
        this.feed = feed;
        this.limits = limits ?? new();
        dispatcher = new(inbox, time);
        accepting = AcceptAllAsync();
    }

    /// <summary>The descriptor of the listening socket, for a successor.</summary>
    public int Descriptor => (int)listener.Handle;

    /// <summary>
    /// Takes no more, and gives up the path for the next supervisor to take. Those who are connected stay so.
    /// </summary>
    public async Task RetireAsync()
    {
        if (retiring.IsCancellationRequested)
            return;
        await retiring.CancelAsync().ConfigureAwait(false);
        await accepting.ConfigureAwait(false);
        listener.Dispose();
        if (File.Exists(path))
            File.Delete(path);
    }

    /// <summary>Lets the last answers out, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        await RetireAsync().ConfigureAwait(false);
        await closing.CancelAsync().ConfigureAwait(false);
        await Task.WhenAny(Task.WhenAll(connections), Task.Delay(LastAnswers, time)).ConfigureAwait(false);
    }

    /// <summary>Only the holder of the lock may do this: whatever lies at the path is stale.</summary>
    private static Socket Listen(string path)
    {
        File.Delete(path);
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        listener.Listen(128);
        return listener;
    }

    private async Task AcceptAllAsync()
    {
        while (!retiring.IsCancellationRequested)
        {
            try
            {
                var socket = await listener.AcceptAsync(retiring.Token).ConfigureAwait(false);
                connections.RemoveWhere(connection => connection.IsCompleted);
                connections.Add(ServeAsync(socket, connections.Count >= limits.Connections));
            }
            catch (SocketException)
            {
                // No descriptor is free, most likely. Those in use come back.
                await Task.Delay(AcceptRetry, time, retiring.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket socket, bool isOneTooMany)
    {
        using (socket)
        {
            try
            {
                if (PeerCredentials.TrustedUser(socket) is not { } user)
                    return;
                if (isOneTooMany)
                    await SendAsync(socket, Dispatcher.Refusal(Fault.Failed, $"at most {limits.Connections} connections")).ConfigureAwait(false);
                else
                    await ConverseAsync(socket, Requester.Of(user)).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // It has gone, or was too slow.
            }
        }
    }

    private async Task ConverseAsync(Socket socket, Requester by)
    {
        var lines = new LineReader(socket, limits.Line);
        try
        {
            while (await lines.ReadLineAsync(limits.Idle, limits.Stall, closing.Token).ConfigureAwait(false) is { } line)
            {
                if (RequestReader.Read(line.Span) is { Method: "events" } call)
                {
                    await StreamAsync(socket, call).ConfigureAwait(false);
                    return;
                }
                if (await AnswerAsync(socket, line, by).ConfigureAwait(false) is { } response)
                    await SendAsync(socket, response).ConfigureAwait(false);
                // What has come already is read without waiting: who never stops talking would keep the thread to himself.
                await Task.Yield();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            var code = e is JsonException ? Fault.ParseError : Fault.InvalidRequest;
            await SendAsync(socket, Dispatcher.Refusal(code, e.Message)).ConfigureAwait(false);
        }
    }

    /// <summary>The answer, which may take a day; but not for one who has left, for he would hold a connection as long.</summary>
    private async Task<RpcResponse?> AnswerAsync(Socket socket, ReadOnlyMemory<byte> line, Requester by)
    {
        using var gone = new CancellationTokenSource();
        await using var watch = time.CreateTimer(_ => CancelIfLeft(socket, gone), null, limits.Attention, limits.Attention).ConfigureAwait(false);
        return await dispatcher.AnswerAsync(line, gone.Token, by).ConfigureAwait(false);
    }

    /// <summary>From here on the connection is there to listen: nothing that the client says is read any more.</summary>
    private async Task StreamAsync(Socket socket, RpcRequest call)
    {
        using var gone = new CancellationTokenSource();
        await using var watch = time.CreateTimer(_ => CancelIfLeft(socket, gone), null, limits.Attention, limits.Attention).ConfigureAwait(false);
        await foreach (var message in EventStream.Of(call, feed, gone.Token).ConfigureAwait(false))
            await SendAsync(socket, message).ConfigureAwait(false);
    }

    /// <summary>
    /// A client may have done with writing and still read, so reading would not tell. To send nothing fails, with
    /// EPIPE, only if nobody is there to receive it.
    /// </summary>
    private static void CancelIfLeft(Socket socket, CancellationTokenSource gone)
    {
        socket.Send(ReadOnlySpan<byte>.Empty, SocketFlags.None, out var error);
        if (error != SocketError.Success)
            gone.Cancel();
    }

    private Task SendAsync(Socket socket, RpcResponse response) =>
        SendAsync(socket, ControlJson.Answer(response));

    private async Task SendAsync(Socket socket, ReadOnlyMemory<byte> line)
    {
        using var patience = new CancellationTokenSource(limits.Stall);
        for (var rest = line; !rest.IsEmpty;)
            rest = rest[await socket.SendAsync(rest, patience.Token).ConfigureAwait(false)..];
    }
}
