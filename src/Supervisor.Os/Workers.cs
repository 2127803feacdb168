namespace Supervisor.Os;

/// <summary>
/// The threads of the pool, all started before there is anything to do. The runtime starts one whenever it thinks that
/// it needs one more, and dies if it cannot have it: where processes have run out (RLIMIT_NPROC, the pids of a cgroup),
/// that would be the end of the supervisor. So all that the project file allows are there from the start, and none ends. If
/// all were blocked at once, by disks and name servers that do not answer, everything would wait for these: better late
/// than dead. What may block one: stderr, the state file, events.jsonl, a name server. Sixteen cost 0.3 MB more than four
/// do (PSS with three probed services: 6.7 MB, of which 5 are the program itself), so there is no reason
/// to have fewer.
/// </summary>
public static class Workers
{
    /// <summary>Starts them, and returns when all of them run.</summary>
    public static void StartAll()
    {
        ThreadPool.GetMinThreads(out var count, out _);
        using var all = new Barrier(count + 1);
        for (var i = 0; i < count; i++)
            ThreadPool.UnsafeQueueUserWorkItem(_ => all.SignalAndWait(), null);
        all.SignalAndWait();
    }
}
