using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Supervisor.Tests.Probes;

/// <summary>A health endpoint that does to each connection whatever a test wants.</summary>
internal sealed class Endpoint : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource ended = new();
    private readonly Task serving;

    private Endpoint(Func<Socket, CancellationToken, Task> behave)
    {
        listener.Start();
        serving = ServeAsync(behave);
    }

    /// <summary>How many connections there were.</summary>
    public int Connections { get; private set; }

    public ServiceConfig Service => At(((IPEndPoint)listener.LocalEndpoint).Port);

    /// <summary>A service that is probed at this port.</summary>
    public static ServiceConfig At(int port) => new()
    {
        Spec = new() { Name = "a", Checked = true },
        Cmd = ["x"],
        WorkingDir = "/",
        HealthUrl = new($"http://127.0.0.1:{port}/health"),
        HealthTimeout = TimeSpan.FromMilliseconds(500),
    };

    /// <summary>Reads the request, then does this.</summary>
    public static Endpoint That(Func<Socket, CancellationToken, Task> behave) => new(async (client, cancel) =>
    {
        await client.ReceiveAsync(new byte[4096], cancel);
        await behave(client, cancel);
    });

    /// <summary>Does this at once, request or no request.</summary>
    public static Endpoint ThatAtOnce(Func<Socket, CancellationToken, Task> behave) => new(behave);

    /// <summary>Says this, and waits for the other side to close.</summary>
    public static Endpoint ThatSays(params string[] packets) => That(async (client, cancel) =>
    {
        foreach (var packet in packets)
            await client.SendAsync(Encoding.Latin1.GetBytes(packet), cancel);
        await client.ReceiveAsync(new byte[1], cancel);
    });

    /// <summary>Says this, and then that for ever.</summary>
    public static Endpoint ThatSaysForEver(string start, string piece) => That(async (client, cancel) =>
    {
        await client.SendAsync(Encoding.Latin1.GetBytes(start), cancel);
        var pieces = Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat(piece, Math.Max(1, 65536 / piece.Length))));
        while (true)
            await client.SendAsync(pieces, cancel);
    });

    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        listener.Dispose();
        await serving;
        ended.Dispose();
    }

    private async Task ServeAsync(Func<Socket, CancellationToken, Task> behave)
    {
        var clients = new List<Task>();
        try
        {
            while (true)
            {
                var client = await listener.AcceptSocketAsync(ended.Token);
                Connections++;
                clients.Add(ServeAsync(client, behave));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException or InvalidOperationException)
        {
            // The test is over; which of them it is depends on where the listener was met.
            await Task.WhenAll(clients);
        }
    }

    private async Task ServeAsync(Socket client, Func<Socket, CancellationToken, Task> behave)
    {
        try
        {
            using (client)
                await behave(client, ended.Token);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The prober has heard enough, or the test has.
        }
    }
}
