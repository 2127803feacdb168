using System.Text.Json;

namespace Supervisor.EndToEnd.Tests;

/// <summary>What a command came to.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    /// <summary>The rows of the table it printed, without the headers and what is said under it, split into cells.</summary>
    public IReadOnlyDictionary<string, string[]> Rows => Output.Split("\n\n")[0].Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Skip(1)
        .Select(line => System.Text.RegularExpressions.Regex.Split(line, " {2,}"))
        .ToDictionary(cells => cells[0]);

    public JsonElement Json => JsonElement.Parse(Output);
}
