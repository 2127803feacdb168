namespace Supervisor.Client;

/// <summary><c>start</c>, <c>stop</c>, <c>restart</c> and <c>wait</c>: ask, wait for the outcome, show it.</summary>
internal static class ChangeCommand
{
    /// <summary>The verb is the method's name.</summary>
    public static int Run(CommandLine line)
    {
        long? begun = null;
        return ClientCommand.Run(line, client =>
        {
            var elapsed = Since(begun);
            var left = line.Timeout > elapsed ? line.Timeout - elapsed : TimeSpan.Zero;
            // Where an upgrade came between, what is asked twice is done once, but for a restart.
            var isRestartAgain = begun is not null && line.Verb.Name == "restart";
            begun ??= TimeProvider.System.GetTimestamp();
            var reply = isRestartAgain ? GoOn(client, line, begun, left) : Ask(client, line.Verb.Name, ClientCommand.Parameters(line), left);
            var code = ClientCommand.CodeOf(reply);
            if (reply.Report is { Services.Count: > 0 } report)
                ClientCommand.Print(line, report);
            return code;
        });
    }

    /// <summary>Restarts those whose processes are older than the command, and waits for all.</summary>
    private static Reply GoOn(ControlClient client, CommandLine line, long? begun, TimeSpan left)
    {
        var present = client.Call("status", ClientCommand.Parameters(line), ControlClient.Grace);
        var elapsed = Since(begun); // The successor may have taken a while to answer.
        var old = present.Report?.Services.Where(one => one.Status == "running" && one.UptimeSeconds > elapsed.TotalSeconds).Select(one => one.Name).ToList();
        var rest = old is { Count: > 0 } ? Ask(client, "restart", new(old), left) : present;
        return rest.Error is null ? Ask(client, "wait", ClientCommand.Parameters(line), left) : rest;
    }

    private static TimeSpan Since(long? begun) => begun is { } then ? TimeProvider.System.GetElapsedTime(then) : TimeSpan.Zero;

    private static Reply Ask(ControlClient client, string method, RpcParams parameters, TimeSpan left) =>
        client.Call(method, parameters with { Timeout = left.TotalSeconds }, left + ControlClient.Grace);
}

/// <summary><c>down</c>: returns when nothing is left, the supervisor included.</summary>
internal static class DownCommand
{
    public static int Run(CommandLine line) => ClientCommand.Run(line, client =>
    {
        try
        {
            return ClientCommand.CodeOf(client.CallAndWaitForClose("shutdown", new(), line.Timeout));
        }
        catch (TimeoutException)
        {
            return Terminal.Fail(ExitCode.Failed, $"still shutting down after {Wording.Duration(line.Timeout)}");
        }
    });
}

/// <summary><c>reload</c>, and <c>check --diff</c>, which tells what it would do.</summary>
internal static class ReloadCommand
{
    /// <summary>Asks, and prints a line for each service.</summary>
    public static int Run(CommandLine line, bool isTrial) => ClientCommand.Run(line, client =>
    {
        var reply = client.Call("reload", ClientCommand.Parameters(line) with { DryRun = isTrial }, line.Timeout + ControlClient.Grace);
        foreach (var problem in reply.Report?.Problems ?? [])
            Standard.Error(problem);
        var code = ClientCommand.CodeOf(reply);
        if (reply.Report is { Changes: { } changes } report)
            _ = line.Has("json") ? Standard.Output(StatusJson.Line(report).Span) : Standard.Output(string.Concat(changes.Select(change => $"{Line(change, isTrial)}\n")));
        return code;
    });

    private static string Line(ChangeReport change, bool isTrial)
    {
        var keys = change.Keys.Count > 0 ? $" ({string.Join(", ", change.Keys)})" : "";
        var done = change.Done is null ? "" : $": {(isTrial ? "would be " : "")}{change.Done}";
        return $"{change.Name ?? "(top level)"}: {change.Change}{keys}{done}";
    }
}

/// <summary><c>upgrade</c>: has the supervisor replace itself, and waits until its successor finds everything as it was.</summary>
internal static class UpgradeCommand
{
    private const int MostNames = 500;

    public static int Run(CommandLine line)
    {
        StatusReport? before = null;
        var asked = ClientCommand.Run(line, client =>
        {
            before = client.Call("status", new(), ControlClient.Grace).Report;
            return client.CallUntilClosed("upgrade", new(Timeout: line.Timeout.TotalSeconds)) is { } refusal ? ClientCommand.CodeOf(refusal) : (int)ExitCode.Done;
        });
        return asked == (int)ExitCode.Done && before is not null ? Welcome(line, before) : asked;
    }

    private static int Welcome(CommandLine line, StatusReport before) => ClientCommand.Run(line, client =>
    {
        var wanted = before.Services.Where(service => service.IsWell).Select(service => service.Name);
        var (since, outcome) = (TimeProvider.System.GetTimestamp(), new Reply(before));
        // A message holds 64 KiB, and names of 63 bytes.
        foreach (var some in wanted.Chunk(MostNames))
            if (outcome.Error is null)
            {
                var left = line.Timeout - TimeProvider.System.GetElapsedTime(since);
                outcome = client.Call("wait", new(some, Timeout: Math.Max(0, left.TotalSeconds)), line.Timeout + ControlClient.Grace);
            }
        var status = client.Call("status", new(), ControlClient.Grace);
        if (status.Report is not { } report)
            return ClientCommand.CodeOf(status);
        var code = ClientCommand.CodeOf(outcome);
        if (!line.Has("json"))
            Standard.Output($"upgraded from {before.Supervisor.Version} to {report.Supervisor.Version} (pid {report.Supervisor.Pid})\n");
        ClientCommand.Print(line, report);
        return code;
    });
}
