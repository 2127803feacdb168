using System.Text;
using Supervisor.Control;

namespace Supervisor.Cli;

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
