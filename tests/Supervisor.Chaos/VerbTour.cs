using System.Text.Json;

namespace Supervisor.Chaos;

/// <summary>Every verb once, on the command line, in peace: what is asked for happens, and the exit code says so.</summary>
internal sealed class VerbTour(Run run)
{
    /// <summary>Goes through them.</summary>
    public async Task GoAsync()
    {
        var name = run.Fleet.All[0].Name;
        await ExpectAsync(0, "check");
        await ExpectAsync(0, "--version");
        await ExpectAsync(0, "wait", "--timeout", "60s");
        await ExpectAsync(0, "status");
        JsonElement.Parse((await ExpectAsync(0, "status", "--json")).Output);
        await ExpectAsync(0, "stop", name);
        await ExpectAsync(0, "start", name);
        await ExpectAsync(0, "restart", name);
        await ExpectAsync(0, "restart", "--all");
        await ExpectAsync(1, "up");
        await ExpectAsync(1, "up", "-d");
        await ExpectAsync(2, "status", "nobody");
        await OthersAsync(name);
        // One by the tour itself and one for all; it counts as what clients ask for.
        run.ManualStarts.Note(new("start", name, 0));
        run.ManualStarts.Note(new("restart", name, 0));
        run.ManualStarts.Note(new("restart", null, 0));
    }

    /// <summary>Verbs that not every binary has; the help says which.</summary>
    private async Task OthersAsync(string name)
    {
        var help = (await ExpectAsync(0, "--help")).Output.Split('\n');
        foreach (var args in new string[][] { ["logs", name], ["events", name], ["why", name], ["reload"], ["upgrade"], ["completion", "bash"], ["install", "systemd"] })
        {
            if (help.Any(line => line.TrimStart().StartsWith(args[0] + " ", StringComparison.Ordinal)))
                await ExpectAsync(0, args);
            else
                Console.Out.WriteLine($"skipped: {args[0]} (this binary does not have it)");
        }
    }

    private async Task<Command> ExpectAsync(int exitCode, params string[] args)
    {
        var result = await Command.RunAsync(run.Workspace.Supervisor(args));
        run.Findings.Expect(result.ExitCode == exitCode, $"'{string.Join(' ', args)}' exited with {result.ExitCode}, not {exitCode}: {result.Error}");
        run.Findings.Count("commands", "on the tour of the verbs");
        return result;
    }
}
