using System.Net;
using System.Text.Json;
using System.Threading.Channels;

namespace Supervisor.EndToEnd.Tests;

/// <summary>Takes what is posted to <c>alert_url</c>.</summary>
internal sealed class AlertReceiver : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly Channel<string> received = Channel.CreateUnbounded<string>();

    public AlertReceiver()
    {
        Url = $"http://127.0.0.1:{Ports.Free()}/";
        listener.Prefixes.Add(Url);
        listener.Start();
        _ = ReceiveAllAsync();
    }

    public string Url { get; }

    /// <summary>The next alerts, each as its event, service and restarts.</summary>
    public async Task<List<string>> TakeAsync(int count)
    {
        var taken = new List<string>();
        while (taken.Count < count)
            taken.Add(await received.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60)));
        return taken;
    }

    public void Dispose() => listener.Close();

    private async Task ReceiveAllAsync()
    {
        try
        {
            while (true)
            {
                var context = await listener.GetContextAsync();
                using var body = await JsonDocument.ParseAsync(context.Request.InputStream);
                var root = body.RootElement;
                context.Response.Close();
                received.Writer.TryWrite($"{root.GetProperty("event")} {root.GetProperty("service")} {root.GetProperty("restarts")}");
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            received.Writer.TryComplete();
        }
    }
}
