namespace Supervisor.Daemon.Control;

/// <summary>How much of the supervisor one client may take up.</summary>
internal sealed record ControlLimits
{
    /// <summary>Connections at a time.</summary>
    public int Connections { get; init; } = 64;

    /// <summary>Bytes of one message.</summary>
    public int Line { get; init; } = 64 * 1024;

    /// <summary>How long a connection may be silent between messages.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a message may take from its first byte to its last, in either direction.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often it is seen to that a client which waits for an answer is still there.</summary>
    public TimeSpan Attention { get; init; } = TimeSpan.FromSeconds(1);
}
