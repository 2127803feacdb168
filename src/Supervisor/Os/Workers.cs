namespace Supervisor.Os;

/// <summary>
/// The threads of the pool, all started before there is anything to do. The runtime starts one whenever it thinks that
/// it needs one more, and dies if it cannot have it: where processes have run out (RLIMIT_NPROC, the pids of a cgroup),
/// that would be the end of the supervisor. So there are as many as it will ever want, and none of them ends.
/// </summary>
internal static class Workers
{
    /// <summary>Starts as many as the project file sets for the least, and returns when all of them run.</summary>
    public static void StartAll()
    {
        ThreadPool.GetMinThreads(out var count, out _);
        using var all = new Barrier(count + 1);
        for (var i = 0; i < count; i++)
            ThreadPool.UnsafeQueueUserWorkItem(_ => all.SignalAndWait(), null);
        all.SignalAndWait();
    }
}
