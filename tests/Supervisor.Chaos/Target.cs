using System.Text.Json.Nodes;

namespace Supervisor.Chaos;

/// <summary>One service.</summary>
/// <param name="Name">Its name, which its numbered lines begin with.</param>
/// <param name="Port">Where it answers; null for a shell script, which does not.</param>
/// <param name="Cmd">What is run.</param>
internal sealed record Target(string Name, int? Port, IReadOnlyList<string> Cmd)
{
    /// <summary>Whether nothing is done to it, so that its process has to stay the same.</summary>
    public bool IsBystander { get; init; }

    /// <summary>Whether it does what its port tells it to: a daemon does, unless it is not what the supervisor started.</summary>
    public bool IsObedient { get; init; }

    /// <summary>Whether its daemon stands behind a shell that ends at once when it is told to, while the daemon takes half a second.</summary>
    public bool IsWrapped { get; init; }

    /// <summary>What its process calls itself after a moment, in place of its command line and its environment; null for what stays as it is.</summary>
    public string? Title { get; init; }

    /// <summary>The command line of what it lets loose from its session at each start, and never again; null for nothing.</summary>
    public string? Stray { get; init; }

    /// <summary>As /proc has it.</summary>
    public string CommandLine => string.Concat(Cmd.Select(argument => argument + '\0'));

    /// <summary>As the configuration has it.</summary>
    public JsonObject ToJson()
    {
        var service = new JsonObject { ["cmd"] = new JsonArray([.. Cmd.Select(argument => (JsonNode)argument)]) };
        if (Port is { } port)
            service["health_port"] = port;
        // A busy machine is no reason to disturb it.
        if (IsBystander)
            (service["health_timeout"], service["health_retries"]) = ("20s", 20);
        return service;
    }
}
