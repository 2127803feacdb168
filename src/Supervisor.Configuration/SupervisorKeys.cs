using System.Collections.Immutable;

namespace Supervisor.Configuration;

/// <summary>The keys of the top level.</summary>
public static class SupervisorKeys
{
    /// <summary>The one that finds a running supervisor.</summary>
    public static readonly Key<SupervisorDraft> StateDir =
        Top<string>("state_dir", TextValue.FilePath, (draft, value) => draft with { StateDir = value });

    /// <summary>The one that finds the logs.</summary>
    public static readonly Key<SupervisorDraft> LogDir =
        Top<string>("log_dir", TextValue.FilePath, (draft, value) => draft with { LogDir = value });

    /// <summary>The one that holds the services.</summary>
    public static readonly Key<SupervisorDraft> Services =
        Top<Section>("services", SectionValue.Read, (draft, value) => draft with { Services = value });

    /// <summary>The one that names further files.</summary>
    public static readonly Key<SupervisorDraft> Include =
        Top<IReadOnlyList<(string Path, Place At)>>("include", EnvFileValue.Read, (draft, value) => draft with { Include = value });

    private static readonly Key<SupervisorDraft> s_schema = Top<string>("$schema", TextValue.Any, (draft, _) => draft);

    /// <summary>All of them.</summary>
    public static readonly KeyTable<SupervisorDraft> All = new(
        [
            s_schema,
            Services,
            Include,
            Top<Section>("defaults", SectionValue.Read, (draft, value) => draft with { Defaults = value }),
            LogDir,
            StateDir,
            Top<ImmutableArray<string>>("alert_cmd", CommandValue.Read, (draft, value) => draft with { AlertCmd = value }),
            Top<Uri>("alert_url", HttpUrl.Read, (draft, value) => draft with { AlertUrl = value }),
            Top<uint?>("control_group", IdentityValue.SharedGroup, (draft, value) => draft with { ControlGroup = value }),
            Top<Uri>("heartbeat_url", HttpUrl.Read, (draft, value) => draft with { HeartbeatUrl = value }),
            Top<TimeSpan>("heartbeat_interval", DurationValue.Positive, (draft, value) => draft with { HeartbeatInterval = value }),
        ],
        ImmutableDictionary<string, string>.Empty);

    /// <summary>What an included file may have.</summary>
    public static readonly KeyTable<SupervisorDraft> OfIncluded = new(
        [s_schema, Services],
        All.Names.Except(["$schema", "services"]).ToImmutableDictionary(key => key, _ => "cannot be in an included file, which has services alone; move it to the file that includes this one"));

    private static Key<SupervisorDraft> Top<T>(string name, ValueReader<T> read, Func<SupervisorDraft, T, SupervisorDraft> set) =>
        Key<SupervisorDraft>.Of(name, read, set);
}

/// <summary>The top level of a configuration while it is read: paths as written, services still to be read.</summary>
public sealed record SupervisorDraft : Draft
{
    public Section? Services { get; init; }

    public Section? Defaults { get; init; }

    public IReadOnlyList<(string Path, Place At)> Include { get; init; } = [];

    public string LogDir { get; init; } = "logs";

    public string StateDir { get; init; } = ".supervisor";

    public ImmutableArray<string> AlertCmd { get; init; } = [];

    public Uri? AlertUrl { get; init; }

    public uint? ControlGroup { get; init; }

    public Uri? HeartbeatUrl { get; init; }

    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(60);
}
