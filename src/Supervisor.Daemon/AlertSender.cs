using System.Net.Http.Headers;

namespace Supervisor.Daemon;

/// <summary>
/// Runs <c>alert_cmd</c> and posts to <c>alert_url</c>, each within a time limit. Notices of one service keep their
/// order; those of different services do not wait for each other, up to a bound. The loop waits for none of them.
/// </summary>
internal sealed class AlertSender(SupervisorConfig initial, CommandRunner commands, IEventSink events, TimeProvider time) : IAlerts, IDisposable
{
    private const int AtOnce = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, Task> latest = [];
    private readonly SemaphoreSlim gate = new(AtOnce);
    private volatile SupervisorConfig config = initial;
    private readonly Lazy<HttpClient> client = new(() => new() { Timeout = Patience });

    /// <summary>Called by the loop alone.</summary>
    public void Send(AlertNotice notice)
    {
        events.Write(new(time.GetUtcNow(), notice.Service, notice.Event, notice.Message) { Restart = notice.Restarts });
        var before = latest.GetValueOrDefault(notice.Service, Task.CompletedTask);
        latest[notice.Service] = DeliverAsync(notice, before);
    }

    public void Reconfigure(SupervisorConfig config) => this.config = config;

    public void Dispose()
    {
        gate.Dispose();
        if (client.IsValueCreated)
            client.Value.Dispose();
    }

    private async Task DeliverAsync(AlertNotice notice, Task before)
    {
        await before.ConfigureAwait(false);
        await gate.WaitAsync().ConfigureAwait(false);
        try
        {
            await Task.WhenAll(Try("alert_cmd", notice, RunAsync), Try("alert_url", notice, PostAsync)).ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }

    private async Task Try(string way, AlertNotice notice, Func<AlertNotice, Task> deliver)
    {
        try
        {
            await deliver(notice).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Whatever it was: the next notice is to be delivered all the same.
            events.Write(new(time.GetUtcNow(), notice.Service, "alert_failed", $"{way} did not deliver '{notice.Event}': {e.Message}") { Reason = e.Message });
        }
    }

    private async Task RunAsync(AlertNotice notice)
    {
        if (config.AlertCmd.IsEmpty)
            return;
        var status = await commands.RunAsync(Command(notice), Patience).ConfigureAwait(false);
        if (!status.Success)
            throw new IOException($"{config.AlertCmd[0]} {status}");
    }

    private SpawnRequest Command(AlertNotice notice)
    {
        var folder = Path.GetDirectoryName(config.File)!;
        var variables = InheritedEnvironment.With(InheritedEnvironment.Read(), new Dictionary<string, string>
        {
            ["SUPERVISOR_EVENT"] = notice.Event,
            ["SUPERVISOR_SERVICE"] = notice.Service,
            ["SUPERVISOR_RESTARTS"] = $"{notice.Restarts}",
            ["SUPERVISOR_MESSAGE"] = notice.Message,
        });
        var path = ExecutableLookup.Find(config.AlertCmd[0], folder, InheritedEnvironment.Value(variables, "PATH"));
        return new()
        {
            Path = path ?? throw new IOException($"{config.AlertCmd[0]}: not found, or not executable"),
            Argv = config.AlertCmd,
            Environment = variables,
            WorkingDir = folder,
        };
    }

    private async Task PostAsync(AlertNotice notice)
    {
        if (config.AlertUrl is null)
            return;
        using var content = new ReadOnlyMemoryContent(Body(notice, time.GetUtcNow()));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, config.AlertUrl) { Content = content };
        using var response = await client.Value.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
    }

    private static ReadOnlyMemory<byte> Body(AlertNotice notice, DateTimeOffset at) => JsonExtensions.Object(writer =>
    {
        writer.WriteString("event", notice.Event);
        writer.WriteString("service", notice.Service);
        writer.WriteNumber("restarts", notice.Restarts);
        writer.WriteString("message", notice.Message);
        writer.WriteString("host", Environment.MachineName);
        writer.WriteString("at", at);
    });
}
