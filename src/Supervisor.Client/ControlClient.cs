using System.Text.Json;

namespace Supervisor.Client;

/// <summary>The other end of <c>supervisor.sock</c>.</summary>
internal sealed class ControlClient : IDisposable
{
    /// <summary>How long a supervisor that lives may take to answer, on a machine that is very busy.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private const int MaxAnswer = 64 * 1024 * 1024;

    private int socket;
    private readonly string configFile;
    private readonly LineReader lines;
    private int lastId;

    private ControlClient(int socket, string configFile)
    {
        (this.socket, this.configFile) = (socket, configFile);
        lines = new(socket, MaxAnswer);
    }

    /// <summary>Whether it was ever answered.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>Connects; null if no supervisor is running there.</summary>
    /// <param name="path">The socket.</param>
    /// <param name="configFile">Whose supervisor is meant. One that serves another configuration refuses whatever is asked.</param>
    /// <exception cref="IOException">There is one, but it does not let us in.</exception>
    public static ControlClient? TryConnect(string path, string configFile)
    {
        var socket = Descriptors.Connecting(NativeAddress.Unix(path));
        if (socket == -Libc.NoSuchFile || socket == -Platform.Current.Refused)
            return null;
        return socket >= 0 ? new(socket, Path.GetFullPath(configFile)) : throw new IOException(socket == -Libc.AccessDenied ? FileOwner.Denied(path) : $"{path}: {Descriptors.Describe(socket)}");
    }

    /// <summary>Asks, and waits for the answer as long as the supervisor lives, or as long as is said.</summary>
    /// <exception cref="EndOfStreamException">The connection ended before the answer.</exception>
    /// <exception cref="IOException">There is none.</exception>
    public Reply Call(string method, RpcParams parameters, TimeSpan? patience = null)
    {
        try
        {
            return Ask(method, parameters, patience);
        }
        catch (TimeoutException e)
        {
            throw new IOException($"the supervisor does not answer within {Wording.Duration(patience!.Value)}; it may be suspended, or out of descriptors", e);
        }
    }

    /// <summary>Asks for something after which there is nobody to answer; null for that, and an answer if it came to nothing.</summary>
    public Reply? CallUntilClosed(string method, RpcParams parameters)
    {
        try
        {
            return Ask(method, parameters, patience: null);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Has events told from now on. Nothing else can be asked on this connection any more.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    public void Subscribe() => Send(Rpc.WriteCall(++lastId, "events", new(Config: configFile)).Span);

    /// <summary>The next event; null if none comes in time.</summary>
    /// <exception cref="IOException">The connection broke, or the supervisor has ended.</exception>
    public EventRecord? NextEvent(TimeSpan patience)
    {
        try
        {
            var line = lines.ReadLine(patience) ?? throw new EndOfStreamException("the supervisor has ended, or is being replaced");
            return Rpc.ReadEvent(line.Span);
        }
        catch (TimeoutException)
        {
            return null;
        }
        catch (InvalidDataException e)
        {
            throw new IOException($"what the supervisor says makes no sense: {e.Message}", e);
        }
    }

    /// <summary>Asks for something after which the supervisor hangs up, and waits until it does, unless it refuses.</summary>
    /// <exception cref="IOException">The connection ended before the answer, or there is none.</exception>
    /// <exception cref="TimeoutException">It took longer than that.</exception>
    public Reply CallAndWaitForClose(string method, RpcParams parameters, TimeSpan patience)
    {
        var begin = TimeProvider.System.GetTimestamp();
        var reply = Ask(method, parameters, patience);
        try
        {
            while (reply.Error is null && lines.ReadLine(patience - TimeProvider.System.GetElapsedTime(begin)) is not null)
                continue;
        }
        catch (IOException)
        {
            // Reset is as good as closed.
        }
        return reply;
    }

    public void Dispose() => Descriptors.CloseOnce(ref socket);

    private Reply Ask(string method, RpcParams parameters, TimeSpan? patience)
    {
        try
        {
            Send(Rpc.WriteCall(++lastId, method, parameters with { Config = configFile }).Span);
            var answer = lines.ReadLine(patience) ?? throw new EndOfStreamException("the supervisor closed the connection");
            HasAnswered = true;
            return Rpc.ReadReply(answer.Span);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            throw new IOException($"the answer of the supervisor makes no sense: {e.Message}", e);
        }
        catch (IOException e) when (e is not EndOfStreamException)
        {
            throw new EndOfStreamException($"the connection to the supervisor broke: {e.Message}", e);
        }
    }

    /// <summary>A message is small, and the first on its connection or the next after an answer, so there is room for it.</summary>
    private void Send(ReadOnlySpan<byte> message)
    {
        for (int sent; message.Length > 0; message = message[sent..])
            if ((sent = Descriptors.Send(socket, message)) < 0)
                throw new IOException(Descriptors.Describe(sent));
    }
}
