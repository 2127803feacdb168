using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Supervisor.Tests.Probes;

namespace Supervisor.Tests.Alerts;

/// <summary>Whatever becomes of one notice, the next one is delivered.</summary>
public sealed class AlertSenderTests
{
    private static readonly AlertNotice Alert = new("alert", "a", 11, "alert: restarted 11 times in a row; still trying");
    private static readonly AlertNotice Recovered = new("recovered", "a", 11, "recovered: it is back");
    private static readonly SupervisorConfig Silent = new() { File = "/f.json", LogDir = "/", StateDir = "/", Services = [] };
    private static readonly SupervisorConfig ByCommand = Silent with { AlertCmd = ["/bin/sh", "-c", "mail"] };

    private readonly Channel<Message> inbox = Channel.CreateUnbounded<Message>();
    private readonly Recorder events = new();
    private readonly FakeTimeProvider time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_command_that_fails_swallows_neither_its_failure_nor_the_next_notice()
    {
        using var alerts = SenderOf(ByCommand);
        alerts.Send(Alert);
        alerts.Send(Recovered);
        (await RunAsync()).Ended.SetResult(new ExitStatus(1, null));
        Assert.Equal("alert_cmd did not deliver 'alert': /bin/sh exited with code 1", (await events.NextAsync("alert_failed")).Text);
        Assert.Contains("SUPERVISOR_EVENT=recovered", (await RunAsync()).Request.Environment);
    }

    [Fact]
    public async Task A_command_that_cannot_be_found_is_told_each_time()
    {
        using var alerts = SenderOf(Silent with { AlertCmd = ["no-such-program"] });
        alerts.Send(Alert);
        alerts.Send(Recovered);
        foreach (var notice in new[] { "alert", "recovered" })
            Assert.Equal($"alert_cmd did not deliver '{notice}': no-such-program: not found, or not executable", (await events.NextAsync("alert_failed")).Text);
    }

    [Fact]
    public async Task A_command_that_hangs_is_killed_after_30_seconds_and_the_next_notice_follows()
    {
        using var alerts = SenderOf(ByCommand);
        alerts.Send(Alert);
        alerts.Send(Recovered);
        var first = await RunAsync();
        time.Advance(TimeSpan.FromSeconds(29.9));
        Assert.False(inbox.Reader.TryPeek(out _));
        time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(first.Ended, Assert.IsType<Message.KillCommand>(await inbox.Reader.ReadAsync(Cancel)).Ended);
        Assert.Contains("SUPERVISOR_EVENT=recovered", (await RunAsync()).Request.Environment);
    }

    /// <summary>The configuration takes no such address; that it is none stands for whatever else may be thrown.</summary>
    [Fact]
    public async Task An_error_of_any_kind_does_not_swallow_the_next_notice()
    {
        using var alerts = SenderOf(Silent with { AlertUrl = new("gopher://127.0.0.1/") });
        alerts.Send(Alert);
        alerts.Send(Recovered);
        foreach (var notice in new[] { "alert", "recovered" })
            Assert.StartsWith($"alert_url did not deliver '{notice}': ", (await events.NextAsync("alert_failed")).Text);
    }

    [Fact]
    public async Task A_server_that_refuses_is_told_and_the_next_notice_follows()
    {
        await using var endpoint = Endpoint.ThatSays("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n");
        using var alerts = SenderOf(Silent with { AlertUrl = endpoint.Service.HealthUrl });
        alerts.Send(Alert);
        alerts.Send(Recovered);
        foreach (var notice in new[] { "alert", "recovered" })
            Assert.StartsWith($"alert_url did not deliver '{notice}': ", (await events.NextAsync("alert_failed")).Text);
    }

    [Fact]
    public async Task Of_an_endless_answer_no_more_is_read_than_its_head()
    {
        await using var endpoint = Endpoint.ThatSaysForEver("HTTP/1.1 200 OK\r\n\r\n", "\0");
        using var alerts = SenderOf(Silent with { AlertUrl = endpoint.Service.HealthUrl, AlertCmd = ByCommand.AlertCmd });
        alerts.Send(Alert);
        (await RunAsync()).Ended.SetResult(new ExitStatus(0, null));
        alerts.Send(Recovered);
        // The second command runs once both ways of the first notice are done.
        await RunAsync();
        Assert.DoesNotContain(events.Rest(), record => record.Event == "alert_failed");
    }

    [Fact]
    public async Task Notices_of_different_services_do_not_wait_for_each_other()
    {
        using var alerts = SenderOf(ByCommand);
        alerts.Send(Alert);
        alerts.Send(Alert with { Service = "b" });
        await RunAsync();
        await RunAsync();
    }

    private AlertSender SenderOf(SupervisorConfig config) => new(config, new(inbox.Writer, time), events, time);

    private async Task<Message.RunCommand> RunAsync() =>
        Assert.IsType<Message.RunCommand>(await inbox.Reader.ReadAsync(Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Cancel));
}
