using System.Text.Json.Nodes;

namespace Supervisor.Converters;

/// <summary>
/// Converts what a docker compose file, in JSON, says about processes: https://github.com/compose-spec/compose-spec. What it
/// says about images, networks and volumes has no meaning here.
/// </summary>
internal sealed class ComposeImport(Conversion conversion)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public void Convert(Section root)
    {
        foreach (var member in root.Members.Where(member => member.Name is not ("services" or "name" or "version")))
            root.Of(member).Lose("it has no counterpart");
        var services = root.Find("services")!.AsSection();
        // A service without a command is not there for others to wait for either.
        var wanted = services.Members.Where(member => Runs(services.Of(member)))
            .ToDictionary(member => member.Name, member => conversion.Add(services.Of(member), member.Name));
        foreach (var (name, service) in wanted)
            ConvertService(service, services.Find(name)!.AsSection(), wanted);
    }

    private static bool Runs(Place at)
    {
        var section = at.AsSection();
        if (Words(section).Count > 0)
            return true;
        at.Lose(section.Find("command") is null && section.Find("entrypoint") is null
            ? "it has neither command nor entrypoint, and what its image runs is not known here"
            : "its command is empty");
        return false;
    }

    private static IReadOnlyList<string> Words(Section section) => [.. section.Find("entrypoint").AsWords(), .. section.Find("command").AsWords()];

    private void ConvertService(ImportedService service, Section section, IReadOnlyDictionary<string, ImportedService> wanted)
    {
        service.Keys["cmd"] = Words(section).Select(Text).Written();
        if (section.Find("restart") is null)
            service.Keys["restart"] = "no";
        foreach (var member in section.Members)
            Take(service, member.Name, section.Of(member), wanted);
        conversion.RunInSourceFolder(service);
    }

    /// <summary>Compose expands <c>${NAME}</c> from its own environment, and has <c>$$</c> for a dollar sign, as we do where we do.</summary>
    private static string Text(string text) => Placeholders.IsSupported ? text : text.Replace("$$", "$", StringComparison.Ordinal);

    private void Take(ImportedService service, string key, Place at, IReadOnlyDictionary<string, ImportedService> wanted)
    {
        switch (key)
        {
            case "command" or "entrypoint" or "container_name" or "init":
            case var _ when at.Node is Node.Literal { Value: null }:
                break;
            case "environment":
                service.AddEnvironment(Variables(at));
                break;
            case "env_file":
                TakeEnvFiles(service, at);
                break;
            case "working_dir":
                service.Set(at, "working_dir", at.AsText() is { } folder ? Text(conversion.PathOf(folder)) : null);
                break;
            case "user":
                TakeUser(service, at);
                break;
            case "depends_on":
                TakeDependencies(service, at, wanted);
                break;
            case "healthcheck":
                TakeHealth(service, at.AsSection());
                break;
            case "stop_signal":
                service.Set(at, "stop_signal", at.AsText()?.ToUpperInvariant() is { } signal ? signal.StartsWith("SIG", StringComparison.Ordinal) ? signal : $"SIG{signal}" : null);
                break;
            case "stop_grace_period":
                service.Set(at, "stop_timeout", at.AsDuration(Second).Written());
                break;
            case "restart":
                TakeRestart(service, at);
                break;
            case "mem_limit":
                service.Set(at, "memory_max", at.AsSize().Written());
                break;
            case "scale":
                service.Set(at, "instances", at.AsNumber());
                break;
            case "ulimits":
                TakeLimits(service, at.AsSection());
                break;
            default:
                at.Lose("it has no counterpart");
                break;
        }
    }

    /// <summary>A map, or a list of NAME=VALUE. A name alone is inherited, as everything is.</summary>
    private static IEnumerable<(string, string)> Variables(Place at) => at.Node is Node.Array
        ? at.Items().Select(item => (item.AsText() ?? "").Split('=', 2)).Where(pair => pair.Length == 2).Select(pair => (pair[0], Text(pair[1])))
        : at.AsSection() is var section
            ? section.Members.Where(member => section.Of(member).AsText() is not null).Select(member => (member.Name, Text(section.Of(member).AsText()!)))
            : [];

    private void TakeEnvFiles(ImportedService service, Place at)
    {
        var places = at.Node is Node.Array ? [.. at.Items()] : (IReadOnlyList<Place>)[at];
        var files = places.Select(file => file.Node is Node.Object ? file.AsSection().Find("path")?.AsText() : file.AsText()).OfType<string>().Select(file => Text(conversion.PathOf(file))).ToList();
        service.Set(at, "env_file", files.Count != places.Count ? null : files is [var only] ? only : files.Written());
    }

    private static void TakeUser(ImportedService service, Place at)
    {
        var parts = at.AsText()?.Split(':', 2);
        service.Set(at, "user", parts?[0]);
        if (parts is [_, var group])
            service.Set(at, "group", group);
    }

    private static void TakeDependencies(ImportedService service, Place at, IReadOnlyDictionary<string, ImportedService> wanted)
    {
        var wants = new JsonObject();
        var isList = at.Node is Node.Array;
        var places = isList ? at.Items().Select(item => (Name: item.AsText() ?? "", At: item)) : at.AsSection() is var section ? section.Members.Select(member => (member.Name, section.Of(member))) : [];
        foreach (var (name, place) in places)
        {
            var condition = isList ? "service_started" : place.AsSection().Find("condition")?.AsText() ?? "service_started";
            if (!wanted.TryGetValue(name, out var other))
                place.Lose("it is not among the services that are carried over");
            else
                wants[other.Name] = condition switch
                {
                    "service_completed_successfully" => "completed",
                    "service_healthy" => "healthy",
                    _ => "started",
                };
        }
        // The list is the shorter form, and to wait until what has a health check is healthy is what most mean by it.
        if (wants.Any(want => (string?)want.Value == "completed"))
            service.Set(at, "depends_on", wants);
        else if (wants.Count > 0)
            service.Set(at, "depends_on", wants.Select(want => want.Key).Written());
    }

    private static void TakeHealth(ImportedService service, Section health)
    {
        if (health.Find("disable")?.AsFlag() is true || health.Find("test") is not { } test || test.Items().FirstOrDefault()?.AsText() == "NONE")
            return;
        service.Set(test, "health_cmd", HealthCommand(test)?.Written());
        if (!service.Keys.ContainsKey("health_cmd"))
            return;
        // What compose takes where nothing is said; a check that was written for it may be slow.
        service.Keys["health_interval"] = "30s";
        service.Keys["health_timeout"] = "30s";
        service.Keys["health_retries"] = 3;
        service.Keys["health_start_period"] = "0s";
        foreach (var member in health.Members.Where(member => member.Name is not ("test" or "disable")))
        {
            var at = health.Of(member);
            if (member.Name is "interval" or "timeout" or "start_period")
                service.Set(at, $"health_{member.Name}", at.AsDuration(Second).Written());
            else if (member.Name == "retries")
                service.Set(at, "health_retries", at.AsNumber());
            else
                at.Lose("it has no counterpart");
        }
    }

    private static IEnumerable<string>? HealthCommand(Place test) => test.Items().Select(item => Text(item.AsText() ?? "")).ToList() switch
    {
        [] => test.AsText() is { } line ? ["sh", "-c", Text(line)] : null,
        ["CMD-SHELL", var line] => ["sh", "-c", line],
        ["CMD", _, ..] words => words.Skip(1),
        _ => null,
    };

    private static void TakeRestart(ImportedService service, Place at)
    {
        var parts = (at.AsText() ?? "").Split(':');
        service.Set(at, "restart", parts[0] switch
        {
            "no" or "false" => "no",
            "always" or "unless-stopped" => "always",
            "on-failure" => "on-failure",
            _ => null,
        });
        if (parts.Length > 1)
            at.Lose("a service is never given up, whatever the number of restarts; see alert_after");
    }

    /// <summary>A number for both limits, or the soft and the hard one.</summary>
    private static void TakeLimits(ImportedService service, Section limits)
    {
        foreach (var member in limits.Members)
        {
            var at = limits.Of(member);
            var all = service.Keys["limits"]?.DeepClone() as JsonObject ?? [];
            all[member.Name] = at.Node is Node.Object && at.AsSection() is var both
                ? Limit(both.Find("soft")) is { } soft && Limit(both.Find("hard")) is { } hard ? new JsonArray(soft, hard) : null
                : Limit(at);
            service.Set(at, "limits", all[member.Name] is null ? null : all);
        }
    }

    private static JsonNode? Limit(Place? at) => at?.AsText() == "-1" ? "unlimited" : at?.AsNumber();
}
