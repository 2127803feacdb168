namespace Supervisor.Daemon.Supervision;

/// <summary>The world, as the loop meets it. A simulation puts another one in its place.</summary>
internal sealed record LoopEdges(
    IProcessHost Host,
    IProber Prober,
    IAlerts Alerts,
    IEventSink Events,
    IStateStore State,
    ISuccessor Successor,
    IGuard Guard,
    TimeProvider Time)
{
    /// <summary>Reads the configuration anew and posts it as <see cref="Message.ConfigurationRead"/>; the loop waits for no disk.</summary>
    public Action ReadConfiguration { get; init; } = () => { };

    /// <summary>Who keeps the logs small; null for nobody.</summary>
    public ILogs? Logs { get; init; }

    /// <summary>Who measures processes; null for nobody.</summary>
    public IGroupMeter? Meter { get; init; }

    /// <summary>Who tells the world that all is well; null for nobody.</summary>
    public IHeartbeat? Heartbeat { get; init; }
}
