using System.Text.Json.Serialization;

namespace Supervisor.Control;

/// <summary>What <c>status --json</c> prints: public, so it changes only by addition.</summary>
internal sealed record StatusReport(SupervisorStatus Supervisor, IReadOnlyList<ServiceStatus> Services);

/// <summary>The supervisor itself.</summary>
internal sealed record SupervisorStatus(int Pid, string Version, DateTimeOffset StartedAt);

/// <summary>One service; what does not apply is null.</summary>
internal sealed record ServiceStatus(
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
    /// <summary>Whether it runs and, where that is checked, is healthy.</summary>
    [JsonIgnore]
    public bool IsWell => this is { Status: "running", Health: null or "healthy" };
}

/// <summary>How the last process ended.</summary>
internal sealed record ExitReport(DateTimeOffset At, int? Code, string? Signal, string Reason);

/// <summary>What the last probe saw.</summary>
internal sealed record ProbeReport(DateTimeOffset At, bool Ok, string Detail);
