namespace Supervisor.Kernel;

/// <summary>What can happen to a service.</summary>
public abstract record ServiceEvent
{
    private ServiceEvent()
    {
    }

    /// <summary>It should run. One that runs already is left alone.</summary>
    public sealed record Start : ServiceEvent;

    /// <summary>It should not run.</summary>
    public sealed record Stop : ServiceEvent;

    /// <summary>It should not run; but what depends on it, and should not run either, ends first: <see cref="Fleet.Next"/> has it stop then.</summary>
    public sealed record StopInTurn : ServiceEvent;

    /// <summary>All that it depends on are well.</summary>
    public sealed record Ready : ServiceEvent;

    /// <summary>It should run, as a new process.</summary>
    public sealed record Restart : ServiceEvent;

    /// <summary>It should not run, and there is no time for grace.</summary>
    public sealed record Kill : ServiceEvent;

    /// <summary>The clock reached <see cref="ServiceState.Due"/>, or passed it. Harmless when early.</summary>
    public sealed record Tick : ServiceEvent;

    /// <summary>A report about one process, void when a newer one was asked for since.</summary>
    /// <param name="Generation">The <see cref="ServiceState.Generation"/> the report is about.</param>
    public abstract record OfProcess(int Generation) : ServiceEvent;

    /// <summary>The process was started.</summary>
    /// <param name="Generation">The generation that was asked for.</param>
    /// <param name="Pid">Its process id.</param>
    public sealed record Spawned(int Generation, int Pid) : OfProcess(Generation);

    /// <summary>The process could not be started.</summary>
    /// <param name="Generation">The generation that was asked for.</param>
    public sealed record SpawnFailed(int Generation) : OfProcess(Generation);

    /// <summary>The process ended, and others of its group live on.</summary>
    /// <param name="Generation">The generation that ended.</param>
    /// <param name="Success">Whether it ended by itself with exit code 0.</param>
    public sealed record LeaderEnded(int Generation, bool Success) : OfProcess(Generation);

    /// <summary>The process ended, and its whole group with it.</summary>
    /// <param name="Generation">The generation that ended.</param>
    /// <param name="Success">Whether it ended by itself with exit code 0.</param>
    public sealed record Exited(int Generation, bool Success) : OfProcess(Generation);

    /// <summary>What was to be learnt from the process was learnt.</summary>
    /// <param name="Generation">The generation that was examined.</param>
    public sealed record Examined(int Generation) : OfProcess(Generation);

    /// <summary>The process is found unhealthy for another reason than its probes.</summary>
    /// <param name="Generation">The generation that is meant.</param>
    public sealed record Condemned(int Generation) : OfProcess(Generation);

    /// <summary>A probe came back.</summary>
    /// <param name="Generation">The generation that was probed.</param>
    /// <param name="Verdict">What it found.</param>
    public sealed record Probed(int Generation, Verdict Verdict) : OfProcess(Generation);
}

/// <summary>What a probe found.</summary>
public enum Verdict
{
    /// <summary>The service is well.</summary>
    Good,

    /// <summary>The service is not.</summary>
    Bad,

    /// <summary>The prober itself failed, or slept through it: this says nothing about the service.</summary>
    None,
}
