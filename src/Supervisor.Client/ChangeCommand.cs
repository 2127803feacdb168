using System.Text;

namespace Supervisor.Client;

/// <summary><c>start</c>, <c>stop</c>, <c>restart</c> and <c>wait</c>: ask, wait for the outcome, show it.</summary>
internal static class ChangeCommand
{
    /// <summary>The verb is the method's name.</summary>
    public static Task<int> RunAsync(CommandLine line) => ClientCommand.RunAsync(line, async client =>
    {
        var answer = await client.CallAsync(line.Verb.Name, ClientCommand.Parameters(line), line.Timeout + ClientCommand.Grace).ConfigureAwait(false);
        if ((answer.Result ?? answer.Error?.Data) is { Services.Count: > 0 } report)
            ClientCommand.Print(line, report);
        return answer.Error is { } error ? ClientCommand.Fail(error) : (int)ExitCode.Done;
    });
}

/// <summary><c>down</c>: returns when nothing is left, the supervisor included.</summary>
internal static class DownCommand
{
    public static Task<int> RunAsync(CommandLine line, TimeProvider time) => ClientCommand.RunAsync(line, async client =>
    {
        try
        {
            return await DownAsync(client).WaitAsync(line.Timeout, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return Terminal.Fail(ExitCode.Failed, $"still shutting down after {Wording.Duration(line.Timeout)}");
        }
    });

    private static async Task<int> DownAsync(ControlClient client)
    {
        var answer = await client.CallAsync("shutdown", new()).ConfigureAwait(false);
        await client.WaitForCloseAsync().ConfigureAwait(false);
        return answer.Error is { } error ? ClientCommand.Fail(error) : (int)ExitCode.Done;
    }
}

/// <summary><c>reload</c>, and <c>check --diff</c>, which tells what it would do.</summary>
internal static class ReloadCommand
{
    /// <summary>Asks, and prints a line for each service.</summary>
    public static Task<int> RunAsync(CommandLine line, bool isTrial) => ClientCommand.RunAsync(line, async client =>
    {
        var parameters = ClientCommand.Parameters(line) with { DryRun = isTrial };
        var answer = await client.CallAsync("reload", parameters, line.Timeout + ClientCommand.Grace).ConfigureAwait(false);
        foreach (var problem in answer.Error?.Data?.Problems ?? [])
            Console.Error.WriteLine(problem);
        if ((answer.Result ?? answer.Error?.Data) is { Changes: { } changes } report)
            Console.Out.WriteLine(line.Has("json") ? Encoding.UTF8.GetString(StatusJson.Text(report).Span) : string.Join('\n', changes.Select(change => Line(change, isTrial))));
        return answer.Error is { } error ? ClientCommand.Fail(error) : (int)ExitCode.Done;
    });

    private static string Line(ChangeReport change, bool isTrial)
    {
        var keys = change.Keys.Count > 0 ? $" ({string.Join(", ", change.Keys)})" : "";
        var done = change.Done is null ? "" : $": {(isTrial ? "would be " : "")}{change.Done}";
        return $"{change.Name ?? "(top level)"}: {change.Change}{keys}{done}";
    }
}
