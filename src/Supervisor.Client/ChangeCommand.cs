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
            var reply = isRestartAgain ? GoOn(client, line, IsOlder, left)
                : line.Has("reload") ? Reload(client, line, left)
                : Ask(client, line.Verb.Name, ClientCommand.Parameters(line), left);
            var code = ClientCommand.CodeOf(reply);
            if (reply.Report is { Services.Count: > 0 } report)
            {
                ClientCommand.Print(line, report);
                if (line.Verb.Name == "restart" && !line.Has("reload"))
                    TellEdited(client, report);
            }
            return code;
        });

        // The successor may have taken a while to answer.
        bool IsOlder(ServiceStatus one) => one.Status == "running" && one.UptimeSeconds > Since(begun).TotalSeconds;
    }

    /// <summary>Restarts some of those that are meant, and waits for all.</summary>
    private static Reply GoOn(ControlClient client, CommandLine line, Func<ServiceStatus, bool> isDue, TimeSpan left)
    {
        var present = client.Call("status", ClientCommand.Parameters(line), ControlClient.Grace);
        var due = present.Report?.Services.Where(isDue).Select(one => one.Name).ToList();
        var rest = due is { Count: > 0 } ? Ask(client, "restart", new(due), left) : present;
        return rest.Error is null ? Ask(client, "wait", ClientCommand.Parameters(line), left) : rest;
    }

    /// <summary>Takes up the edited configuration, and restarts those that were not restarted by that.</summary>
    private static Reply Reload(ControlClient client, CommandLine line, TimeSpan left)
    {
        var reload = Ask(client, "reload", new(), left);
        foreach (var problem in reload.Report?.Problems ?? [])
            Standard.Error(problem);
        var done = reload.Report?.Changes?.Where(change => change.Done is "restarted" or "started").Select(change => change.Name).ToHashSet() ?? [];
        return reload.Error is null ? GoOn(client, line, one => !one.Removed && !done.Contains(one.Name), left) : reload with { Report = null };
    }

    /// <summary>What was restarted goes by the configuration that was read last, which may not be what people think.</summary>
    private static void TellEdited(ControlClient client, StatusReport restarted)
    {
        var names = restarted.Services.Select(service => service.Name).ToHashSet();
        var reply = client.Call("reload", new(DryRun: true), ControlClient.Grace);
        if (reply.Error is { Code: Fault.BadConfiguration })
            Standard.Error("supervisor: restarted as before: the configuration on disk has problems; see check");
        foreach (var change in reply.Report?.Changes?.Where(change => change.Name is { } name && names.Contains(name) && change.Change is "changed" or "removed") ?? [])
            Standard.Error($"supervisor: {change.Name} was restarted as before, though it was {(change.Change == "removed" ? "removed from the configuration" : $"edited{ReloadCommand.Keys(change)}")}: run reload to take it up");
    }

    private static TimeSpan Since(long? begun) => begun is { } then ? TimeProvider.System.GetElapsedTime(then) : TimeSpan.Zero;

    private static Reply Ask(ControlClient client, string method, RpcParams parameters, TimeSpan left) =>
        client.Call(method, parameters with { Timeout = left.TotalSeconds }, left + ControlClient.Grace);
}

/// <summary><c>signal</c>: sends it, once, and says nothing if that went well, as kill(1) does.</summary>
internal static class SignalCommand
{
    public static int Run(CommandLine line) => ClientCommand.Run(line, client =>
    {
        try
        {
            return ClientCommand.CodeOf(client.Call("signal", ClientCommand.Parameters(line) with { Signal = line.Choice, Group = line.Has("group") }, ControlClient.Grace));
        }
        catch (EndOfStreamException)
        {
            return Terminal.Fail(ExitCode.Failed, "the supervisor was replaced before it answered; events tells whether the signal was sent");
        }
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
        var code = ClientCommand.CodeOf(reply);
        if (reply.Report is { Changes: { } changes } report)
            _ = line.Has("json") ? Standard.Output(StatusJson.Line(report).Span) : Standard.Output(string.Concat(changes.Select(change => $"{Line(change, isTrial)}\n")));
        return code;
    });

    private static string Line(ChangeReport change, bool isTrial)
    {
        var done = change.Done is null ? "" : $": {(isTrial ? "would be " : "")}{change.Done}";
        return $"{change.Name ?? "(top level)"}: {change.Change}{Keys(change)}{done}";
    }

    /// <summary>The keys that were edited, in brackets.</summary>
    public static string Keys(ChangeReport change) => change.Keys.Count > 0 ? $" ({string.Join(", ", change.Keys)})" : "";
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
