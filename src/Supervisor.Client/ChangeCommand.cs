namespace Supervisor.Client;

/// <summary><c>start</c>, <c>stop</c>, <c>restart</c> and <c>wait</c>: ask, wait for the outcome, show it.</summary>
internal static class ChangeCommand
{
    /// <summary>The verb is the method's name.</summary>
    public static int Run(CommandLine line) => ClientCommand.Run(line, client =>
    {
        var reply = client.Call(line.Verb.Name, ClientCommand.Parameters(line), line.Timeout + ControlClient.Grace);
        if (reply.Report is { Services.Count: > 0 } report)
            ClientCommand.Print(line, report);
        return ClientCommand.CodeOf(reply);
    });
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
        if (reply.Report is { Changes: { } changes } report)
            _ = line.Has("json") ? Standard.Output(StatusJson.Line(report).Span) : Standard.Output(string.Concat(changes.Select(change => $"{Line(change, isTrial)}\n")));
        return ClientCommand.CodeOf(reply);
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
        if (!line.Has("json"))
            Standard.Output($"upgraded from {before.Supervisor.Version} to {report.Supervisor.Version} (pid {report.Supervisor.Pid})\n");
        ClientCommand.Print(line, report);
        return ClientCommand.CodeOf(outcome);
    });
}
