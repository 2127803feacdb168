using System.Text.Json.Nodes;

namespace Supervisor.Converters;

/// <summary>What has become of other programs' configurations so far.</summary>
/// <param name="targetFolder">The absolute folder of the file that is to be written.</param>
/// <param name="report">Where to say what is not carried over.</param>
/// <param name="variable">The environment, which some of them take values from.</param>
internal sealed class Conversion(string targetFolder, Report report, Func<string, string?> variable)
{
    private const int MostServices = 10_000;

    private readonly Dictionary<string, ImportedService> services = [];
    private readonly Dictionary<string, int> counts = []; // of those that would have the same name

    /// <summary>The services, in the order of the source.</summary>
    public IReadOnlyCollection<ImportedService> Services => services.Values;

    /// <summary>Where to say what is not carried over.</summary>
    public Report Report => report;

    /// <summary>The value of a variable; null where it is not set.</summary>
    public string? Variable(string name) => variable(name);

    /// <summary>Adds a service under a name that is valid, and not taken, and as near as can be.</summary>
    /// <exception cref="InvalidDataException">There are too many.</exception>
    public ImportedService Add(Setting at, string name)
    {
        if (services.Count >= MostServices)
            throw new InvalidDataException($"{at.Source.Path}: comes to more than {MostServices} services; is it meant?");
        var valid = ValidName(name);
        var service = new ImportedService(valid, report);
        services.Add(valid, service);
        if (valid != name)
            service.Lose(Weight.Note, at with { Key = name }, services.ContainsKey(name) ? "is the name of another one already, so this one is called otherwise" : "cannot be the name of a service");
        return service;
    }

    /// <summary>Takes a service back that cannot be run as it was.</summary>
    public void Remove(ImportedService service) => services.Remove(service.Name);

    /// <summary>A path of a source, as the target has to name it.</summary>
    public string PathOf(Source source, string path) => source.Folder == targetFolder ? path : Path.GetFullPath(path, source.Folder);

    /// <summary>Has a service run where its source lies, unless it runs elsewhere.</summary>
    public void RunIn(Source source, ImportedService service)
    {
        if (source.Folder != targetFolder && !service.Keys.ContainsKey("working_dir"))
            service.Keys["working_dir"] = Placeholders.Literal(source.Folder);
    }

    private string ValidName(string name)
    {
        var start = string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-' ? letter : '-')).TrimStart('.', '_', '-');
        if (start.Length == 0)
            start = "service";
        start = start[..Math.Min(start.Length, 50)];
        var valid = start;
        for (var i = counts.GetValueOrDefault(start, 2); services.ContainsKey(valid); counts[start] = ++i)
            valid = $"{start}-{i}";
        return valid;
    }
}

/// <summary>A service of the configuration that is to be written.</summary>
internal sealed class ImportedService(string name, Report report)
{
    private static readonly TimeSpan ShortestDelay = TimeSpan.FromSeconds(1);

    public string Name => name;

    /// <summary>What it has so far.</summary>
    public JsonObject Keys { get; } = [];

    /// <summary>Says that something is not carried over as it was.</summary>
    public void Lose(Weight weight, Setting at, string reason) => report.Say(weight, at.Place, name, at.Key, reason);

    /// <summary>Sets a key, or says that its value could not be read.</summary>
    /// <param name="from">What it comes from.</param>
    /// <param name="key">What it becomes.</param>
    /// <param name="value">Its value; null if it could not be read.</param>
    public void Set(Setting from, string key, JsonNode? value)
    {
        if (value is null)
            Lose(Weight.Danger, from, $"{from.Node.Description} cannot be read as a value of {key}, so it is left out");
        else
            Keys[key] = value;
    }

    /// <summary>Sets a number, the nearest that the key may have.</summary>
    public void SetWithin(Setting from, string key, long? value, long least, long most)
    {
        if (value is { } number && (number < least || number > most))
            Lose(Weight.Note, from, $"{key} is from {least} to {most}, so it becomes {Math.Clamp(number, least, most)}");
        Set(from, key, value is { } some ? Math.Clamp(some, least, most) : null);
    }

    /// <summary>Sets the delay between restarts, which may grow. What would restart without end and without a pause keeps the delays that are usual here.</summary>
    public void SetDelay(Setting from, TimeSpan? first, TimeSpan? most)
    {
        if (first < ShortestDelay && most <= first)
        {
            Lose(Weight.Note, from, "is so short that delays grow here, from 1s to 1m, for nothing would end a service that fails at once");
            return;
        }
        Set(from, "backoff_initial", Written.Of(first));
        if (first is not null)
            Set(from, "backoff_max", Written.Of(most));
    }

    /// <summary>Sets one of the limits.</summary>
    public void SetLimit(Setting from, string limit, JsonNode? value)
    {
        var all = Keys["limits"] as JsonObject ?? [];
        all[limit] = value;
        Set(from, "limits", value is null ? null : all.DeepClone());
    }

    /// <summary>Adds variables to those it has.</summary>
    public void AddEnvironment(IEnumerable<(string Name, string Value)> variables)
    {
        var environment = Keys["environment"] as JsonObject ?? [];
        foreach (var (variable, value) in variables)
            environment[variable] = value;
        if (environment.Count > 0)
            Keys["environment"] = environment.DeepClone();
    }
}

/// <summary>What becomes of one key.</summary>
internal delegate void Rule(ImportedService service, Setting at);

/// <summary>A table of keys, each with what becomes of it.</summary>
/// <param name="otherwise">What becomes of those that it has not.</param>
internal sealed class RuleTable(Rule otherwise)
{
    private readonly Dictionary<string, Rule> rules = [];

    /// <summary>The rule for some keys, with spaces between them.</summary>
    public Rule this[string keys]
    {
        set
        {
            foreach (var key in keys.Split(' '))
                rules[key] = value;
        }
    }

    /// <summary>Does what the table says.</summary>
    public void Apply(ImportedService service, IEnumerable<Setting> settings)
    {
        foreach (var setting in settings)
            rules.GetValueOrDefault(setting.Key, otherwise)(service, setting);
    }

    /// <summary>It becomes a key of ours.</summary>
    public static Rule Becomes(string key, Func<Setting, JsonNode?> read) => (service, at) => service.Set(at, key, read(at));

    /// <summary>It is left out, for a reason.</summary>
    public static Rule Says(Weight weight, string reason) => (service, at) => service.Lose(weight, at, reason);

    /// <summary>It is left out, for a reason, unless it is switched off.</summary>
    public static Rule SaysIf(Func<Setting, bool> isOn, Weight weight, string reason) => (service, at) =>
    {
        if (isOn(at))
            service.Lose(weight, at, reason);
    };

    /// <summary>It needs no word.</summary>
    public static readonly Rule Nothing = (_, _) => { };
}

/// <summary>
/// Text in which a variable of the environment may stand, between marks that are no characters; what is written has <c>${NAME}</c> for it, and
/// <c>$$</c> for a dollar sign.
/// </summary>
internal static class Placeholders
{
    private const char Begin = '\ufdd0';
    private const char End = '\ufdd1';

    /// <summary>A variable that the reader of configurations looks up.</summary>
    public static string Of(string variable) => $"{Begin}{variable}{End}";

    /// <summary>The text as it has to be written.</summary>
    public static string Literal(string text) => text.Replace("$", "$$", StringComparison.Ordinal).Replace($"{Begin}", "${", StringComparison.Ordinal).Replace(End, '}');
}
