namespace Supervisor.Protocol;

/// <summary>What can be asked of a running supervisor.</summary>
/// <param name="Names">Service names or globs; null for all.</param>
public abstract record Request(IReadOnlyList<string>? Names)
{
    /// <summary>How things stand.</summary>
    public sealed record Status(IReadOnlyList<string>? Names) : Request(Names);

    /// <summary>Have these running.</summary>
    public sealed record Start(IReadOnlyList<string>? Names) : Request(Names);

    /// <summary>Have these not running.</summary>
    public sealed record Stop(IReadOnlyList<string>? Names) : Request(Names);

    /// <summary>Have these running, as new processes.</summary>
    public sealed record Restart(IReadOnlyList<string>? Names) : Request(Names);

    /// <summary>Answer when these are well.</summary>
    /// <param name="Restarts">How many restarts of each are borne until then; null for any number.</param>
    public sealed record Wait(IReadOnlyList<string>? Names, int? Restarts = null) : Request(Names);

    /// <summary>Report what happens to these from now on, until the connection ends.</summary>
    public sealed record Events(IReadOnlyList<string>? Names) : Request(Names);

    /// <summary>Send a signal to the processes of these, whatever comes of it.</summary>
    /// <param name="Name">The signal: <c>SIGHUP</c>.</param>
    /// <param name="ToGroup">Whether the whole group gets it, and not the leader alone.</param>
    public sealed record Signal(IReadOnlyList<string>? Names, string Name, bool ToGroup) : Request(Names);

    /// <summary>Take up the edited configuration.</summary>
    /// <param name="IsTrial">Only tell what would be done.</param>
    public sealed record Reload(bool IsTrial) : Request((IReadOnlyList<string>?)null);

    /// <summary>Replace the supervisor's program by the one on disk. Not answered if it works: the connection ends.</summary>
    public sealed record Upgrade() : Request((IReadOnlyList<string>?)null);

    /// <summary>Stop everything and end. Answered when nothing is left running.</summary>
    public sealed record Shutdown() : Request((IReadOnlyList<string>?)null);
}

/// <summary>Who asks, as the kernel has it.</summary>
/// <param name="Uid">The user's number.</param>
/// <param name="User">The user's name.</param>
public sealed record Requester(uint Uid, string User);

/// <summary>The answer to a request.</summary>
/// <param name="Report">How things stand, as far as was asked; null where nothing could be asked.</param>
/// <param name="Error">What went wrong; null if nothing did.</param>
public sealed record Reply(StatusReport? Report, Fault? Error = null);

/// <summary>Why a request failed.</summary>
/// <param name="Code">A code of JSON-RPC 2.0.</param>
/// <param name="Message">In words.</param>
public sealed record Fault(int Code, string Message)
{
    public const int ParseError = -32700;
    public const int InvalidRequest = -32600;
    public const int MethodNotFound = -32601;
    public const int InvalidParams = -32602;

    /// <summary>It was tried, and did not succeed.</summary>
    public const int Failed = -32000;

    /// <summary>It is still under way.</summary>
    public const int TimedOut = -32001;

    /// <summary>No service of that name.</summary>
    public const int UnknownName = -32002;

    /// <summary>The edited configuration is wrong, and nothing was changed.</summary>
    public const int BadConfiguration = -32003;

    /// <summary>Another configuration is meant than the one that is served.</summary>
    public const int OtherConfiguration = -32004;
}
