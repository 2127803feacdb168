using System.Text;
using Supervisor.Tests.Probes;

namespace Supervisor.Tests.Alerts;

public sealed class HeartbeatSenderTests
{
    private readonly Recorder events = new();

    [Fact]
    public async Task A_failure_is_told_once_and_so_is_its_end_and_neither_tells_the_URL()
    {
        string[] answers = ["500 X", "404 X", "200 OK", "200 OK", "503 X"];
        var count = 0;
        await using var endpoint = Endpoint.That(async (client, cancel) =>
            await client.SendAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {answers[count++]}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), cancel));
        using var heartbeat = new HeartbeatSender(events, TimeProvider.System);
        for (var beat = 1; beat <= answers.Length; beat++)
            await heartbeat.BeatAsync(new(endpoint.Service.HealthUrl!, "/secret"));

        var told = events.Rest();
        Assert.Equal(["heartbeat_failed", "heartbeat_recovered", "heartbeat_failed"], told.Select(record => record.Event));
        Assert.All(told, record => Assert.DoesNotContain("secret", record.Text));
        Assert.Equal(answers.Length, endpoint.Connections);
    }

    [Fact]
    public async Task While_one_is_under_way_there_is_no_other()
    {
        await using var endpoint = Endpoint.ThatSays("HTTP/1.1 200");
        using var heartbeat = new HeartbeatSender(events, TimeProvider.System);
        var first = heartbeat.BeatAsync(endpoint.Service.HealthUrl!);
        Assert.Same(first, heartbeat.BeatAsync(endpoint.Service.HealthUrl!));
    }
}
