namespace Supervisor.Os;

/// <summary>
/// Processes that an earlier supervisor started and this one goes on with. They are no children of ours, so nobody tells us
/// how they end. That they do, a descriptor tells: a pidfd each on Linux (pidfd_open(2)), one kqueue for all on macOS. Where
/// there is no descriptor left for one, somebody has to look at it now and then.
/// </summary>
internal sealed unsafe class AdoptedProcesses
{
    private const short FilterProcess = -5; // EVFILT_PROC
    private const ushort AddOnce = 0x11; // EV_ADD, EV_ONESHOT
    private const uint NoteExit = 0x80000000;

    private readonly Dictionary<int, string> startTimes = [];
    private readonly Dictionary<int, int> pids = [];
    private readonly Queue<int> suspects = [];
    private readonly HashSet<int> unseen = [];
    private readonly int queue = OperatingSystem.IsLinux() ? -1 : Libc.KernelQueue();

    /// <summary>Each is readable once a process has ended, and is to be handed to <see cref="OnReady"/> then.</summary>
    public IEnumerable<int> Watched => queue >= 0 ? [queue] : pids.Keys;

    /// <summary>Whether there are some whose end no descriptor tells.</summary>
    public bool HasUnseen => unseen.Count > 0;

    /// <summary>Takes one over. It may have ended already, and its id be somebody else's.</summary>
    public void Add(int pid, string startTime)
    {
        startTimes.Add(pid, startTime);
        if (!TryWatch(pid))
            unseen.Add(pid);
        if (IsGone(pid))
            suspects.Enqueue(pid);
    }

    /// <summary>Whether this is one of them.</summary>
    public bool Contains(int pid) => startTimes.ContainsKey(pid);

    /// <summary>Whether it still lives: not somebody else who was given its id.</summary>
    public bool IsAlive(int pid) => startTimes.TryGetValue(pid, out var startTime) && ProcessIdentity.StartTimeOf(pid) == startTime;

    /// <summary>A descriptor is readable. On Linux it has told all that it ever will, and is closed.</summary>
    public void OnReady(int descriptor)
    {
        if (pids.Remove(descriptor, out var pid))
        {
            Descriptors.Close(descriptor);
            suspects.Enqueue(pid);
        }
        else if (descriptor == queue)
            ReadQueue();
    }

    /// <summary>One that has ended; null for none.</summary>
    public int? FirstEnded()
    {
        if (suspects.Count == 0)
            foreach (var one in unseen.Where(IsGone))
                suspects.Enqueue(one);
        while (suspects.TryDequeue(out var pid))
            if (startTimes.ContainsKey(pid) && !IsAlive(pid))
                return pid;
        return null;
    }

    /// <summary>Whether it is seen to be gone. Where no descriptor is left to look at it with, nothing is seen.</summary>
    private bool IsGone(int pid)
    {
        var missed = ProcFiles.Missed;
        return !IsAlive(pid) && ProcFiles.Missed == missed;
    }

    /// <summary>Lets one go.</summary>
    public void Remove(int pid)
    {
        startTimes.Remove(pid);
        unseen.Remove(pid);
    }

    private bool TryWatch(int pid)
    {
        if (!OperatingSystem.IsLinux())
        {
            var change = new KernelEventEntry { Ident = (nuint)pid, Filter = FilterProcess, Flags = AddOnce, FilterFlags = NoteExit };
            return queue >= 0 && Libc.KernelEvent(queue, &change, 1, null, 0, null) >= 0;
        }
        var descriptor = (int)Libc.SystemCall(Libc.PidfdOpen, pid, 0);
        if (descriptor >= 0)
            pids.Add(descriptor, pid);
        return descriptor >= 0;
    }

    private void ReadQueue()
    {
        KernelEventEntry entry;
        var atOnce = stackalloc long[2];
        (atOnce[0], atOnce[1]) = (0, 0);
        while (Libc.KernelEvent(queue, null, 0, &entry, 1, atOnce) == 1)
            suspects.Enqueue((int)entry.Ident);
    }
}
