namespace Supervisor.Daemon.Supervision;

/// <summary>Everything that reaches the loop, through its one inbox.</summary>
internal abstract record Message
{
    private Message()
    {
    }

    /// <summary>SIGCHLD came: at least one child may have ended. A hint, not a count.</summary>
    public sealed record ChildrenEnded : Message
    {
        public static ChildrenEnded Instance { get; } = new();
    }

    /// <summary>The timer fired.</summary>
    public sealed record TimerFired : Message
    {
        public static TimerFired Instance { get; } = new();
    }

    /// <summary>SIGTERM or SIGINT came: stop everything; when it comes again, at once.</summary>
    /// <param name="Signal">Its name.</param>
    public sealed record StopSignalled(string Signal) : Message;

    /// <summary>A probe came back.</summary>
    /// <param name="Service">Whose.</param>
    /// <param name="Generation">Of which process.</param>
    /// <param name="Edition">By which edition of its configuration.</param>
    /// <param name="AskedAt">When it was sent, on the loop's clock.</param>
    /// <param name="Result">What it saw.</param>
    public sealed record ProbeAnswered(ManagedService Service, int Generation, int Edition, TimeSpan AskedAt, ProbeResult Result) : Message;

    /// <summary>The groups of processes were measured.</summary>
    /// <param name="Usage">What each of them uses, by its id; without those that could not be measured.</param>
    public sealed record GroupsMeasured(IReadOnlyDictionary<int, GroupUsage> Usage) : Message;

    /// <summary>Somebody wants something, and waits for the answer.</summary>
    /// <param name="Request">What.</param>
    /// <param name="Reply">Where the answer goes. Whoever has lost patience cancels it.</param>
    /// <param name="By">Who; null if that is not known.</param>
    public sealed record Asked(Request Request, TaskCompletionSource<Reply> Reply, Requester? By = null) : Message;

    /// <summary>SIGHUP came: take up the edited configuration.</summary>
    public sealed record ReloadSignalled : Message
    {
        public static ReloadSignalled Instance { get; } = new();
    }

    /// <summary>The edited configuration was read.</summary>
    /// <param name="Result">What is in it, or what is wrong with it.</param>
    public sealed record ConfigurationRead(ConfigurationResult<SupervisorConfig> Result) : Message;

    /// <summary>The program that is to take this one's place was tried.</summary>
    /// <param name="Error">What is wrong with it; null if nothing is.</param>
    public sealed record SuccessorTried(string? Error) : Message;

    /// <summary>A command of the supervisor's own, such as <c>alert_cmd</c>, is to be run.</summary>
    /// <param name="Request">What to run.</param>
    /// <param name="Ended">Completed with its exit status.</param>
    public sealed record RunCommand(SpawnRequest Request, TaskCompletionSource<ExitStatus> Ended) : Message;

    /// <summary>That command has taken too long.</summary>
    /// <param name="Ended">As it was given to <see cref="RunCommand"/>.</param>
    public sealed record KillCommand(TaskCompletionSource<ExitStatus> Ended) : Message;
}
