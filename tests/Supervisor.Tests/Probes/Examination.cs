using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Supervisor.Tests.Probes;

/// <summary>
/// A check and the endpoint that it asks, on one thread: a test decides what is said, what is heard when, and what time it is. On this
/// machine's own network a connection, and what is sent, are there at once.
/// </summary>
internal sealed class Examination : IDisposable
{
    private readonly Socket listener;
    private readonly List<Socket> accepted = [];
    private SocketCheck? check;

    public Examination(int backlog = 16)
    {
        listener = Listening(AddressFamily.InterNetwork, 0, backlog);
        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
    }

    public Turning Turning { get; } = new();

    public int Port { get; }

    /// <summary>What was asked so far, and answered.</summary>
    public List<ProbeResult> Results { get; } = new(16);

    /// <summary>How many connections there were.</summary>
    public int Connections
    {
        get
        {
            while (listener.Poll(0, SelectMode.SelectRead))
                accepted.Add(listener.Accept());
            return accepted.Count;
        }
    }

    /// <summary>A service that is checked at the endpoint.</summary>
    public ServiceConfig Service => ServiceAt(Port);

    /// <summary>A service that is checked at a port.</summary>
    public static ServiceConfig ServiceAt(int port) => new()
    {
        Spec = new() { Name = "a", Checked = true },
        Cmd = ["x"],
        WorkingDir = "/",
        HealthUrl = new($"http://127.0.0.1:{port}/health"),
        HealthTimeout = TimeSpan.FromMilliseconds(500),
    };

    /// <summary>A port that nobody listens on at either address.</summary>
    public static int UnusedPort()
    {
        using var unused = Listening(AddressFamily.InterNetwork, 0, 1);
        return ((IPEndPoint)unused.LocalEndPoint!).Port;
    }

    /// <summary>Somebody who listens on this machine only.</summary>
    public static Socket Listening(AddressFamily family, int port, int backlog)
    {
        var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(family == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback, port));
        socket.Listen(backlog);
        return socket;
    }

    /// <summary>Begins with a check.</summary>
    public void Begin(ServiceConfig? service = null)
    {
        if (service is not null || check is null)
            check = SocketCheck.For(service ?? Service, Turning.Poller, Turning.Deadlines, Results.Add)!;
        check.Begin(Turning.Now);
    }

    /// <summary>The other end of the check's connection.</summary>
    public Socket Accept()
    {
        Turning.Until(() => listener.Poll(0, SelectMode.SelectRead));
        accepted.Add(listener.Accept());
        return accepted[^1];
    }

    /// <summary>The other end, once it has been asked.</summary>
    public Socket AcceptAsked(out string request)
    {
        var client = Accept();
        Turning.Until(() => client.Available > 0);
        var bytes = new byte[4096];
        request = Encoding.ASCII.GetString(bytes, 0, client.Receive(bytes));
        return client;
    }

    /// <summary>What comes of a check that is asked and says this.</summary>
    public ProbeResult Ask(string answer)
    {
        Begin();
        AcceptAsked(out _).Send(Encoding.Latin1.GetBytes(answer));
        return Result();
    }

    /// <summary>What comes of it.</summary>
    public ProbeResult Result()
    {
        Turning.Until(() => Results.Count > 0);
        var result = Assert.Single(Results);
        Results.Clear();
        return result;
    }

    /// <summary>What comes of it when its time is up, and not before.</summary>
    public ProbeResult ResultAfter(TimeSpan timeout)
    {
        Turning.Turn();
        Turning.Pass(timeout - TimeSpan.FromMilliseconds(1));
        Assert.Empty(Results);
        Turning.Pass(TimeSpan.FromMilliseconds(1));
        return Result();
    }

    public void Dispose()
    {
        check?.End();
        accepted.ForEach(client => client.Dispose());
        listener.Dispose();
        Turning.Dispose();
    }
}
