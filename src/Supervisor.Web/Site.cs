using System.Text;
using Microsoft.AspNetCore.Http;

namespace Supervisor.Web;

/// <summary>What is served, and to whom.</summary>
internal sealed class Site
{
    private const string Json = "application/json; charset=utf-8";
    private const string Html = "text/html; charset=utf-8";
    private const string Text = "text/plain; charset=utf-8";
    private const string Metrics = "text/plain; version=0.0.4; charset=utf-8";
    private const string Services = "/services/";

    private static readonly TimeSpan LogPeriod = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    /// <summary>The supervisor has room for 64 connections, and others need some. So visitors share these few, and wait for one.</summary>
    private static readonly SemaphoreSlim s_turns = new(4);

    private readonly WebOptions options;
    private readonly Access access;
    private readonly Watcher watcher;
    private readonly TimeProvider clock;
    private readonly CancellationToken ending;
    private readonly Dictionary<string, (string Type, ReadOnlyMemory<byte> Content)> files;
    private readonly string loginPage = Resource("login.html");
    private readonly string instance = Guid.NewGuid().ToString("n");

    public Site(WebOptions options, Watcher watcher, TimeProvider clock, CancellationToken ending)
    {
        (this.options, access, this.watcher, this.clock, this.ending) = (options, new(options.Token), watcher, clock, ending);
        files = new()
        {
            ["/"] = (Html, Encoding.UTF8.GetBytes(Resource("index.html").Replace("{csrf}", access.CsrfToken, StringComparison.Ordinal).Replace("{read-only}", options.IsReadOnly ? "true" : "false", StringComparison.Ordinal).Replace("{instance}", instance, StringComparison.Ordinal))),
            ["/style.css"] = ("text/css; charset=utf-8", Encoding.UTF8.GetBytes(Resource("style.css"))),
            ["/app.js"] = ("text/javascript; charset=utf-8", Encoding.UTF8.GetBytes(Resource("app.js"))),
            ["/icon.svg"] = ("image/svg+xml", Encoding.UTF8.GetBytes(Resource("icon.svg"))),
        };
    }

    /// <summary>Answers a request.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        Protect(context.Response.Headers);
        try
        {
            await AnswerAsync(context, context.Request);
        }
        catch (BadHttpRequestException e)
        {
            await SayAsync(context, e.StatusCode, e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && !context.Response.HasStarted)
        {
            await SayAsync(context, StatusCodes.Status503ServiceUnavailable, e.Message);
        }
    }

