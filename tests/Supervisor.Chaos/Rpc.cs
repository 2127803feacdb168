using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Supervisor.Chaos;

/// <summary>A connection to <c>supervisor.sock</c>: JSON-RPC 2.0, one message a line.</summary>
internal sealed class Rpc : IDisposable
{
    private readonly NetworkStream stream;
    private readonly StreamReader lines;

    private Rpc(Socket socket)
    {
        stream = new(socket, ownsSocket: true);
        lines = new(stream, Encoding.UTF8);
    }

    /// <summary>Connects.</summary>
    public static async Task<Rpc> ConnectAsync(string path, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel);
            return new(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Asks, and takes the answer.</summary>
    public async Task<JsonElement> CallAsync(Call call, CancellationToken cancel)
    {
        await SendAsync(call, cancel);
        var line = await lines.ReadLineAsync(cancel) ?? throw new IOException("the supervisor closed the connection");
        return JsonElement.Parse(line);
    }

    /// <summary>Asks, and that is all.</summary>
    public ValueTask SendAsync(Call call, CancellationToken cancel) => stream.WriteAsync(Encoding.UTF8.GetBytes(call.ToJson() + "\n"), cancel);

    public void Dispose() => lines.Dispose();
}

/// <summary>One request.</summary>
/// <param name="Method">The verb.</param>
/// <param name="Name">A service or a glob; null for all.</param>
/// <param name="Timeout">Seconds.</param>
internal sealed record Call(string Method, string? Name, int Timeout)
{
    /// <summary>The message.</summary>
    public string ToJson()
    {
        var parameters = new JsonObject { ["timeout"] = Timeout };
        if (Name is not null)
            parameters["names"] = new JsonArray(Name);
        else if (Method is "start" or "stop" or "restart")
            parameters["all"] = true;
        return new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = Method, ["params"] = parameters }.ToJsonString();
    }

    /// <summary>The same as arguments of the command line.</summary>
    public IReadOnlyList<string> ToArguments() => (Method, Name) switch
    {
        ("status", null) => [Method, "--json"],
        ("status", _) => [Method, Name, "--json"],
        ("start" or "stop" or "restart", null) => [Method, "--all", "--timeout", $"{Timeout}s"],
        (_, null) => [Method, "--timeout", $"{Timeout}s"],
        _ => [Method, Name, "--timeout", $"{Timeout}s"],
    };
}
