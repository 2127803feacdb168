namespace Supervisor.Daemon;

/// <summary>
/// Asks for <c>heartbeat_url</c>; whoever is there raises an alarm when that ends. The loop waits for none. That one failed
/// is told once, until one gets through again. The URL itself is never told: often it is all that is secret.
/// </summary>
internal sealed class HeartbeatSender(IEventSink events, TimeProvider time) : IHeartbeat, IDisposable
{
    private readonly Lazy<HttpClient> client = new(() => new() { Timeout = TimeSpan.FromSeconds(30) });
    private (Uri? Url, Task Task) latest = (null, Task.CompletedTask);
    private volatile Uri? failing;

    /// <summary>Called by the loop alone.</summary>
    public void Beat(Uri url) => _ = BeatAsync(url);

    /// <summary>The one that is under way, or else a new one: there is never more than one to the same URL.</summary>
    internal Task BeatAsync(Uri url)
    {
        if (latest.Task.IsCompleted || latest.Url != url)
            latest = (url, SendAsync(url));
        return latest.Task;
    }

    public void Dispose()
    {
        if (client.IsValueCreated)
            client.Value.Dispose();
    }

    private async Task SendAsync(Uri url)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            using var response = await client.Value.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).ConfigureAwait(false);
            response.EnsureSuccessStatusCode();
            if (failing is not null)
                Tell("heartbeat_recovered", "the heartbeat gets through again", null);
            failing = null;
        }
        catch (Exception e)
        {
            // Whatever it was: the next one is to be sent all the same.
            if (failing != url)
                Tell("heartbeat_failed", $"heartbeat_url could not be reached: {e.Message}", e.Message);
            failing = url;
        }
    }

    private void Tell(string name, string text, string? reason) => events.Write(new(time.GetUtcNow(), null, name, text) { Reason = reason });
}
