using System.Collections.Immutable;

namespace Supervisor.Configuration;

/// <summary>The top level of a configuration while it is read: paths as written, services still to be read.</summary>
internal sealed record SupervisorDraft : Draft
{
    public Section? Services { get; init; }

    public Section? Defaults { get; init; }

    public string LogDir { get; init; } = "logs";

    public string StateDir { get; init; } = ".supervisor";

    public ImmutableArray<string> AlertCmd { get; init; } = [];

    public Uri? AlertUrl { get; init; }

    public Uri? HeartbeatUrl { get; init; }

    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(60);
}
