namespace Supervisor.Protocol;

/// <summary>What <c>status --json</c> prints: public, so it changes only by addition.</summary>
/// <param name="Supervisor">The supervisor itself.</param>
/// <param name="Services">Those that were asked for.</param>
/// <param name="Changes">To <c>reload</c>: what became of the edited configuration.</param>
/// <param name="Problems">To <c>reload</c>: what is wrong with it, a line each.</param>
public sealed record StatusReport(
    SupervisorStatus Supervisor,
    IReadOnlyList<ServiceStatus> Services,
    IReadOnlyList<ChangeReport>? Changes = null,
    IReadOnlyList<string>? Problems = null);

/// <summary>What became of one service under an edited configuration.</summary>
/// <param name="Name">Which; null for the top level.</param>
/// <param name="Change"><c>added</c>, <c>changed</c>, <c>removed</c> or <c>unchanged</c>.</param>
/// <param name="Keys">The keys that are written otherwise.</param>
/// <param name="Done">What was done about it, or, if it was only asked, would be: <c>restarted</c>, <c>applied live</c>; null for nothing.</param>
public sealed record ChangeReport(string? Name, string Change, IReadOnlyList<string> Keys, string? Done);

/// <summary>The supervisor itself.</summary>
public sealed record SupervisorStatus(int Pid, string Version, DateTimeOffset StartedAt);

/// <summary>One service; what does not apply is null.</summary>
public sealed record ServiceStatus(
    string Name,
    int? Pid,
    string Status,
    string? Health,
    double? UptimeSeconds,
    int Restarts,
    int ConsecutiveRestarts,
    double? NextStartSeconds,
    ExitReport? LastExit,
    ProbeReport? LastProbe,
    IReadOnlyList<string>? WaitingFor = null)
{
    /// <summary>Whether it is configured no more, and on its way out; then nobody misses it.</summary>
    public bool Removed { get; init; }

    /// <summary>How many probes have failed since the supervisor was started or upgraded.</summary>
    public long ProbeFailures { get; init; }

    /// <summary>Processor time of its processes, in percent of the time since its start; only where it was asked for.</summary>
    public double? CpuPercent { get; init; }

    /// <summary>Resident memory of its processes; only where it was asked for.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Of one that has <c>exited</c>: true if that was a failure, which its exit code alone does not tell.</summary>
    public bool? Failed { get; init; }

    /// <summary>Whether it runs and, where that is checked, is healthy; or has done its work.</summary>
    public bool IsWell => this is { Status: "running", Health: null or "healthy" } or { Status: "exited", Failed: not true };
}

/// <summary>How the last process ended.</summary>
public sealed record ExitReport(DateTimeOffset At, int? Code, string? Signal, string Reason);

/// <summary>What the last probe saw.</summary>
public sealed record ProbeReport(DateTimeOffset At, bool Ok, string Detail);
