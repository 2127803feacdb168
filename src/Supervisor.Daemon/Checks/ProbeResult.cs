
namespace Supervisor.Daemon.Checks;

/// <summary>What a probe saw.</summary>
/// <param name="Verdict">What it means.</param>
/// <param name="Detail">What it was, in words: <c>HTTP 503</c>, <c>no answer within 1s</c>.</param>
internal sealed record ProbeResult(Verdict Verdict, string Detail)
{
    /// <summary>The status 200.</summary>
    public static ProbeResult Ok { get; } = new(Verdict.Good, "HTTP 200");

    /// <summary>The port accepts.</summary>
    public static ProbeResult Accepted { get; } = new(Verdict.Good, "connection accepted");

    /// <summary>The time was up.</summary>
    public static ProbeResult Late(TimeSpan timeout) => new(Verdict.Bad, $"no answer within {Wording.Duration(timeout)}");

    /// <summary>The prober itself failed, which says nothing about the service.</summary>
    public static ProbeResult None(string why) => new(Verdict.None, $"the prober failed: {why}");
}
