using Supervisor.Configuration;
using Supervisor.Kernel;

namespace Supervisor.Probes;

/// <summary>Asks a service for its health.</summary>
internal interface IProber
{
    /// <summary>Probes once, within the service's timeout. Never throws.</summary>
    Task<ProbeResult> ProbeAsync(ServiceConfig service);
}

/// <summary>What a probe saw.</summary>
/// <param name="Verdict">What it means.</param>
/// <param name="Detail">What it was, in words: <c>HTTP 503</c>, <c>no answer within 1s</c>.</param>
internal sealed record ProbeResult(Verdict Verdict, string Detail);
