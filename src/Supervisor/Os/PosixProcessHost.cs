namespace Supervisor.Os;

/// <summary>The real machine.</summary>
internal sealed unsafe class PosixProcessHost : IProcessHost
{
    private const int SigInfoSize = 128;
    private const int UsageSize = 256;
    private const int UsageMaxRss = 32; // after ru_utime and ru_stime, 16 bytes each on either system
    private const int SetChildSubreaper = 36;

    private readonly string stateDir;
    private readonly AdoptedProcesses adopted;
    private readonly HashSet<(string Service, uint User)> users;
    private readonly HashSet<int> leaderless = [];
    private HashSet<int>? markedGroups;

    /// <param name="stateDir">What the processes that are ours are marked with.</param>
    /// <param name="users">The services that are run as another user than ours, whose mark counts for that service alone.</param>
    /// <param name="ended">Called, from any thread, when an adopted process may have ended.</param>
    public PosixProcessHost(string stateDir, IEnumerable<(string Service, uint User)> users, Action ended)
    {
        this.stateDir = stateDir;
        this.users = [.. users];
        adopted = new(ended);
        // Orphans of a daemon come home to us instead of to init. Linux only; elsewhere they cannot be seen.
        if (OperatingSystem.IsLinux())
            _ = Libc.ProcessControl(SetChildSubreaper, 1, 0, 0, 0);
    }

    public SpawnResult Spawn(SpawnRequest request)
    {
        if (request.BecomesUser is { } user)
            users.Add(user);
        return Spawner.Spawn(request);
    }

    /// <summary>The group of an adopted leader that has ended is ours only if a member says so by its mark.</summary>
    public void Kill(int pid, string signal)
    {
        if (pid > 0 || !adopted.Contains(-pid) || adopted.IsAlive(-pid) || HasMarkedMember(-pid))
            _ = Libc.Kill(pid, Platform.Current.Signals[signal]);
    }

    public int? PeekEnded()
    {
        markedGroups = null;
        return Peek(Libc.WaitAll, 0) is > 0 and var pid ? pid : adopted.FirstEnded();
    }

    public ExitStatus Reap(int pid)
    {
        if (adopted.Contains(pid))
        {
            adopted.Remove(pid);
            leaderless.Add(pid);
            return default;
        }
        int status;
        var usage = stackalloc byte[UsageSize];
        return Libc.Wait4(pid, &status, Libc.WaitNoHang, usage) == pid
            ? ExitStatus.FromWait(status) with { PeakMemory = PeakMemory(usage) }
            : default;
    }

    /// <summary>
    /// Of an adopted leader's group, those count who say by their mark that they are ours. Of others:
    /// on Linux orphans are our children, so "no child in that group" is proof, and cannot be fooled by a stranger who
    /// was given the id since. On macOS ask the group itself; there EPERM means that only zombies are left. Many groups may
    /// be asked about after many ends at once: all processes are looked at no more than once since the last one.
    /// </summary>
    public bool IsGroupGone(int group)
    {
        if (leaderless.Contains(group))
            return !(Exists(group) && (markedGroups ??= [.. Bearers().Select(bearer => bearer.Group)]).Contains(group)) && leaderless.Remove(group);
        return OperatingSystem.IsLinux()
            ? Peek(Libc.WaitGroup, (uint)group) < 0
            : Libc.Kill(-group, 0) < 0;
    }

    public bool IsChild(int pid) => Peek(Libc.WaitOne, (uint)pid) >= 0;

    public void Adopt(IReadOnlyList<(int Pid, string StartTime)> processes)
    {
        foreach (var (pid, startTime) in processes)
            adopted.Add(pid, startTime);
        adopted.Watch();
    }

    public IReadOnlyList<Bearer> Bearers() => Mark.Bearers(stateDir, users);

    public IReadOnlyList<int> Descendants() =>
        OperatingSystem.IsLinux() ? [.. LinuxChildren().Union(Bearers().Select(bearer => bearer.Pid))] : [];

    public string? StartTimeOf(int pid) => ProcessIdentity.StartTimeOf(pid);

    /// <summary>Most groups end with their leader. To ask for that first spares a look at every process there is.</summary>
    private bool HasMarkedMember(int group) => Exists(group) && Bearers().Any(bearer => bearer.Group == group);

    private static bool Exists(int group) => Libc.Kill(-group, 0) == Libc.Ok;

    /// <summary>Until it executes its program, a child has our memory, which counts as its own: less than that is no news.</summary>
    private static long? PeakMemory(byte* usage)
    {
        var ours = stackalloc byte[UsageSize];
        _ = Libc.GetUsage(0, ours);
        var (peak, ourPeak) = (*(long*)(usage + UsageMaxRss), *(long*)(ours + UsageMaxRss));
        return peak > ourPeak ? peak * Platform.Current.MaxRssUnit : null;
    }

    /// <summary>The id of an ended child that stays unreaped, 0 for none, -1 for no child at all.</summary>
    private static int Peek(int idType, uint id)
    {
        var info = stackalloc byte[SigInfoSize];
        new Span<byte>(info, SigInfoSize).Clear();
        return Libc.WaitId(idType, id, info, Libc.WaitExited | Libc.WaitNoHang | Platform.Current.WaitNoReap) < 0
            ? -1
            : *(int*)(info + Platform.Current.SigInfoPidOffset);
    }

    /// <summary>proc_pid_children(5): each thread lists the children it is the parent of.</summary>
    private static List<int> LinuxChildren()
    {
        var children = new List<int>();
        foreach (var task in ProcFiles.Threads())
            children.AddRange(ProcFiles.Numbers($"{task}/children"));
        return children;
    }
}
