using System.Net.Sockets;
using System.Text;

namespace Supervisor.Tests.Control;

/// <summary>A client on the thread of the loop: while it waits, the loop takes turns.</summary>
internal sealed class Caller : IDisposable
{
    private readonly Turning turning;
    private readonly Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly byte[] buffer = new byte[64 * 1024];
    private readonly StringBuilder heard = new();

    public Caller(Turning turning, string path)
    {
        this.turning = turning;
        socket.Connect(new UnixDomainSocketEndPoint(path));
        socket.Blocking = false;
    }

    /// <summary>Whether the server has hung up, with nothing left to read.</summary>
    public bool IsClosed => heard.Length == 0 && socket.Poll(0, SelectMode.SelectRead) && socket.Receive(buffer, 0, 1, SocketFlags.Peek, out _) == 0;

    /// <summary>Sends what can be sent at once; how many bytes that were. An error if nobody is there any more.</summary>
    public int TrySend(ReadOnlySpan<byte> bytes)
    {
        var sent = socket.Send(bytes, SocketFlags.None, out var error);
        return error is SocketError.Success or SocketError.WouldBlock ? sent : throw new SocketException((int)error);
    }

    /// <summary>Sends all of it, turn by turn if need be.</summary>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[TrySend(bytes)..];
            if (!bytes.IsEmpty)
                turning.Turn();
        }
    }

    /// <summary>Sends lines.</summary>
    public void Send(params string[] lines) => Send(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => $"{line}\n"))));

    /// <summary>The next line; empty when the server has hung up.</summary>
    public string Read()
    {
        int end;
        while ((end = heard.ToString().IndexOf('\n')) < 0)
        {
            turning.Until(() => socket.Poll(0, SelectMode.SelectRead));
            var received = socket.Receive(buffer, SocketFlags.None, out _);
            if (received == 0)
                return "";
            heard.Append(Encoding.UTF8.GetString(buffer, 0, received));
        }
        var line = heard.ToString(0, end + 1);
        heard.Remove(0, end + 1);
        return line;
    }

    /// <summary>Sends a line, and reads one.</summary>
    public string Ask(string line)
    {
        Send(line);
        return Read();
    }

    /// <summary>Says nothing more, but listens.</summary>
    public void StopWriting() => socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => socket.Dispose();
}
