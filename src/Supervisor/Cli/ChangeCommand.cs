namespace Supervisor.Cli;

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
