namespace Supervisor.Protocol;

/// <summary>The exit codes of the program.</summary>
public enum ExitCode
{
    /// <summary>Done.</summary>
    Done = 0,

    /// <summary>It failed, or timed out.</summary>
    Failed = 1,

    /// <summary>The command line or the configuration is wrong.</summary>
    Usage = 2,

    /// <summary>No supervisor is running for this configuration.</summary>
    NotRunning = 3,
}
