using Supervisor.Daemon.Storage;

namespace Supervisor.Simulation;

/// <summary>
/// How the supervisor under test is broken on purpose, to see that it is noticed: it is told something else than the
/// models are, or its hands are tied.
/// </summary>
internal sealed record Tampering
{
    public static Tampering None { get; } = new();

    /// <summary>What it is told of a service.</summary>
    public Func<ServiceSpec, ServiceSpec> Spec { get; init; } = spec => spec;

    /// <summary>The machine as it sees it.</summary>
    public Func<IProcessHost, IProcessHost> Host { get; init; } = host => host;

    /// <summary>When it is woken, in milliseconds: what it asks for, and the time that it is now.</summary>
    public Func<long?, long, long?> WakesAt { get; init; } = (until, _) => until;

    /// <summary>What reaches it.</summary>
    public Func<Delivery, bool> Hears { get; init; } = _ => true;

    /// <summary>What its successor finds written down.</summary>
    public Func<IReadOnlyList<ServiceRecord>, IReadOnlyList<ServiceRecord>> Saved { get; init; } = records => records;

    /// <summary>Whether its alerts are sent.</summary>
    public bool SendsAlerts { get; init; } = true;
}
