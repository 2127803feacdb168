using System.Net.Sockets;

namespace Supervisor.Client;

/// <summary>The other end of <c>supervisor.sock</c>.</summary>
internal sealed class ControlClient : IDisposable
{
    private const int MaxAnswer = 64 * 1024 * 1024;

    private readonly Socket socket;
    private readonly LineReader lines;
    private int lastId;

    private ControlClient(Socket socket)
    {
        this.socket = socket;
        lines = new(socket, MaxAnswer);
    }

    /// <summary>Connects; null if no supervisor is running there.</summary>
    /// <exception cref="SocketException">There is one, but it does not let us in.</exception>
    public static async Task<ControlClient?> TryConnectAsync(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path)).ConfigureAwait(false);
            return new(socket);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            if (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressNotAvailable)
                return null;
            throw;
        }
    }

    /// <summary>Asks, and waits for the answer as long as the supervisor lives, or as long as is said.</summary>
    /// <exception cref="IOException">The connection ended before the answer, or there is none.</exception>
    public async Task<RpcResponse> CallAsync(string method, RpcParams parameters, TimeSpan? patience = null)
    {
        try
        {
            return await AskAsync(method, parameters).WaitAsync(patience ?? Timeout.InfiniteTimeSpan, TimeProvider.System).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw new IOException($"the supervisor does not answer within {Wording.Duration(patience!.Value)}; it may be suspended, or out of descriptors", e);
        }
    }

    private async Task<RpcResponse> AskAsync(string method, RpcParams parameters)
    {
        try
        {
            await socket.SendAsync(ControlJson.Call(++lastId, method, parameters)).ConfigureAwait(false);
            var line = await ReadLineAsync().ConfigureAwait(false) ?? throw new IOException("the supervisor closed the connection");
            return ControlJson.ReadAnswer(line);
        }
        catch (SocketException e)
        {
            throw new IOException($"the connection to the supervisor broke: {e.Message}", e);
        }
    }

    /// <summary>Asks for something after which there is nobody to answer; null for that, and an answer if it came to nothing.</summary>
    public async Task<RpcResponse?> CallUntilClosedAsync(string method, RpcParams parameters)
    {
        try
        {
            return await AskAsync(method, parameters).ConfigureAwait(false);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Waits until the supervisor hangs up, which it does last of all.</summary>
    public async Task WaitForCloseAsync()
    {
        try
        {
            while (await ReadLineAsync().ConfigureAwait(false) is not null)
                continue;
        }
        catch (SocketException)
        {
            // Reset is as good as closed.
        }
    }

    public void Dispose() => socket.Dispose();

    private Task<ReadOnlyMemory<byte>?> ReadLineAsync() =>
        lines.ReadLineAsync(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan, CancellationToken.None);
}
