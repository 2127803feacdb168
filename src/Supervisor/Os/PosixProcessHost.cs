
namespace Supervisor.Os;

/// <summary>The real machine.</summary>
internal sealed unsafe class PosixProcessHost : IProcessHost
{
    private const int SigInfoSize = 128;
    private const int UsageSize = 256;
    private const int UsageMaxRss = 32; // after ru_utime and ru_stime, 16 bytes each on either system
    private const int SetChildSubreaper = 36;

    public PosixProcessHost()
    {
        // Orphans of a daemon come home to us instead of to init. Linux only; elsewhere they cannot be seen.
        if (OperatingSystem.IsLinux())
            _ = Libc.ProcessControl(SetChildSubreaper, 1, 0, 0, 0);
    }

    public SpawnResult Spawn(SpawnRequest request) => Spawner.Spawn(request);

    public void Kill(int pid, string signal) => _ = Libc.Kill(pid, Platform.Current.Signals[signal]);

    public int? PeekEnded() => Peek(Libc.WaitAll, 0) is > 0 and var pid ? pid : null;

    public ExitStatus Reap(int pid)
    {
        int status;
        var usage = stackalloc byte[UsageSize];
        return Libc.Wait4(pid, &status, Libc.WaitNoHang, usage) == pid
            ? ExitStatus.FromWait(status) with { PeakMemory = *(long*)(usage + UsageMaxRss) * Platform.Current.MaxRssUnit }
            : default;
    }

    /// <summary>
    /// On Linux orphans are our children, so "no child in that group" is proof, and cannot be fooled by a stranger who
    /// was given the id since. On macOS ask the group itself; there EPERM means that only zombies are left.
    /// </summary>
    public bool IsGroupGone(int group) => OperatingSystem.IsLinux()
        ? Peek(Libc.WaitGroup, (uint)group) < 0
        : Libc.Kill(-group, 0) < 0;

    public IReadOnlyList<int> Children() => OperatingSystem.IsLinux() ? LinuxChildren() : [];

    public string? StartTimeOf(int pid) => ProcessIdentity.StartTimeOf(pid);

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
