using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.Web.Tests;

/// <summary>What is answered to whom.</summary>
public sealed class RequestTests
{
    private const HttpStatusCode Forbidden = HttpStatusCode.Forbidden;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_waits_for_a_supervisor_and_says_so()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        await using var web = await WebProgram.StartAsync(deployment);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable), ((await web.GetAsync("/")).Status, (await web.GetAsync("/health")).Status, (await web.GetAsync("/metrics")).Status));
        using (var stream = await EventsAsync(web))
            Assert.StartsWith("no supervisor is running for ", (await NextAsync(stream)).GetProperty("lost").GetString(), StringComparison.Ordinal);
        await deployment.StartHealthyAsync();
        Assert.Equal(HttpStatusCode.OK, (await web.GetAsync("/health")).Status);
        using var later = await EventsAsync(web);
        await NextAsync(later, told => told.GetProperty("lost").ValueKind == JsonValueKind.Null);
    }

    [Fact]
    public async Task The_first_event_is_the_whole_status_and_then_comes_what_is_new()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000")), ("b", Shell("exec sleep 1000").With(("backoff_initial", "2s")))).StartHealthyAsync();
        await using var web = await WebProgram.StartAsync(deployment);
        using var stream = await EventsAsync(web);
        var first = await NextAsync(stream, told => told.GetProperty("lost").ValueKind == JsonValueKind.Null);
        Assert.Equal(["a", "b"], first.GetProperty("services").EnumerateArray().Select(NameOf));
        Signals.Send(await deployment.PidAsync("b"), "KILL");
        var next = await NextAsync(stream, told => told.GetProperty("notes").GetArrayLength() > 0);
        Assert.Equal(["b"], next.GetProperty("services").EnumerateArray().Select(NameOf));
        Assert.StartsWith("b: killed by SIGKILL ", next.GetProperty("notes")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal(["a", "b"], next.GetProperty("names").EnumerateArray().Select(name => name.GetString()!));
        static string NameOf(JsonElement view) => view.GetProperty("status").GetProperty("name").GetString()!;
    }

    [Fact]
    public async Task The_metrics_are_those_of_the_verb()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        await using var web = await WebProgram.StartAsync(deployment);
        var (status, text, answer) = await web.GetAsync("/metrics");
        Assert.Equal((HttpStatusCode.OK, "text/plain; version=0.0.4; charset=utf-8"), (status, answer.Content.Headers.ContentType!.ToString()));
        Assert.Equal(Names((await deployment.RunAsync("metrics")).Output), Names(text));
        static IEnumerable<string> Names(string text) => text.Split('\n').Select(line => line[0..(line.StartsWith('#') ? line.Length : line.LastIndexOf(' ') + 1)]);
    }

    [Fact]
    public async Task A_service_is_stopped_started_and_restarted_by_the_page_alone()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000")), ("b", Shell("exec sleep 1000"))).StartHealthyAsync();
        await using var web = await WebProgram.StartAsync(deployment);
        var csrf = await web.CsrfAsync();
        var pid = await deployment.PidAsync("a");
        Assert.Equal(Forbidden, await PostAsync("/services/a/restart"));
        Assert.Equal(Forbidden, await PostAsync("/services/a/restart", ("X-CSRF-Token", new('0', 64))));
        Assert.Equal(Forbidden, await PostAsync("/services/a/restart", csrf, ("Origin", "http://evil.example")));
        Assert.Equal(Forbidden, await PostAsync("/services/a/restart", csrf, ("Origin", "null")));
        Assert.Equal(Forbidden, await PostAsync("/services/a/restart", csrf, ("Sec-Fetch-Site", "cross-site")));
        Assert.Equal(Forbidden, await PostAsync("/services/a/restart", csrf, ("Sec-Fetch-Site", "same-site")));
        Assert.Equal(pid, await deployment.PidAsync("a"));

        Assert.Equal(HttpStatusCode.NotFound, await PostAsync("/services/nobody/restart", csrf));
        Assert.Equal(HttpStatusCode.NotFound, await PostAsync("/services/*/restart", csrf));
        Assert.Equal(HttpStatusCode.NotFound, await PostAsync("/services/%2A/restart", csrf));
        Assert.Equal(HttpStatusCode.NotFound, await PostAsync("/services/a/kill", csrf));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await web.GetAsync("/services/a/restart")).Status);
        Assert.Equal(pid, await deployment.PidAsync("a"));

        var other = await deployment.PidAsync("b");
        Assert.Equal(HttpStatusCode.Accepted, await PostAsync("/services/a/restart", csrf, ("Origin", web.Address.GetLeftPart(UriPartial.Authority)), ("Sec-Fetch-Site", "same-origin")));
        await Commands.UntilAsync(() => deployment.PidOrNoneAsync("a"), now => now != 0 && now != pid);
        Assert.Equal(other, await deployment.PidAsync("b"));
        Assert.Equal(HttpStatusCode.Accepted, await PostAsync("/services/a/stop", csrf));
        await Commands.UntilAsync(() => deployment.PidOrNoneAsync("a"), now => now == 0);
        Assert.Equal(HttpStatusCode.Accepted, await PostAsync("/services/a/start", csrf));
        await Commands.UntilAsync(() => deployment.PidOrNoneAsync("a"), now => now != 0);

        async Task<HttpStatusCode> PostAsync(string path, params (string, string)[] headers) => (await web.AskAsync(HttpMethod.Post, path, headers)).Status;
    }

    [Fact]
    public async Task Read_only_changes_nothing()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        await using var web = await WebProgram.StartAsync(deployment, "--read-only");
        var pid = await deployment.PidAsync("a");
        foreach (var verb in new[] { "start", "stop", "restart" })
            Assert.Equal(HttpStatusCode.MethodNotAllowed, (await web.AskAsync(HttpMethod.Post, $"/services/a/{verb}", await web.CsrfAsync())).Status);
        Assert.Equal(HttpStatusCode.OK, (await web.GetAsync("/services/a")).Status);
        Assert.Equal(pid, await deployment.PidAsync("a"));
    }

    /// <summary>A site may have its own name point to 127.0.0.1, and ask there in the name of its own page.</summary>
    [Theory]
    [InlineData("evil.example", false)]
    [InlineData("evil.example:9180", false)]
    [InlineData("127.0.0.1.evil.example", false)]
    [InlineData("192.0.2.1", false)]
    [InlineData("localhost.evil.example", false)]
    [InlineData("localhost", true)]
    [InlineData("LocalHost:1234", true)]
    [InlineData("127.0.0.1:1234", true)]
    [InlineData("[::1]:1234", true)]
    public async Task Without_a_token_only_names_of_this_machine_are_answered(string host, bool isAnswered)
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        await using var web = await WebProgram.StartAsync(deployment);
        foreach (var path in new[] { "/", "/app.js", "/events?log=a", "/history", "/services/a" })
            Assert.Equal(isAnswered, (await web.AskAsync(HttpMethod.Head, path, ("Host", host))).Status != Forbidden);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/app.js")]
    [InlineData("/style.css")]
    [InlineData("/history")]
    [InlineData("/health")]
    [InlineData("/nowhere")]
    [InlineData("/services/a/stop")]
    public async Task Whatever_is_answered_is_fenced_in(string path)
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        await using var web = await WebProgram.StartAsync(deployment);
        var headers = (await web.GetAsync(path)).Answer.Headers;
        var policy = headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("script-src 'self'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal(["nosniff"], headers.GetValues("X-Content-Type-Options"));
        Assert.True(headers.CacheControl!.NoStore);
        Assert.False(headers.Contains("Server") || headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task With_a_token_every_request_needs_it()
    {
        const string Token = "correct-horse-battery-staple";
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        await using var web = await WebProgram.StartAsync(deployment, "--listen", "0.0.0.0:0", "--token-file", TokenFile(deployment, Token));
        foreach (var path in new[] { "/", "/app.js", "/style.css", "/icon.svg", "/events", "/metrics", "/health", "/history", "/services/a", "/nowhere" })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await web.GetAsync(path)).Status);
            Assert.Equal(HttpStatusCode.Unauthorized, (await web.GetAsync(path, ("Authorization", "Bearer wrong"))).Status);
            Assert.Equal(HttpStatusCode.Unauthorized, (await web.GetAsync(path, ("Authorization", $"Basic {Token}"))).Status);
            Assert.Equal(HttpStatusCode.Unauthorized, (await web.GetAsync(path, ("Cookie", $"supervisor-web-0={Token}"))).Status);
        }
        Assert.Equal(HttpStatusCode.Unauthorized, (await web.AskAsync(HttpMethod.Post, "/services/a/stop")).Status);
        var bearer = ("Authorization", $"Bearer {Token}");
        Assert.Equal(HttpStatusCode.OK, (await web.GetAsync("/health", bearer)).Status);
        Assert.Equal(HttpStatusCode.OK, (await web.GetAsync("/metrics", bearer, ("Host", "dispatch.example"))).Status);
        // The token is not the CSRF token.
        Assert.Equal(Forbidden, (await web.AskAsync(HttpMethod.Post, "/services/a/stop", bearer)).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await web.AskAsync(HttpMethod.Post, "/services/a/stop", bearer, await web.CsrfAsync(bearer))).Status);

        Assert.Equal(HttpStatusCode.Unauthorized, (await LogInAsync("wrong")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await LogInAsync(Token, "http://evil.example")).StatusCode);
        var let = await LogInAsync(Token);
        Assert.Equal((HttpStatusCode.SeeOther, "/"), (let.StatusCode, let.Headers.Location!.ToString()));
        var cookie = let.Headers.GetValues("Set-Cookie").Single();
        Assert.EndsWith("; Path=/; HttpOnly; SameSite=Strict", cookie, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, cookie, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await web.GetAsync("/", ("Cookie", cookie.Split(';')[0]))).Status);
        Assert.EndsWith("; Secure", (await LogInAsync(Token, $"https://{web.Address.Authority}")).Headers.GetValues("Set-Cookie").Single(), StringComparison.Ordinal);

        // What is no form, or a very long one, is no reason to fail.
        using var json = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
        Assert.Equal(HttpStatusCode.Unauthorized, (await web.Client.PostAsync(new Uri("/login", UriKind.Relative), json, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await LogInAsync(new('x', 100_000))).StatusCode);

        async Task<HttpResponseMessage> LogInAsync(string token, string? origin = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/login") { Content = new FormUrlEncodedContent([new("token", token)]) };
            if (origin is not null)
                request.Headers.Add("Origin", origin);
            return await web.Client.SendAsync(request, Cancel);
        }
    }

    [Fact]
    public async Task It_ends_at_once_at_SIGTERM_with_a_page_that_is_open()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        await using var web = await WebProgram.StartAsync(deployment);
        using var stream = await EventsAsync(web);
        await NextAsync(stream);
        var since = Stopwatch.StartNew();
        Assert.Equal(0, await web.EndAsync());
        Assert.InRange(since.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    /// <summary>The supervisor has room for 64 connections, and its own commands need one, whoever visits the page.</summary>
    [Fact]
    public async Task A_crowd_of_visitors_leaves_the_supervisor_room()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        await using var web = await WebProgram.StartAsync(deployment);
        var crowd = Enumerable.Range(0, 90).Select(_ => web.GetAsync("/metrics")).ToList();
        Assert.Equal(0, (await deployment.RunAsync("status")).ExitCode);
        Assert.All(await Task.WhenAll(crowd), answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
    }

    [Fact]
    public async Task What_a_log_holds_comes_as_lines_of_text()
    {
        await using var deployment = await Deployment.Of(("a", Shell("printf 'one\\n\\033[2Jtwo\\342\\200\\256\\n'; exec sleep 1000"))).StartHealthyAsync();
        await using var web = await WebProgram.StartAsync(deployment);
        using var stream = await EventsAsync(web, "?log=a");
        var log = await NextAsync(stream, told => told.TryGetProperty("log", out _));
        Assert.Equal(["one", @"\u001b[2Jtwo\u202e"], log.GetProperty("lines").EnumerateArray().Select(line => line.GetString()!));
        await File.AppendAllTextAsync(Path.Combine(deployment.Folder, "logs", "a.log"), "three\n", Cancel);
        log = await NextAsync(stream, told => told.TryGetProperty("log", out _));
        Assert.Equal(["three"], log.GetProperty("lines").EnumerateArray().Select(line => line.GetString()!));
        // Nobody reads what is no service's log.
        using var none = await EventsAsync(web, "?log=../supervisor");
        Assert.False((await NextAsync(none)).TryGetProperty("log", out _));
    }

    /// <summary>A link in place of a log is refused, as everywhere. The rest of the page goes on.</summary>
    [Fact]
    public async Task A_log_that_cannot_be_read_says_why()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        await using var web = await WebProgram.StartAsync(deployment);
        var log = Path.Combine(deployment.Folder, "logs", "a.log");
        File.Delete(log);
        File.CreateSymbolicLink(log, "/etc/hostname");
        using var stream = await EventsAsync(web, "?log=a");
        Assert.Contains("symbolic link", (await NextAsync(stream, told => told.TryGetProperty("log", out _))).GetProperty("lines")[0].GetString(), StringComparison.Ordinal);
        Signals.Send(await deployment.PidAsync("a"), "KILL");
        await NextAsync(stream, told => told.TryGetProperty("notes", out var notes) && notes.GetArrayLength() > 0);
    }

    [Fact]
    public async Task Nothing_of_a_service_but_what_the_verbs_show_is_told()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000 # word").With(("environment", new System.Text.Json.Nodes.JsonObject { ["PASSWORD"] = "hunter2" })))).StartHealthyAsync();
        await using var web = await WebProgram.StartAsync(deployment);
        using var stream = await EventsAsync(web);
        var told = (await NextAsync(stream, told => told.GetProperty("services").GetArrayLength() > 0)).GetRawText();
        foreach (var path in new[] { "/", "/app.js", "/metrics", "/history", "/services/a" })
            told += (await web.GetAsync(path)).Text;
        Assert.DoesNotContain("hunter2", told, StringComparison.Ordinal);
        Assert.DoesNotContain("sleep", told, StringComparison.Ordinal);
    }

    /// <summary>The page in all, as it is sent.</summary>
    [Fact]
    public async Task The_page_is_small()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        await using var web = await WebProgram.StartAsync(deployment);
        var sizes = await Task.WhenAll(new[] { "/", "/app.js", "/style.css", "/icon.svg" }.Select(async path => (await web.GetAsync(path)).Text.Length));
        Assert.InRange(sizes.Sum(), 1, 100_000);
    }

    internal static string TokenFile(Deployment deployment, string token)
    {
        var file = Path.Combine(deployment.Folder, "token");
        File.WriteAllText(file, $"{token}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return file;
    }

    private static async Task<StreamReader> EventsAsync(WebProgram web, string query = "") => new(await web.Client.GetStreamAsync($"/events{query}", Cancel));

    private static async Task<JsonElement> NextAsync(StreamReader stream, Func<JsonElement, bool>? isIt = null)
    {
        // Lines of comment come for as long as nothing happens.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (await stream.ReadLineAsync(patience.Token) is { } line)
            if (line.StartsWith("data: ", StringComparison.Ordinal) && JsonElement.Parse(line["data: ".Length..]) is var told && isIt?.Invoke(told) != false)
                return told;
        throw new EndOfStreamException();
    }
}
