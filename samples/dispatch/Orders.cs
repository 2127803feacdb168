namespace Dispatch;

/// <summary>What can be asked and told over HTTP.</summary>
internal sealed class Orders(Options options, Termination termination, NumberedLines log)
{
    private const string Known = "/health, /do/probes, /do/unhealthy?after=N&for=N, /do/healthy, /do/hang, "
        + "/do/exit?code=N, /do/crash, /do/ignore-term, /do/fork?ignore-term=true, /do/log?rate=N&count=N";

    private static readonly Reply Ok = new(200, "ok");

    private readonly HealthAnswers _health = new(options.UnhealthyAfter, options.UnhealthyFor);
    private bool _hanging = options.Hang;

    /// <returns>The reply; null for none, ever.</returns>
    public Reply? Answer(Request request)
    {
        try
        {
            return _hanging ? null : Obey(request);
        }
        catch (FormatException wrong)
        {
            return new Reply(400, wrong.Message);
        }
    }

    private Reply Obey(Request request) => request.Path switch
    {
        "/health" => _health.Next() ? Ok : new Reply(503, "unhealthy"),
        "/do/probes" => new Reply(200, $$"""{"pid":{{Environment.ProcessId}},"health":{{_health.Asked}},"lines":{{log.Written}}}"""),
        "/do/unhealthy" => Unhealthy(request),
        "/do/healthy" => Healthy(),
        "/do/hang" => Hang(),
        "/do/exit" => Exit(request),
        "/do/crash" => Ok with { Then = Crash.Now },
        "/do/ignore-term" => IgnoreTerm(),
        "/do/fork" => new Reply(200, $"{Child.Start(request.Flag("ignore-term"))}"),
        "/do/log" => Log(request),
        _ => new Reply(404, $"known are {Known}"),
    };

    private Reply Unhealthy(Request request)
    {
        _health.Turn(request.Count("after") ?? 0, request.Count("for") ?? HealthAnswers.Endless);
        return Ok;
    }

    private Reply Healthy()
    {
        _health.Turn(HealthAnswers.Endless, 0);
        return Ok;
    }

    private Reply Hang()
    {
        _hanging = true;
        return Ok;
    }

    private static Reply Exit(Request request)
    {
        var code = Value.ExitCode(request.Query("code") ?? "0");
        return Ok with { Then = () => Environment.Exit(code) };
    }

    private Reply IgnoreTerm()
    {
        termination.Ignored = true;
        return Ok;
    }

    private Reply Log(Request request) =>
        log.TryBegin(request.Count("rate") ?? 0, request.Count("count") ?? NumberedLines.Endless)
            ? Ok
            : new Reply(409, "still writing the lines of the last order");
}
