using static Supervisor.Os.Wording;

namespace Supervisor.Client;

/// <summary>What <c>status</c> says under its table: why a service is not well, and what comes next.</summary>
internal static class StatusNotes
{
    /// <summary>A line for each service that should be well and is not.</summary>
    /// <param name="services">The services.</param>
    /// <param name="now">The time.</param>
    public static IReadOnlyList<string> Of(IReadOnlyList<ServiceStatus> services, DateTimeOffset now)
    {
        var unwell = services.Where(service => !service.IsWell && service.Status != "stopped").ToList();
        var known = unwell.Count == 0 ? [] : services.ToDictionary(service => service.Name);
        return [.. unwell.Select(service => Printable.Escape($"{service.Name}: {Of(service, known, now)}"))];
    }

    private static string Of(ServiceStatus service, Dictionary<string, ServiceStatus> known, DateTimeOffset now) => service switch
    {
        { Status: "backoff", NextStartSeconds: { } seconds } =>
            $"{Ended(service, now)}; next start in {Duration(TimeSpan.FromSeconds(seconds))} (restart {service.ConsecutiveRestarts + 1} in a row)",
        { Status: "exited" } => $"{Ended(service, now)}; it is not restarted",
        { Status: "waiting", WaitingFor: { } awaited } => $"waiting for {string.Join(", ", awaited.Select(name => Standing(name, known)))}",
        { Status: "stopping", WaitingFor: { } awaited } => $"stops once {string.Join(", ", awaited)} {(awaited.Count == 1 ? "has" : "have")} stopped",
        { Status: "stopping", Health: "unhealthy" } => $"found unhealthy{Seen(service, now)}; it is being stopped, to be started again",
        { Status: "running" } => $"not healthy yet{Seen(service, now)}",
        _ => service.Removed ? "stopping, for it was removed from the configuration" : service.Status,
    };

    private static string Ended(ServiceStatus service, DateTimeOffset now) =>
        service.LastExit is { } exit ? $"{exit.Reason} {Ago(exit.At, now)}" : "ended";

    private static string Seen(ServiceStatus service, DateTimeOffset now) =>
        service.LastProbe is { Ok: false } probe ? $": {probe.Detail} {Ago(probe.At, now)}" : "";

    private static string Standing(string name, Dictionary<string, ServiceStatus> known) =>
        known.GetValueOrDefault(name) is { } other ? $"{name} ({(other.Health is { } health and not "healthy" ? health : other.Status)})" : name;

    private static string Ago(DateTimeOffset at, DateTimeOffset now) => $"{Duration(at < now ? now - at : TimeSpan.Zero)} ago";
}
