using System.Text.Json.Nodes;

namespace Supervisor.Converters;

/// <summary>What has become of another program's configuration so far.</summary>
/// <param name="sourceFolder">The absolute folder of the file that is converted.</param>
/// <param name="targetFolder">The absolute folder of the file that is to be written.</param>
internal sealed class Conversion(string sourceFolder, string targetFolder)
{
    private readonly List<ImportedService> services = [];

    /// <summary>The services, in the order of the source.</summary>
    public IReadOnlyList<ImportedService> Services => services;

    /// <summary>The folder of the file that is converted.</summary>
    public string SourceFolder => sourceFolder;

    /// <summary>Adds a service under a name that is valid, and not taken, and as near as can be.</summary>
    public ImportedService Add(Place at, string name)
    {
        var valid = ValidName(name);
        if (valid != name)
            at.Fail($"is called {Printable.Quote(valid)} now; {ServiceName.Rule}");
        var service = new ImportedService(valid);
        services.Add(service);
        return service;
    }

    /// <summary>Takes a service back that turned out to have nothing to run.</summary>
    public void Remove(ImportedService service) => services.Remove(service);

    /// <summary>A path of the source, as the target has to name it.</summary>
    public string PathOf(string path) => sourceFolder == targetFolder ? path : Path.GetFullPath(path, sourceFolder);

    /// <summary>Has a service run where the source lies, if that is another folder.</summary>
    public void RunInSourceFolder(ImportedService service)
    {
        if (sourceFolder != targetFolder && !service.Keys.ContainsKey("working_dir"))
            service.Keys["working_dir"] = Placeholders.Literal(sourceFolder);
    }

    private string ValidName(string name)
    {
        var start = string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-' ? letter : '-')).TrimStart('.', '_', '-');
        if (start.Length == 0)
            start = "service";
        start = start[..Math.Min(start.Length, 50)];
        var valid = start;
        for (var i = 2; services.Any(service => service.Name == valid); i++)
            valid = $"{start}-{i}";
        return valid;
    }
}

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

/// <summary>Writes text that the reader of configurations would expand, if it does.</summary>
internal static class Placeholders
{
    /// <summary>Whether <c>${NAME}</c> is expanded, which came with the key that can set such a name.</summary>
    public static bool IsSupported { get; } = ServiceKeys.OfService.Names.Contains("env_file");

    /// <summary>Text that means itself.</summary>
    public static string Literal(string text) => IsSupported ? text.Replace("$", "$$", StringComparison.Ordinal) : text;
}
