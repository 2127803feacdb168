namespace Supervisor.Daemon;

/// <summary>Probes each service in the way that its configuration names.</summary>
internal sealed class Prober(HttpProber http, CommandProber command) : IProber
{
    public Task<ProbeResult> ProbeAsync(ServiceConfig service, int pid) => service switch
    {
        { HealthUrl: not null } => http.ProbeAsync(service),
        { HealthTcp: { } port } => TcpProber.ProbeAsync(port, service.HealthTimeout),
        { HealthCmd.IsEmpty: false } => command.ProbeAsync(service, pid),
        _ => Task.FromResult(new ProbeResult(Verdict.None, "it has no health check")),
    };
}
