using Supervisor.Control;

namespace Supervisor.Cli;

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
