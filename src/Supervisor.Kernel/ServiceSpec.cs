namespace Supervisor.Kernel;

/// <summary>What the kernel must know of a service's configuration: its policies, not its command.</summary>
public sealed record ServiceSpec
{
    /// <summary>The service's name, unique within a configuration.</summary>
    public required string Name { get; init; }

    /// <summary>Whether the service has a health check. Without one it counts as well while it runs.</summary>
    public bool Checked { get; init; }

    /// <summary>Time from the start of one probe to the start of the next.</summary>
    public TimeSpan HealthInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Failures in a row that make the service unhealthy. At least 1.</summary>
    public int HealthRetries { get; init; } = 3;

    /// <summary>How long after its start a process that was never healthy may fail probes uncounted.</summary>
    public TimeSpan HealthStartPeriod { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Which ends of the process lead to a restart.</summary>
    public RestartMode Restart { get; init; } = RestartMode.Always;

    /// <summary>Delay before the first restart in a row; each further one doubles it.</summary>
    public TimeSpan BackoffInitial { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest delay before a restart.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the service must be well before restarts are counted anew.</summary>
    public TimeSpan BackoffReset { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Restarts in a row that are borne in silence; the next one raises an alert.</summary>
    public int AlertAfter { get; init; } = 10;

    /// <summary>The services that have to be well, or as <see cref="Conditions"/> says, before it starts, and that outlast it in a shutdown. No cycles.</summary>
    public IReadOnlyList<string> DependsOn { get; init; } = [];

    /// <summary>How these have to be, by their names; of those that are not here, <see cref="Condition.Healthy"/> is wanted.</summary>
    public IReadOnlyDictionary<string, Condition> Conditions { get; init; } = NoConditions;

    /// <summary>Nothing but <see cref="Condition.Healthy"/>.</summary>
    public static IReadOnlyDictionary<string, Condition> NoConditions { get; } = new Dictionary<string, Condition>();

    /// <summary>Whether services that depend on it are restarted when it is.</summary>
    public bool RestartDependents { get; init; }

    /// <summary>How long a process that was found unhealthy may be examined before it gets the stop signal; zero for not at all.</summary>
    public TimeSpan Examination { get; init; }

    /// <summary>Grace between the stop signal and SIGKILL.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>How a service has to be for another to start that depends on it.</summary>
public enum Condition
{
    /// <summary>It runs and, where that is checked, is healthy.</summary>
    Healthy,

    /// <summary>It runs, however well; or it has run, and its work is done.</summary>
    Started,

    /// <summary>Its work is done.</summary>
    Completed,
}

/// <summary>Which ends of a process lead to a restart.</summary>
public enum RestartMode
{
    /// <summary>Every end does.</summary>
    Always,

    /// <summary>Every end but exit code 0 does.</summary>
    OnFailure,

    /// <summary>None does.</summary>
    No,
}
