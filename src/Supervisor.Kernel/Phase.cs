namespace Supervisor.Kernel;

/// <summary>Where a service stands. There is a process in <see cref="Running"/> and <see cref="Stopping"/>, and in no other.</summary>
public abstract record Phase
{
    private Phase()
    {
    }

    /// <summary>No process, and nothing due.</summary>
    /// <param name="IsDone">Whether it has done its work: the last process ended by itself with exit code 0, and such an end leads to no restart.</param>
    public sealed record Stopped(bool IsDone = false) : Phase;

    /// <summary>No process; the next start is on the clock.</summary>
    /// <param name="Until">When it is due.</param>
    public sealed record Backoff(TimeSpan Until) : Phase;

    /// <summary>No process; it starts once all that it depends on are well.</summary>
    /// <param name="IsRestart">Whether that start counts as an automatic restart.</param>
    public sealed record Waiting(bool IsRestart) : Phase;

    /// <summary>A process was asked for, and the answer is outstanding.</summary>
    public sealed record Launching : Phase;

    /// <summary>The process lives.</summary>
    /// <param name="Pid">Its id, which is also that of its session and group.</param>
    /// <param name="Since">When it started.</param>
    /// <param name="WellAt">When it will have been well for long enough to forget its restarts; null when that is done, or not in sight.</param>
    public sealed record Running(int Pid, TimeSpan Since, TimeSpan? WellAt) : Phase;

    /// <summary>It has to end: the stop signal was sent, or is due once the process was examined.</summary>
    /// <param name="Pid">Its id.</param>
    /// <param name="Since">When it started.</param>
    /// <param name="Cause">Why it has to end.</param>
    /// <param name="KillAt">When SIGKILL is due; null once it was sent.</param>
    /// <param name="SignalAt">While it is examined, when the stop signal is due at the latest; null once it was sent.</param>
    /// <param name="EndedAt">When it ended, if others of its group live on; null while it lives itself.</param>
    /// <param name="StartsAtOnce">Whether somebody has asked for a start meanwhile, so that it waits for no backoff.</param>
    public sealed record Stopping(int Pid, TimeSpan Since, StopCause Cause, TimeSpan? KillAt, TimeSpan? SignalAt = null, TimeSpan? EndedAt = null, bool StartsAtOnce = false) : Phase;
}

/// <summary>Why a running process has to end: what began it, whatever is asked after that.</summary>
public enum StopCause
{
    /// <summary>Somebody asked for it. If the service should be up, it starts again at once.</summary>
    Request,

    /// <summary>Its health check failed. If the service should be up, it starts again after a backoff.</summary>
    Unhealthy,

    /// <summary>It ended unasked, and others of its group live on. If the service should be up, the backoff counts from that end.</summary>
    Exit,
}
