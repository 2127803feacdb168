namespace Supervisor.Daemon;

/// <summary>What the loop tells of logs. Never blocks for longer than a system call or two, and never throws.</summary>
internal interface ILogs
{
    /// <summary>A daemon is about to be started, so nobody writes to its log at this moment.</summary>
    void BeforeStart(string service);

    /// <summary>This is configured now.</summary>
    void Keep(IReadOnlyList<ServiceConfig> services);
}
