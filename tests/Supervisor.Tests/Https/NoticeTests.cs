using System.Diagnostics;
using System.Text;
using Supervisor.Tests.Probes;
using static Supervisor.Tests.Https.CheckTests;

namespace Supervisor.Tests.Https;

/// <summary>The program that delivers alerts and heartbeats, and tells nobody their address.</summary>
public sealed class NoticeTests
{
    private const string Body = "{\"event\":\"alert\",\"message\":\"überlastet\"}";

    [Fact]
    public async Task A_post_delivers_its_body()
    {
        var asked = new StringBuilder();
        await using var endpoint = Endpoint.ThatAtOnce(async (client, cancel) =>
        {
            var buffer = new byte[4096];
            while (!asked.ToString().EndsWith('}'))
                asked.Append(Encoding.UTF8.GetString(buffer, 0, await client.ReceiveAsync(buffer, cancel)));
            await client.SendAsync(Encoding.ASCII.GetBytes("HTTP/1.1 204 X\r\n\r\n"), cancel);
        });
        Assert.Equal((0, ""), await RunAsync("post", new(Url(endpoint), "/secret?a=b"), ("SUPERVISOR_BODY", Body)));
        Assert.StartsWith("POST /secret?a=b HTTP/1.1\r\n", asked.ToString(), StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Type: application/json\r\n", asked.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n" + Body, asked.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_an_endless_answer_no_more_is_read_than_its_head()
    {
        await using var endpoint = Endpoint.ThatSaysForEver("HTTP/1.1 200 OK\r\n\r\n", "\0");
        Assert.Equal((0, ""), await RunAsync("get", Url(endpoint)));
    }

    [Fact]
    public async Task A_redirect_is_followed()
    {
        await using var target = Endpoint.ThatSays("HTTP/1.1 200 OK\r\n\r\n");
        await using var endpoint = Endpoint.ThatSays($"HTTP/1.1 302 X\r\nLocation: {Url(target)}\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal((0, ""), await RunAsync("get", Url(endpoint)));
        Assert.Equal(1, target.Connections);
    }

    /// <summary>Some of these servers say the address back.</summary>
    [Theory]
    [InlineData("HTTP/1.1 500 No /secret here\r\nContent-Length: 0\r\n\r\n", "HTTP 500\n")]
    [InlineData("GET /secret HTTP/1.1\r\n\r\n", "the answer is not one of HTTP\n")]
    [InlineData("HTTP/1.1 200 OK\r\n/secret\r\n\r\n", "the answer is not one of HTTP\n")]
    [InlineData("HTTP/1.1 200 OK\r\n", "the answer ended before its head did\n")]
    public async Task A_failure_is_told_without_the_address(string answer, string expected)
    {
        await using var endpoint = Endpoint.That(async (client, cancel) => await client.SendAsync(Encoding.ASCII.GetBytes(answer), cancel));
        Assert.Equal((1, expected), await RunAsync("get", new(Url(endpoint), "/secret")));
    }

    [Fact]
    public async Task A_port_that_nobody_listens_on_is_a_failure() =>
        Assert.Equal((1, "connection refused\n"), await RunAsync("post", Unused(), ("SUPERVISOR_BODY", Body)));

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_a_failure()
    {
        using var certificate = SelfSigned();
        await using var endpoint = Secure(certificate);
        var (code, told) = await RunAsync("get", Named(endpoint, "https"));
        Assert.Equal(1, code);
        Assert.StartsWith("The remote certificate is invalid", told, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_does_not_answer_is_a_failure_when_the_time_is_up()
    {
        await using var endpoint = Endpoint.ThatSays("HTTP/1.1 200 OK\r\n");
        Assert.Equal((1, "no answer within 300ms\n"), await RunAsync("get", Url(endpoint), ("SUPERVISOR_PATIENCE_MS", "300")));
    }

    [Theory]
    [InlineData("get", "gopher://127.0.0.1/secret")]
    [InlineData("get", "secret")]
    [InlineData("post", "http://127.0.0.1/secret")]
    [InlineData("put", "http://127.0.0.1/secret")]
    public async Task Wrong_usage_is_told_on_stderr_without_the_address(string mode, string url)
    {
        using var process = Start(mode, ("SUPERVISOR_URL", url));
        var told = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((2, "\n"), (process.ExitCode, told[^1..]));
        Assert.DoesNotContain("secret", told, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Told)> RunAsync(string mode, Uri url, params (string Name, string Value)[] more)
    {
        using var process = Start(mode, [("SUPERVISOR_URL", url.AbsoluteUri), .. more]);
        var told = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, told);
    }

    private static Process Start(string mode, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(HttpsProgram.File, [mode]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in HttpsProgram.Disturbing)
            start.Environment.Remove(name);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
