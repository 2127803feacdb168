using System.Collections.Immutable;
using System.Numerics;

namespace Supervisor.Configuration;

/// <summary>A whole configuration, validated; every path in it is absolute.</summary>
public sealed record SupervisorConfig
{
    /// <summary>The file it was read from.</summary>
    public required string File { get; init; }

    /// <summary>Where each service's log lies.</summary>
    public required string LogDir { get; init; }

    /// <summary>Where the control socket, the lock and the state lie.</summary>
    public required string StateDir { get; init; }

    /// <summary>Command to run on <c>alert</c> and <c>recovered</c>; empty for none.</summary>
    public ImmutableArray<string> AlertCmd { get; init; } = [];

    /// <summary>Where to POST <c>alert</c> and <c>recovered</c>, or null.</summary>
    public Uri? AlertUrl { get; init; }

    /// <summary>Whose members may use the control socket, too; null for nobody's.</summary>
    public uint? ControlGroup { get; init; }

    /// <summary>Of the text of the file: another one for another text, as long as this process lives.</summary>
    public int Text { get; init; }

    /// <summary>What was written for each key of the top level.</summary>
    public ImmutableSortedDictionary<string, string> Written { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>What to GET while all is well, or null.</summary>
    public Uri? HeartbeatUrl { get; init; }

    /// <summary>Time from one heartbeat to the next.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The services, in the file's order.</summary>
    public required ImmutableArray<ServiceConfig> Services { get; init; }

    /// <summary>The first key for which <c>supervisor-https</c> is needed; null if there is none.</summary>
    public string? NeedsHelper => (AlertUrl, HeartbeatUrl, Services.FirstOrDefault(service => service.NeedsHelper)) switch
    {
        ({ }, _, _) => "alert_url",
        (_, { }, _) => "heartbeat_url",
        (_, _, { } service) => $"services.{service.Spec.Name}.health_url",
        _ => null,
    };
}

/// <summary>One service: its policies, and how to run and probe it.</summary>
public sealed record ServiceConfig
{
    private readonly int? _urlPort;

    /// <summary>What was written for each key, by which people are told what has changed. May hold secrets.</summary>
    public ImmutableSortedDictionary<string, string> Written { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>What the kernel decides by.</summary>
    public required ServiceSpec Spec { get; init; }

    /// <summary>What the machine lacked when this was read, so that no process can be started as the file means it; null for nothing.</summary>
    public string? Lack { get; init; }

    /// <summary>The command and its arguments, as written; never empty.</summary>
    public required ImmutableArray<string> Cmd { get; init; }

    /// <summary>The folder it runs in.</summary>
    public required string WorkingDir { get; init; }

    /// <summary>Variables added to, or replacing, the supervisor's own.</summary>
    public ImmutableSortedDictionary<string, string> Environment { get; init; } =
        ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The files that some of these come from, as written.</summary>
    public ImmutableArray<string> EnvFiles { get; init; } = [];

    /// <summary>The user, limits and so on that it runs with.</summary>
    public LaunchTerms Terms { get; init; } = new();

    /// <summary>The definition that it is one of several instances of; null where it stands for itself.</summary>
    public string? Definition { get; init; }

    /// <summary>Its name, and the user that it becomes; null if that is our own.</summary>
    public (string Service, uint User)? BecomesUser => Terms.User is { } user ? (Spec.Name, user.User) : null;

    /// <summary>What a probe asks by HTTP, or null where none does. A URI that is taken apart keeps all its parts, so this is one that was not.</summary>
    public Uri? HealthUrl
    {
        get;
        init
        {
            NeedsHelper = value is { } url && (url.Scheme != Uri.UriSchemeHttp || (url.HostNameType == UriHostNameType.Dns && url.IdnHost != "localhost"));
            _urlPort = value is { IsLoopback: true, Port: var port } ? port : null;
            field = value is null ? null : new(value.OriginalString);
        }
    }

    /// <summary>Whether a probe needs TLS, or has to look up a name. <c>localhost</c> and addresses need no looking up.</summary>
    public bool NeedsHelper { get; private init; }

    /// <summary>Whether any certificate will do for it.</summary>
    public bool HealthInsecure { get; init; }

    /// <summary>How it asks.</summary>
    public string HealthMethod { get; init; } = "GET";

    /// <summary>The port on 127.0.0.1 that a probe connects to, or null where none does.</summary>
    public int? HealthTcp { get; init; }

    /// <summary>The port of this machine that a probe connects to; null where none does.</summary>
    public int? LocalPort => _urlPort ?? HealthTcp;

    /// <summary>The command that a probe runs; empty where none does.</summary>
    public ImmutableArray<string> HealthCmd { get; init; } = [];

    /// <summary>The longest that one probe may take.</summary>
    public TimeSpan HealthTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many bytes the process's group may keep in memory; null for no limit.</summary>
    public long? MemoryMax { get; init; }

    /// <summary>The signal that asks the process to end, by name: <c>SIGTERM</c>.</summary>
    public string StopSignal { get; init; } = "SIGTERM";

    /// <summary>Command to run on a process that was found unhealthy, before it is stopped; empty for none.</summary>
    public ImmutableArray<string> BeforeRestartCmd { get; init; } = [];

    /// <summary>The longest that this command may take.</summary>
    public TimeSpan BeforeRestartTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether it starts with the supervisor.</summary>
    public bool Autostart { get; init; } = true;

    /// <summary>How large its log may grow, and what becomes of what is cut off.</summary>
    public RotationPolicy Log { get; init; } = new();
}

/// <summary>How large a file may grow, and what becomes of what is cut off.</summary>
/// <param name="MaxSize">The size, in bytes, above which it is cut; also the largest size of an archive.</param>
/// <param name="Keep">How many archives are kept.</param>
/// <param name="Compress">Whether archives are compressed.</param>
public sealed record RotationPolicy(long MaxSize = 50L << 20, int Keep = 5, bool Compress = false);

/// <summary>What a process was started with, in few letters, which give nothing away.</summary>
public static class ServiceFingerprint
{
    /// <summary>Changes with everything that only a restart can change.</summary>
    public static string Of(ServiceConfig service)
    {
        string[] parts = [service.WorkingDir, .. service.Cmd, "", .. service.Environment.Select(variable => $"{variable.Key}={variable.Value}"), .. service.Terms.ToSteps()];
        return SystemText.Bytes(string.Join('\0', parts)).Aggregate(uint.MaxValue, BitOperations.Crc32C).ToString("x8");
    }
}
