using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Dispatch;

/// <summary>
/// As much of HTTP as a health check needs, on a plain socket: HttpListener dies of a connection that comes
/// while it starts, as a supervisor's may, and cannot be told to leave one unanswered.
/// </summary>
internal sealed class HttpServer : IDisposable
{
    private const int LongestRequest = 8192;
    private const int PatienceMilliseconds = 5000;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    // Held, because a socket that is collected is closed, and that would be an answer.
    private readonly List<Socket> _unanswered = [];

    /// <exception cref="SocketException">The port cannot be had.</exception>
    public HttpServer(int port)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listener.Listen();
    }

    /// <summary>Answers one request a connection, one connection after the other, for ever.</summary>
    public void Serve(Func<Request, Reply?> answer)
    {
        while (true)
        {
            var client = _listener.Accept();
            try
            {
                AnswerOne(client, answer);
            }
            catch (SocketException)
            {
                // The client went away or said nothing: its own affair.
                client.Dispose();
            }
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _unanswered.ForEach(client => client.Dispose());
    }

    private void AnswerOne(Socket client, Func<Request, Reply?> answer)
    {
        client.ReceiveTimeout = PatienceMilliseconds;
        if (answer(Request.Parse(ReadHead(client))) is { } reply)
            Send(client, reply);
        else
            _unanswered.Add(client);
    }

    private static string ReadHead(Socket client)
    {
        var buffer = new byte[LongestRequest];
        var length = 0;
        int received;
        do
        {
            received = client.Receive(buffer.AsSpan(length));
            length += received;
        }
        while (received > 0 && buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) < 0);

        return Encoding.ASCII.GetString(buffer, 0, length).Split('\r', 2)[0];
    }

    private static void Send(Socket client, Reply reply)
    {
        client.Send(Encoding.UTF8.GetBytes(
            $"HTTP/1.1 {reply.Status}\r\nContent-Type: text/plain\r\nContent-Length: {reply.Body.Length + 1}\r\n"
            + $"Connection: close\r\n\r\n{reply.Body}\n"));
        client.Dispose();
        reply.Then?.Invoke();
    }
}
