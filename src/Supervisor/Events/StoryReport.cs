using Supervisor.Control;
using Supervisor.Loop;

namespace Supervisor.Events;

/// <summary>What <c>why --json</c> prints: the facts of the story. What does not apply is left out. Public, so it changes only by addition.</summary>
/// <param name="Service">The service's name.</param>
/// <param name="Text">What happened, in words.</param>
/// <param name="FailuresLastDay">Failures of the last 24 hours.</param>
internal sealed record StoryReport(string Service, string Text, int FailuresLastDay)
{
    /// <summary>When it came to a head.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>The start of the process that failed.</summary>
    public EventRecord? Started { get; init; }

    /// <summary>When that process was healthy first.</summary>
    public EventRecord? Healthy { get; init; }

    /// <summary>What led to the failure.</summary>
    public IReadOnlyList<EventRecord>? Seen { get; init; }

    /// <summary>How the process ended, with the last lines of its output.</summary>
    public EventRecord? End { get; init; }

    /// <summary>What was done, up to the health of the next process.</summary>
    public IReadOnlyList<EventRecord>? Done { get; init; }

    /// <summary>Where its log lies.</summary>
    public string? Log { get; init; }

    /// <summary>What else may explain it.</summary>
    public string? Hint { get; init; }

    /// <summary>How it stands.</summary>
    public ServiceStatus? Now { get; init; }
}
