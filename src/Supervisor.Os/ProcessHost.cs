using System.Collections.Immutable;

namespace Supervisor.Os;

/// <summary>The whole of what the loop asks of the operating system about processes, in libc's own words.</summary>
public interface IProcessHost
{
    /// <summary>Starts a process that leads a session and group of its own.</summary>
    SpawnResult Spawn(SpawnRequest request);

    /// <summary>
    /// kill(2): a negative id is a process group. Nobody there is no error: they are gone, which is what was wanted.
    /// </summary>
    void Kill(int pid, string signal);

    /// <summary>A child that has ended and is not reaped, so that its id still is its own, or an adopted one that has ended; null for none.</summary>
    int? PeekEnded();

    /// <summary>Reaps a child that has ended. Its id is free from here on.</summary>
    ExitStatus Reap(int pid);

    /// <summary>Whether an orphan that descends from us becomes our child, so that SIGCHLD tells of its end. If not, somebody has to look.</summary>
    bool BringsOrphansHome { get; }

    /// <summary>Whether a child of ours, living or ended and not reaped, is in a group. As long as one is, the id of the group is nobody else's.</summary>
    bool HasChildIn(int group);

    /// <summary>Our children, the ended ones too: also those that we did not start, which came home as orphans. None where the system does not tell.</summary>
    IReadOnlyList<int> Children();

    /// <summary>All that live on this machine.</summary>
    IReadOnlyList<ProcessEntry> Processes();

    /// <summary>One of them; null if there is none of that id.</summary>
    ProcessEntry? Find(int pid);

    /// <summary>How often something could not be looked at for want of descriptors. Nothing can be concluded from what was not seen then.</summary>
    int Missed => 0;

    /// <summary>Whether this is a child of ours, living or ended and not reaped.</summary>
    bool IsChild(int pid);

    /// <summary>
    /// Takes over, once and for all, processes that an earlier supervisor started. From here on the end of one is seen by
    /// <see cref="PeekEnded"/>, and it is reaped, with an exit status that nobody knows.
    /// </summary>
    void Adopt(IReadOnlyList<(int Pid, string StartTime)> processes);

    /// <summary>The living processes that carry our mark; none where the system does not tell.</summary>
    IReadOnlyList<Bearer> Bearers();

    /// <summary>What the mark of one process says; null if it carries none of ours.</summary>
    Bearer? BearerOf(int pid);

    /// <summary>What tells a process from every other that ever has the same id; null if there is none of that id.</summary>
    string? StartTimeOf(int pid);

    /// <summary>Whether the process of this id still is the one that it was: a child of ours cannot be anybody else, and of others the start time tells.</summary>
    bool IsStill(int pid, string? startTime) => IsChild(pid) || (startTime is not null && StartTimeOf(pid) == startTime);

    /// <summary>The present moment, on the clock of the start times.</summary>
    string Moment();
}

/// <summary>What to start.</summary>
public sealed record SpawnRequest
{
    /// <summary>The executable, as an absolute path.</summary>
    public required string Path { get; init; }

    /// <summary>The arguments, the program's name first.</summary>
    public required ImmutableArray<string> Argv { get; init; }

    /// <summary>Variables that are added to our own, or take their place. Of several of one name, the last counts.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Variables { get; init; } = [];

    /// <summary>The folder to run in.</summary>
    public required string WorkingDir { get; init; }

    /// <summary>The file that gets stdout and stderr, appended; null for /dev/null.</summary>
    public string? LogPath { get; init; }

    /// <summary>Instead: a private file that gets them, begun anew.</summary>
    public string? OutputPath { get; init; }

    /// <summary>Instead: a descriptor that gets them.</summary>
    public int? OutputDescriptor { get; init; }

    /// <summary>The service whose process it is and the user that it becomes; null for our own user.</summary>
    public (string Service, uint User)? BecomesUser { get; init; }

    /// <summary>One more descriptor to hand over, as number 3; null for none.</summary>
    public int? ExtraDescriptor { get; init; }
}

/// <summary>A process id, or what went wrong.</summary>
public readonly record struct SpawnResult(int Pid, string? Error);

/// <summary>The real machine.</summary>
public sealed unsafe class PosixProcessHost : IProcessHost
{
    private const int SigInfoSize = 128;
    private const int SigInfoCode = 8; // si_code, after si_signo and si_errno on either system
    private const int WaitStoppedOnMac = 0x18; // WSTOPPED and WCONTINUED
    private const int UsageSize = 256;
    private const int UsageMaxRss = 32; // after ru_utime and ru_stime, 16 bytes each on either system
    private const int SetChildSubreaper = 36;

