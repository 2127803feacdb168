namespace Supervisor.Daemon.Checks;

/// <summary>Asks a service for its health.</summary>
internal interface IProber
{
    /// <summary>Probes the service's process once, within the service's timeout. Never throws.</summary>
    Task<ProbeResult> ProbeAsync(ServiceConfig service, int pid);
}

/// <summary>What a probe saw.</summary>
/// <param name="Verdict">What it means.</param>
/// <param name="Detail">What it was, in words: <c>HTTP 503</c>, <c>no answer within 1s</c>.</param>
internal sealed record ProbeResult(Verdict Verdict, string Detail)
{
    /// <summary>The time was up.</summary>
    public static ProbeResult Late(TimeSpan timeout) => new(Verdict.Bad, $"no answer within {Wording.Duration(timeout)}");

    /// <summary>The prober itself failed, which says nothing about the service.</summary>
    public static ProbeResult None(Exception e) => new(Verdict.None, $"the prober failed: {Quoting(e)}");

    /// <summary>
    /// A message that may quote the service, which could steer the terminal it is shown on, or fill the disk it is logged to.
    /// </summary>
    public static string Quoting(Exception e) => Printable.Shorten(Printable.Escape(e.Message), 160);
}
