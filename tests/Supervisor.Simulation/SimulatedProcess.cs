namespace Supervisor.Simulation;

/// <summary>A process of the simulated machine.</summary>
internal sealed class SimulatedProcess
{
    public required int Pid { get; init; }

    public required int Group { get; init; }

    public required int Session { get; init; }

    /// <summary>Who started it; null for the supervisor, or nobody of interest.</summary>
    public SimulatedProcess? Parent { get; init; }

    /// <summary>Which of the scenario's services it belongs to; -1 for a stranger, and for a command of the supervisor's own.</summary>
    public required int Service { get; init; }

    /// <summary>The how manieth process of that service; of a stray, which left the group of one, the negative.</summary>
    public required int Generation { get; set; }

    /// <summary>The same as another supervisor took it over: 0 if no mark and no record says; null for one that was not taken over.</summary>
    public int? ToldGeneration { get; set; }

    /// <summary>What tells it from every other process of the same id. Later ones have greater ones.</summary>
    public required long Serial { get; init; }

    public required Temper Temper { get; init; }

    public required long StartedAt { get; init; }

    /// <summary>Whether the supervisor is its parent: it started it, or it came home to it as an orphan.</summary>
    public bool IsOurs { get; set; }

    /// <summary>Whether the supervisor that started it has died. Nobody will say how it ended.</summary>
    public bool IsAdopted { get; set; }

    /// <summary>Whether it had ended and been reaped when another supervisor took over, even in the place of the one that had started it.</summary>
    public bool IsFoundReaped { get; set; }

    /// <summary>Whether what says by its mark to come of it, or of one before, is as good as true: the supervisor knows it from what was written down.</summary>
    public bool IsAskedForByMarks => IsAdopted || IsFoundReaped || Forged is not null;

    /// <summary>Whether it was started by the supervisor for a service, or descends from such a process.</summary>
    public bool IsOfService => Service >= 0;

    /// <summary>Of a stranger, the service whose mark it has forged, and which process of it it says to be; null for none.</summary>
    public (int Service, int Generation)? Forged { get; init; }

    /// <summary>Whether the supervisor has recognized it, and waits for its end.</summary>
    public bool IsRecognized { get; set; }

    /// <summary>When the supervisor last saw it say whose it is; null for never.</summary>
    public long? SeenAt { get; set; }

    /// <summary>When this supervisor last signalled it as one that had left its group; null for never.</summary>
    public long? SoughtOutAt { get; set; }

    /// <summary>When it was last seen alive by a supervisor that knew it to be its own: a serial. 0 for never.</summary>
    public long ProvenAt { get; set; }

    /// <summary>The same, as it is written down.</summary>
    public long NotedAt { get; set; }

    /// <summary>Whether its session is known to be what it was, though it has ended.</summary>
    public bool IsSessionProven { get; set; }

    public bool IsZombie { get; set; }

    /// <summary>Whether it is suspended (SIGSTOP). It obeys nothing but SIGKILL until it is continued.</summary>
    public bool IsSuspended { get; set; }

    /// <summary>Whether a stop signal arrived while it was suspended.</summary>
    public bool HasStopPending { get; set; }

    /// <summary>What it would have ended with while it was suspended; null for nothing.</summary>
    public int? PendingEnd { get; set; }

    public bool IsKilled { get; set; }

    /// <summary>When it ended.</summary>
    public long DiedAt { get; set; }

    /// <summary>How it ended: a wait status.</summary>
    public int Status { get; set; }

    /// <summary>Whether the supervisor knows that it ended with exit code 0.</summary>
    public bool IsSuccess => !IsAdopted && Forged is null && Status == 0;

    /// <summary>When the supervisor first sent it the stop signal; null for not yet.</summary>
    public long? StopSignalAt { get; set; }

    /// <summary>The grace that it gets; null for that of its service.</summary>
    public TimeSpan? StopTimeout { get; set; }

    public bool IsLeader => Pid == Group;

    public override string ToString() => $"pid {Pid} of group {Group} in session {Session}{(IsOurs ? ", ours" : "")}";
}