    // Open for good, for it has to be read when there is no descriptor left, too.
    private readonly int childrenFile = OperatingSystem.IsLinux() ? Libc.Open($"/proc/self/task/{Environment.ProcessId}/children", Libc.ReadOnly | Platform.Current.OpenCloseOnExec) : -1;
    private byte[] listed = new byte[4096];
    private readonly AdoptedProcesses adopted = new();
    private readonly MarkReader marks;

    /// <param name="marks">Knows the processes that are ours.</param>
    public PosixProcessHost(MarkReader marks)
    {
        this.marks = marks;
        // Orphans of a daemon come home to us instead of to init. Linux only; elsewhere they cannot be seen.
        if (OperatingSystem.IsLinux())
            _ = Libc.ProcessControl(SetChildSubreaper, 1, 0, 0, 0);
    }

    public bool BringsOrphansHome => OperatingSystem.IsLinux();

    public SpawnResult Spawn(SpawnRequest request)
    {
        if (request.BecomesUser is { } user)
            marks.Trust(user);
        return Spawner.Spawn(request);
    }

    public void Kill(int pid, string signal) => _ = Libc.Kill(pid, Platform.Current.Signals[signal]);

    public int? PeekEnded() => Peek(Libc.WaitAll, 0) is > 0 and var pid ? pid : adopted.FirstEnded();

    /// <summary>A child that is nobody's affair but its starter's, as long as it lives; null for none.</summary>
    public int? Apart { get; set; }

    public ExitStatus Reap(int pid)
    {
        Apart = Apart == pid ? null : Apart;
        if (adopted.Contains(pid))
        {
            adopted.Remove(pid);
            return default;
        }
        int status;
        var usage = stackalloc byte[UsageSize];
        return Libc.Wait4(pid, &status, Libc.WaitNoHang, usage) == pid
            ? ExitStatus.FromWait(status) with { PeakMemory = PeakMemory(usage) }
            : default;
    }

    public bool HasChildIn(int group) => Peek(Libc.WaitGroup, (uint)group) >= 0;

    /// <summary>proc_pid_children(5). The main thread is the parent of all: it starts them, and the kernel gives it the orphans.</summary>
    public IReadOnlyList<int> Children()
    {
        _ = Libc.Seek(childrenFile, 0, 0);
        var children = ProcFiles.Numbers(listed.AsSpan(0, ProcFiles.ReadAll(childrenFile, ref listed)));
        return Apart is null ? children : [.. children.Where(pid => pid != Apart)];
    }

    public IReadOnlyList<ProcessEntry> Processes() => ProcessEntry.All();

    public int Missed => ProcFiles.Missed;

    public ProcessEntry? Find(int pid) => ProcessEntry.Find(pid);

    public bool IsChild(int pid) => Peek(Libc.WaitOne, (uint)pid) >= 0;

    public void Adopt(IReadOnlyList<(int Pid, string StartTime)> processes)
    {
        foreach (var (pid, startTime) in processes)
            adopted.Add(pid, startTime);
    }

    /// <summary>Descriptors that are readable once an adopted process has ended.</summary>
    public IEnumerable<int> AdoptedDescriptors => adopted.Watched;

    /// <summary>Whether there are adopted processes whose end no descriptor tells, so that somebody has to look now and then.</summary>
    public bool HasUnseen => adopted.HasUnseen;

    /// <summary>One of the descriptors is readable: <see cref="PeekEnded"/> knows more.</summary>
    public void OnAdoptedReady(int descriptor) => adopted.OnReady(descriptor);

    public IReadOnlyList<Bearer> Bearers() => marks.Bearers();

    public Bearer? BearerOf(int pid) => marks.BearerOf(pid);

    public string? StartTimeOf(int pid) => ProcessIdentity.StartTimeOf(pid);

    public string Moment() => ProcessIdentity.Moment();

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
        for (var drained = 0; ;)
        {
            new Span<byte>(info, SigInfoSize).Clear();
            if (Libc.WaitId(idType, id, info, Libc.WaitExited | Libc.WaitNoHang | Platform.Current.WaitNoReap) < 0)
                return -1;
            var (pid, hasEnded) = (*(int*)(info + Platform.Current.SigInfoPidOffset), *(int*)(info + SigInfoCode) is >= 1 and <= 3); // CLD_EXITED, CLD_KILLED, CLD_DUMPED
            if (hasEnded || pid == 0 || pid == drained)
                return hasEnded ? pid : 0;
            // macOS tells of children that were stopped or continued, too, whatever was asked for. That is taken away, for it hides others.
            _ = Libc.WaitId(Libc.WaitOne, (uint)pid, info, Libc.WaitNoHang | WaitStoppedOnMac);
            drained = pid;
        }
    }
}
