namespace Supervisor.Configuration;

/// <summary>Who checks which endpoint. One that two services check would tell of one of them only.</summary>
internal sealed class HealthEndpoints
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
