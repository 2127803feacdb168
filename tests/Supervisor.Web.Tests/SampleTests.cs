using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Supervisor.Web.Tests;

public sealed class SampleTests
{
    /// <summary>The sample at ports of its own, and with the program under test.</summary>
    [Fact]
    public async Task The_supervisor_guards_the_page_like_any_daemon()
    {
        Assert.SkipUnless(Commands.Exist("python3"), "python3 is not installed");
        var (files, page) = (Ports.Free(), Ports.Free());
        var sample = File.ReadAllText(Path.GetFullPath("../web/supervisor.json", Path.GetDirectoryName(Programs.SampleConfiguration)!))
            .Replace("\"supervisor-web\"", $"\"{WebProgram.Path}\"", StringComparison.Ordinal)
            .Replace("9180", $"{page}", StringComparison.Ordinal)
            .Replace("18280", $"{files}", StringComparison.Ordinal);
        var configuration = JsonNode.Parse(sample, null, new() { CommentHandling = JsonCommentHandling.Skip })!;
        await using var deployment = await Deployment.Of([.. configuration["services"]!.AsObject().Select(service => (service.Key, service.Value!.DeepClone().AsObject()))]).StartHealthyAsync();
        using var client = new HttpClient { BaseAddress = new($"http://127.0.0.1:{page}") };
        Assert.Contains("supervisor_service_up{service=\"page\"} 1", await client.GetStringAsync("/metrics", TestContext.Current.CancellationToken), StringComparison.Ordinal);

        var pid = await deployment.PidAsync("page");
        Signals.Send(pid, "KILL");
        await Commands.UntilAsync(() => deployment.PidOrNoneAsync("page"), now => now != 0 && now != pid);
        await deployment.DoneAsync("wait");
        Assert.Contains("supervisor_service_restarts_total{service=\"page\"} 1", await client.GetStringAsync("/metrics", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await deployment.DoneAsync("down");
    }
}
