using System.Text.Json.Nodes;
using Supervisor.Configuration;

namespace Supervisor.Import;

/// <summary>A service of the configuration that is to be written.</summary>
internal sealed class ImportedService(string name)
{
    public string Name => name;

    /// <summary>What it has so far, in the order in which it is written.</summary>
    public JsonObject Keys { get; } = [];

    /// <summary>Sets a key; reports what could not be read, and what this version cannot do.</summary>
    /// <param name="from">What it comes from.</param>
    /// <param name="key">What it becomes.</param>
    /// <param name="value">Its value; null if it could not be read.</param>
    public void Set(Place from, string key, JsonNode? value)
    {
        if (value is null)
            from.Lose($"{from.Node.Description} cannot be read as a value of {key}");
        else if (Can(key))
            Keys[key] = value;
        else
            from.Lose($"it would be {key}, which this version does not have");
    }

    /// <summary>Whether this version has a key.</summary>
    public static bool Can(string key) => ServiceKeys.OfService.Names.Contains(key);

    /// <summary>Adds variables to those it has; their values are text that means itself.</summary>
    public void AddEnvironment(IEnumerable<(string Name, string Value)> variables)
    {
        var environment = Keys["environment"] as JsonObject ?? [];
        foreach (var (variable, value) in variables)
            environment[variable] = value;
        if (environment.Count > 0)
            Keys["environment"] = environment;
    }
}
