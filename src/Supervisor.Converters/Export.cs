using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Supervisor.Converters;

/// <summary>Writes the services of a configuration for another engine. What that cannot do is reported.</summary>
/// <param name="config">The configuration.</param>
/// <param name="report">Where to say it.</param>
internal abstract class Export(SupervisorConfig config, Report report)
{
    private readonly HashSet<string> names = [];

    protected SupervisorConfig Config => config;

    /// <summary>The folder's name, which what is written is named after.</summary>
    protected string Project => Name(Path.GetFileName(Path.GetDirectoryName(config.File)) is { Length: > 0 } folder ? folder : "supervisor");

    /// <summary>All that is written.</summary>
    public abstract string Text();

    /// <summary>The export of this name.</summary>
    public static Export To(string engine, SupervisorConfig config, Report report, string? image) => engine switch
    {
        "systemd" => new SystemdExport(config, report),
        "kubernetes" => new KubernetesExport(config, report, image!),
        _ => new NomadExport(config, report),
    };

    /// <summary>Says that a key of a service, or of the file, is not carried over as it is.</summary>
    protected void Lose(Weight weight, ServiceConfig? service, string key, string reason) => report.Say(weight, config.File, service?.Spec.Name, key, reason);

    /// <summary>The same, where the service has the key.</summary>
    protected void LoseIf(bool isGiven, Weight weight, ServiceConfig service, string key, string reason)
    {
        if (isGiven)
            Lose(weight, service, key, reason);
    }

    /// <summary>What no other engine does as we do.</summary>
    protected void LoseCommon(ServiceConfig service, string logs)
    {
        LoseIf(!service.BeforeRestartCmd.IsEmpty, Weight.Danger, service, "before_restart_cmd", "is not run");
        LoseIf(service.Written.ContainsKey("restart_dependents"), Weight.Note, service, "restart_dependents", "a restart leaves those that depend on it alone");
        LoseIf(service.Written.ContainsKey("alert_after"), Weight.Note, service, "alert_after", "no alert is raised");
        LoseIf(service.Written.ContainsKey("backoff_reset"), Weight.Noise, service, "backoff_reset", "has no counterpart");
        LoseIf(service.Written.Keys.Any(key => key.StartsWith("log_", StringComparison.Ordinal)), Weight.Noise, service, "log_max_size", logs);
        LoseIf(service.HealthMethod != "GET", Weight.Note, service, "health_method", "the check asks with GET");
        if (!config.AlertCmd.IsEmpty || config.AlertUrl is not null)
            Lose(Weight.Note, null, "alert_cmd", "no alert is raised");
        if (config.HeartbeatUrl is not null)
            Lose(Weight.Note, null, "heartbeat_url", "no heartbeat is sent");
    }

    /// <summary>Its variables but those of its user and of its files; secrets are left out, and named.</summary>
    protected IReadOnlyList<KeyValuePair<string, string>> Variables(ServiceConfig service, string remedy)
    {
        var others = (service.Terms.User?.Variables() ?? []).Concat(EnvFiles(service).SelectMany(file => EnvFile.Read(file, new(new Node.Text(default, ""), "", new("")))))
            .GroupBy(variable => variable.Key).ToDictionary(group => group.Key, group => group.Last().Value);
        var own = service.Environment.Where(variable => others.GetValueOrDefault(variable.Key) != variable.Value).ToList();
        foreach (var (name, _) in own.Where(variable => Secret.Is(variable.Key, variable.Value)))
            Lose(Weight.Danger, service, $"environment.{name}", $"looks like a secret, so it is left out; {remedy}");
        return [.. own.Where(variable => !Secret.Is(variable.Key, variable.Value))];
    }

    /// <summary>The absolute paths of its files of variables.</summary>
    protected IEnumerable<string> EnvFiles(ServiceConfig service) => service.EnvFiles.Select(file => AbsolutePath.Resolve(file, Path.GetDirectoryName(config.File)!));

    /// <summary>The program's absolute path, where it is on this machine.</summary>
    protected static string Program(ServiceConfig service) =>
        ExecutableLookup.Find(service.Cmd[0], service.WorkingDir, service.Environment.GetValueOrDefault("PATH") ?? Environment.GetEnvironmentVariable("PATH")) ?? service.Cmd[0];

    /// <summary>A name of lower case letters, digits and dashes, as DNS has them, that no other service has (RFC 1123).</summary>
    protected string UniqueName(ServiceConfig service)
    {
        var name = Name(service.Spec.Name);
        var unique = name;
        for (var i = 2; !names.Add(unique); i++)
            unique = $"{name}-{i}";
        LoseIf(unique != service.Spec.Name, Weight.Note, service, "name", $"is {unique} there");
        return unique;
    }

    private static string Name(string text) =>
        string.Concat(text.ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-')).Trim('-') is { Length: > 0 } name ? name : "service";

    /// <summary>Whole seconds, as many as it takes.</summary>
    protected static int Seconds(TimeSpan time) => (int)Math.Min(int.MaxValue, Math.Ceiling(time.TotalSeconds));

    protected static JsonArray Strings(IEnumerable<string> words) => [.. words.Select(word => (JsonNode)word)];

    protected static string Json(JsonNode node)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            node.WriteTo(writer);
        return $"{Encoding.UTF8.GetString(buffer.WrittenSpan)}\n";
    }
}