    private Task AnswerAsync(HttpContext context, HttpRequest request)
    {
        var (path, isReading) = (request.Path.Value ?? "", HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method));
        if (!access.IsForUs(request.Host))
            return SayAsync(context, StatusCodes.Status403Forbidden, $"this page is served to this machine alone, by the names localhost, 127.0.0.1 and [::1]; for others start supervisor-web with --token-file");
        if (path == "/login" && access.NeedsToken && HttpMethods.IsPost(request.Method))
            return LoginAsync(context);
        if (!access.IsKnown(request.Headers, request.Cookies[CookieName]))
            return RefuseAsync(context, path == "/" && isReading);
        return path switch
        {
            _ when path.StartsWith(Services, StringComparison.Ordinal) => AnswerAboutAsync(context, path[Services.Length..].Split('/'), isReading),
            "/events" or "/metrics" or "/health" or "/history" when !isReading => RefuseMethodAsync(context, "GET, HEAD"),
            "/events" => StreamAsync(context),
            "/metrics" => InTurnAsync(context, client => (StatusCodes.Status200OK, MetricsCommand.TextOf(StatusOf(client, null))), Metrics),
            "/health" => InTurnAsync(context, client => (StatusCodes.Status200OK, $"ok: {StatusOf(client, []).Supervisor.Version}\n")),
            "/history" => SendAsync(context, Json, JsonExtensions.Line(writer => watcher.History.WriteLevels(writer, clock.GetUtcNow()))),
            _ when !files.TryGetValue(path, out var file) => SayAsync(context, StatusCodes.Status404NotFound, "there is no such page"),
            _ when !isReading => RefuseMethodAsync(context, "GET, HEAD"),
            _ => SendAsync(context, files[path].Type, files[path].Content),
        };
    }

    private Task AnswerAboutAsync(HttpContext context, string[] words, bool isReading) => words switch
    {
        [var name] when isReading => DetailAsync(context, name),
        [_] => RefuseMethodAsync(context, "GET, HEAD"),
        [_, "start" or "stop" or "restart"] when options.IsReadOnly => RefuseMethodAsync(context, "", "this page is read-only, as it was started with --read-only"),
        [_, "start" or "stop" or "restart"] when !HttpMethods.IsPost(context.Request.Method) => RefuseMethodAsync(context, "POST"),
        [_, "start" or "stop" or "restart"] when !access.IsOurs(context.Request.Headers) => SayAsync(context, StatusCodes.Status403Forbidden, $"only the page itself may ask for this: the header {Access.CsrfHeader} has to show what is in the page's <meta name=\"csrf-token\">"),
        [var name, "start" or "stop" or "restart"] => ChangeAsync(context, name, words[1]),
        _ => SayAsync(context, StatusCodes.Status404NotFound, "there is no such page"),
    };

    private async Task DetailAsync(HttpContext context, string name)
    {
        await s_turns.WaitAsync(context.RequestAborted);
        try
        {
            var detail = ServiceName.IsValid(name) ? ServiceDetail.Of(name, options.ConfigFile, watcher, clock.GetUtcNow()) : null;
            await (detail is { } known ? SendAsync(context, Json, known) : SayAsync(context, StatusCodes.Status404NotFound, $"no service is named {Printable.Quote(name)}"));
        }
        finally
        {
            s_turns.Release();
        }
    }

    private static StatusReport StatusOf(ControlClient client, IReadOnlyList<string>? names)
    {
        var reply = client.Call("status", new(names), ControlClient.Grace);
        return reply is { Error: null, Report: { } report } ? report : throw new IOException(reply.Error?.Message ?? "the answer of the supervisor makes no sense");
    }

    /// <summary>Has it begun, and does not wait for the outcome: the page sees that come.</summary>
    private Task ChangeAsync(HttpContext context, string name, string verb) => !ServiceName.IsValid(name)
        ? SayAsync(context, StatusCodes.Status404NotFound, $"no service is named {Printable.Quote(name)}")
        : InTurnAsync(context, client => client.Call(verb, new([name], Timeout: 0), ControlClient.Grace).Error switch
        {
            null or { Code: Fault.TimedOut } => (StatusCodes.Status202Accepted, $"{verb} of {name}: asked for\n"),
            { Code: Fault.UnknownName } unknown => (StatusCodes.Status404NotFound, $"{unknown.Message}\n"),
            var error => (StatusCodes.Status409Conflict, $"{error.Message}\n"),
        });

    /// <summary>Asks the supervisor.</summary>
    private async Task InTurnAsync(HttpContext context, Func<ControlClient, (int Status, string Answer)> ask, string type = Text)
    {
        await s_turns.WaitAsync(context.RequestAborted);
        (int Status, string Answer) told;
        try
        {
            using var client = watcher.TryConnect() ?? throw new IOException($"no supervisor is running for {options.ConfigFile}");
            told = ask(client);
        }
        finally
        {
            s_turns.Release();
        }
        context.Response.StatusCode = told.Status;
        await SendAsync(context, type, Encoding.UTF8.GetBytes(told.Answer));
    }

    /// <summary>Everything that goes on, on one connection: first how all stands, then what is new; and the end of a log, if one is asked for.</summary>
    private async Task StreamAsync(HttpContext context)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, ending);
        var log = LogOf(context.Request.Query["log"].ToString());
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers["X-Accel-Buffering"] = "no"; // A proxy that collects what it passes on would hold it up.
        watcher.Count(+1);
        try
        {
            Snapshot? shown = null;
            while (!HttpMethods.IsHead(context.Request.Method))
            {
                var newest = watcher.Current;
                if (newest != shown)
                    await SendEventAsync(context, shown?.Next is { IsCompleted: true } next && next.Result == newest ? newest.News : newest.Whole(instance), either.Token);
                shown = newest;
                if (log?.Read() is { } lines)
                    await SendEventAsync(context, lines, either.Token);
                else if (await Task.WhenAny(shown.Next, Task.Delay(log is null ? KeepAlive : LogPeriod, clock, either.Token)) != shown.Next && log is null)
                    await context.Response.Body.WriteAsync(":\n\n"u8.ToArray(), either.Token);
                either.Token.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException)
        {
            // The page was closed, or the program ends.
        }
        finally
        {
            watcher.Count(-1);
        }
    }

    private LogTail? LogOf(string name) =>
        ServiceName.IsValid(name) && ConfigurationReader.LogsOf(options.ConfigFile).Tentative is { } places ? new(name, LogPath.Of(places.LogDir, name)) : null;

    private static async Task SendEventAsync(HttpContext context, ReadOnlyMemory<byte> line, CancellationToken until)
    {
        await context.Response.Body.WriteAsync((byte[])[.. "data: "u8, .. line.Span, (byte)'\n'], until);
        await context.Response.Body.FlushAsync(until);
    }

    private async Task LoginAsync(HttpContext context)
    {
        // A form of one short field: what is longer, or no form, is none of ours.
        var form = context.Request.HasFormContentType && context.Request.ContentLength < 4096 ? await context.Request.ReadFormAsync(context.RequestAborted) : FormCollection.Empty;
        if (!Access.IsSameOrigin(context.Request.Headers) || !access.IsToken(form["token"].ToString().Trim()))
        {
            await RefuseAsync(context, isPerson: true, "That is not the token.");
            return;
        }
        var secure = context.Request.Headers.Origin.ToString().StartsWith("https:", StringComparison.Ordinal);
        context.Response.Headers.SetCookie = $"{CookieName}={access.CookieValue}; Path=/; HttpOnly; SameSite=Strict{(secure ? "; Secure" : "")}";
        context.Response.Headers.Location = "/";
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
    }

    /// <summary>A browser has one jar of cookies for all ports of a host.</summary>
    private string CookieName => $"supervisor-web-{options.Listen.Port}";

    private Task RefuseAsync(HttpContext context, bool isPerson, string said = "")
    {
        context.Response.Headers.WWWAuthenticate = "Bearer";
        if (!isPerson)
            return SayAsync(context, StatusCodes.Status401Unauthorized, "the token is missing or wrong: Authorization: Bearer TOKEN");
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return SendAsync(context, Html, Encoding.UTF8.GetBytes(loginPage.Replace("{said}", said, StringComparison.Ordinal)));
    }

    private static Task RefuseMethodAsync(HttpContext context, string allowed, string? why = null)
    {
        context.Response.Headers.Allow = allowed;
        return SayAsync(context, StatusCodes.Status405MethodNotAllowed, why ?? $"this answers to {allowed} alone");
    }

    private static Task SayAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        return SendAsync(context, Text, Encoding.UTF8.GetBytes($"{message}\n"));
    }

    private static Task SendAsync(HttpContext context, string type, ReadOnlyMemory<byte> content)
    {
        (context.Response.ContentType, context.Response.ContentLength) = (type, content.Length);
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(content).AsTask();
    }

    /// <summary>Nothing from elsewhere, nothing inline, in nobody's frame, and kept nowhere.</summary>
    private static void Protect(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(Site).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
