using System.Text.Json;
using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.Web.Tests;

public sealed class PrometheusTests
{
    /// <summary>Prometheus itself reads what is served, and knows of a failure by it.</summary>
    [Fact]
    public async Task Prometheus_scrapes_the_page()
    {
        Assert.SkipUnless(Commands.Exist("prometheus"), "prometheus is not installed (Debian: prometheus)");
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000")), ("b", Shell("exec sleep 1000"))).StartHealthyAsync();
        await using var web = await WebProgram.StartAsync(deployment);
        var port = Ports.Free();
        File.WriteAllText(Path.Combine(deployment.Folder, "prometheus.yml"), $$"""
            global: { scrape_interval: 500ms, scrape_timeout: 500ms }
            scrape_configs:
            - job_name: supervisor
              static_configs: [{ targets: ["{{web.Address.Authority}}"] }]
            """);
        using var prometheus = Commands.Start(
            "prometheus",
            $"--config.file={Path.Combine(deployment.Folder, "prometheus.yml")}",
            $"--storage.tsdb.path={Path.Combine(deployment.Folder, "tsdb")}",
            $"--web.listen-address=127.0.0.1:{port}");
        _ = prometheus.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            Assert.Equal("1", await ValueAsync("up{job=\"supervisor\"}", value => value == "1"));
            Assert.Equal("1", await ValueAsync("supervisor_service_up{service=\"a\"}", value => value == "1"));
            Signals.Send(await deployment.PidAsync("b"), "KILL");
            Assert.Equal("1", await ValueAsync("supervisor_service_restarts_total{service=\"b\"}", value => value == "1"));
            Assert.Equal("1", await ValueAsync("count(supervisor_build_info{version!=\"\"})", value => value == "1"));
        }
        finally
        {
            Signals.Send(prometheus.Id, "TERM");
            await prometheus.WaitForExitAsync(CancellationToken.None);
        }

        async Task<string?> ValueAsync(string query, Func<string?, bool> isRight)
        {
            using var client = new HttpClient();
            return await Commands.UntilAsync(async () => await AskAsync(client, query), isRight);
        }

        async Task<string?> AskAsync(HttpClient client, string query)
        {
            try
            {
                var answer = JsonElement.Parse(await client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/api/v1/query?query={Uri.EscapeDataString(query)}")));
                return answer.GetProperty("data").GetProperty("result").EnumerateArray().Select(one => one.GetProperty("value")[1].GetString()).SingleOrDefault();
            }
            catch (HttpRequestException)
            {
                return null; // It is not ready yet.
            }
        }
    }
}
