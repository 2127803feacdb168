namespace Supervisor.Configuration;

/// <summary>A service is checked in one way: by port and path, by URL, by a port that accepts, or by a command.</summary>
public static class HealthRule
{
    /// <summary>Reports keys that contradict each other. What is inherited was reported where it stands.</summary>
    public static void CheckConflicts(ServiceDraft draft)
    {
        var given = draft.Given;
        if (draft.Config is { HealthTcp: not null } or { HealthCmd.IsEmpty: false })
        {
            CheckOneKind(draft);
            return;
        }
        if (given.Find("health_url") is { } url)
        {
            if (draft.HealthPort is not null || given.Find("health_path") is not null)
                url.Fail("excludes health_port and health_path; keep either the URL, or the port and its path");
        }
        else if (draft.Config.HealthUrl is not null)
        {
            var other = given.Find("health_port") ?? given.Find("health_path");
            other?.Fail("contradicts the health_url in defaults; give this service a health_url of its own, or move that one");
        }
    }

    /// <summary>Reports a service's own settings that count for nothing, as it has not the check that they are for.</summary>
    public static void CheckNothingIsIdle(ServiceDraft draft)
    {
        if (!draft.Given.AreSound("health_port", "health_url"))
            return;
        var url = draft.Finish().HealthUrl;
        if (url is null)
            draft.Given.Find("health_method")?.Fail("needs a health_port or health_url beside it");
        if (draft.Config.HealthInsecure && url?.Scheme != Uri.UriSchemeHttps)
            draft.Given.Find("health_insecure")?.Fail("needs a health_url that begins with https:// beside it");
        var isUnchecked = draft.HealthPort is null && draft.Config.HealthUrl is null;
        if (isUnchecked)
            draft.Given.Find("health_path")?.Fail("needs a health_port beside it");
        if (draft.Config.MemoryMax is null && !draft.Finish().Spec.Checked && draft.Given.AreSound("health_tcp", "health_cmd", "memory_max"))
            draft.Given.Find("before_restart_cmd")?.Fail("needs a health check or memory_max beside it: it runs on what is found unhealthy");
    }

    /// <summary>Reports the last given one of several, with the names of all.</summary>
    private static void CheckOneKind(ServiceDraft draft)
    {
        (string Key, bool IsThere)[] all =
        [
            ("health_port", draft.HealthPort is not null),
            ("health_url", draft.Config.HealthUrl is not null),
            ("health_tcp", draft.Config.HealthTcp is not null),
            ("health_cmd", !draft.Config.HealthCmd.IsEmpty),
        ];
        var kinds = all.Where(kind => kind.IsThere).Select(kind => kind.Key).ToList();
        if (kinds.Count == 1 || kinds.LastOrDefault(kind => draft.Given.Find(kind) is not null) is not { } last)
            return;
        var others = kinds.Where(kind => kind != last).Select(kind => draft.Given.Find(kind) is null ? $"{kind} (in defaults)" : kind);
        draft.Given.Find(last)!.Fail($"stands beside {string.Join(" and ", others)}, but a service has one kind of health check; keep one of them");
    }
}

/// <summary>Who checks which endpoint. One that two services check would tell of one of them only.</summary>
public sealed class HealthEndpoints
{
    private readonly Dictionary<string, string> _services = [];

    /// <summary>Reports a service that checks what an earlier one checks.</summary>
    public void Claim(ServiceDraft draft, Section service)
    {
        var config = draft.Finish();
        if (Endpoint(config) is not var (key, name) || _services.TryAdd(key, config.Spec.Name))
            return;
        var message = $"{name} is checked by service {_services[key]} already; each service needs an endpoint of its own";
        if (PlaceOf(draft) is { } at)
            at.Fail(message);
        else
            service.Fail(message);
    }

    // A command is none: it is told which service it is run for.
    private static (string Key, string Name)? Endpoint(ServiceConfig config) => config switch
    {
        { HealthUrl: { } url } => (Key(url), url.OriginalString),
        { HealthTcp: { } port } => ($"{port}", $"port {port}"),
        _ => null,
    };

    // Host, port, path and query; the scheme cannot tell two services on one port apart.
    private static string Key(Uri url)
    {
        var host = url.IdnHost == "localhost" ? "127.0.0.1" : url.IdnHost;
        return $"{host}:{url.Port}{url.PathAndQuery}";
    }

    private static Place? PlaceOf(ServiceDraft draft) =>
        draft.Given.Find("health_url") ?? draft.Given.Find("health_tcp") ?? draft.Given.Find("health_port") ?? draft.Given.Find("health_path");
}
