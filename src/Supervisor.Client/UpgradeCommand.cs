namespace Supervisor.Client;

/// <summary><c>upgrade</c>: has the supervisor replace itself, and waits until its successor finds everything as it was.</summary>
internal static class UpgradeCommand
{
    public static async Task<int> RunAsync(CommandLine line)
    {
        SupervisorStatus? before = null;
        var wanted = new List<string>();
        var asked = await ClientCommand.RunAsync(line, async client =>
        {
            var status = await client.CallAsync("status", new(), ClientCommand.Grace).ConfigureAwait(false);
            before = status.Result?.Supervisor;
            wanted.AddRange(status.Result?.Services.Where(service => service.IsWell).Select(service => service.Name) ?? []);
            return await client.CallUntilClosedAsync("upgrade", new(Timeout: line.Timeout.TotalSeconds)).ConfigureAwait(false) is { Error: { } error }
                ? ClientCommand.Fail(error)
                : (int)ExitCode.Done;
        }).ConfigureAwait(false);
        return asked == (int)ExitCode.Done ? await WelcomeAsync(line, before!, wanted).ConfigureAwait(false) : asked;
    }

    private static Task<int> WelcomeAsync(CommandLine line, SupervisorStatus before, IReadOnlyList<string> wanted) => ClientCommand.RunAsync(line, async client =>
    {
        var answer = await client.CallAsync("wait", new(wanted, Timeout: line.Timeout.TotalSeconds), line.Timeout + ClientCommand.Grace).ConfigureAwait(false);
        var status = await client.CallAsync("status", new(), ClientCommand.Grace).ConfigureAwait(false);
        if (status.Result is not { } report)
            return ClientCommand.Fail(status.Error!);
        if (!line.Has("json"))
            Console.Out.WriteLine($"upgraded from {before.Version} to {report.Supervisor.Version} (pid {report.Supervisor.Pid})");
        ClientCommand.Print(line, report);
        return answer.Error is { } error ? ClientCommand.Fail(error) : (int)ExitCode.Done;
    });
}
