namespace Dispatch;

/// <summary>
/// The daemon: one thread that answers one request after the other, so that what it was told to do can be
/// kept in plain fields.
/// </summary>
internal static class Daemon
{
    /// <summary>Runs until a signal, an order or an option ends the process.</summary>
    public static void Run(Options options)
    {
        using var termination = new Termination(options.Name, options.StopDelay) { Ignored = options.IgnoreTerm };
        using var exit = After(options.ExitAfter, () => Environment.Exit(options.Code));
        using var crash = After(options.CrashAfter, Crash.Now);
        Thread.Sleep(options.StartDelay);

        var log = new NumberedLines(options.Name);
        if (options.Fork)
            Child.Start(ignoreTerm: true);
        if (options.LogRate is not null || options.LogCount is not null)
            log.TryBegin(options.LogRate ?? 0, options.LogCount ?? NumberedLines.Endless);

        if (options.Port == 0)
            Idle(options);
        else
            Serve(options, new Orders(options, termination, log));
    }

    private static void Idle(Options options)
    {
        Output.Line($"{options.Name}: running (pid {Environment.ProcessId})");
        Thread.Sleep(Timeout.Infinite);
    }

    private static void Serve(Options options, Orders orders)
    {
        using var server = new HttpServer(options.Port);
        Output.Line($"{options.Name}: listening on 127.0.0.1:{options.Port} (pid {Environment.ProcessId})");
        server.Serve(orders.Answer);
    }

    private static Timer? After(TimeSpan? delay, Action action) =>
        delay is { } time ? new Timer(_ => action(), null, time, Timeout.InfiniteTimeSpan) : null;
}
