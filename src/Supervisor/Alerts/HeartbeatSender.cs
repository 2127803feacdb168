using Supervisor.Loop;

namespace Supervisor.Alerts;

/// <summary>
/// Asks for <c>heartbeat_url</c>; whoever is there raises an alarm when that ends. The loop waits for none. That one failed
/// is told once, until one gets through again. The URL itself is never told: often it is all that is secret.
/// </summary>
internal sealed class HeartbeatSender(Uri url, TimeSpan interval, IEventSink events, TimeProvider time) : IHeartbeat, IDisposable
{
    private readonly HttpClient client = new() { Timeout = TimeSpan.FromSeconds(30) };
    private Task latest = Task.CompletedTask;
    private bool isFailing;

    public TimeSpan Interval => interval;

    /// <summary>Called by the loop alone.</summary>
    public void Beat() => _ = BeatAsync();

    /// <summary>The one that is under way, or else a new one: there is never more than one.</summary>
    internal Task BeatAsync() => latest = latest.IsCompleted ? SendAsync() : latest;

    public void Dispose() => client.Dispose();

    private async Task SendAsync()
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).ConfigureAwait(false);
            response.EnsureSuccessStatusCode();
            if (isFailing)
                Tell("heartbeat_recovered", "the heartbeat gets through again", null);
            isFailing = false;
        }
        catch (Exception e)
        {
            // Whatever it was: the next one is to be sent all the same.
            if (!isFailing)
                Tell("heartbeat_failed", $"heartbeat_url could not be reached: {e.Message}", e.Message);
            isFailing = true;
        }
    }

    private void Tell(string name, string text, string? reason) => events.Write(new(time.GetUtcNow(), null, name, text) { Reason = reason });
}
