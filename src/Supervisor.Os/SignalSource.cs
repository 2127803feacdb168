using System.Runtime.InteropServices;

namespace Supervisor.Os;

/// <summary>
/// SIGTERM, SIGINT, SIGHUP and SIGCHLD as a descriptor, for a loop that waits with poll(2). On Linux it is a signalfd(2), and
/// the signals are blocked in every thread that the process ever has; on macOS a kqueue(2), which sees them even where they
/// are ignored.
/// </summary>
public sealed unsafe class SignalSource : IDisposable
{
    private const int SetSize = 512; // more than sigset_t on either system
    private const int Default = 0;
    private const int Ignore = 1;
    private const int SetName = 15; // PR_SET_NAME
    private const short FilterSignal = -6; // EVFILT_SIGNAL
    private const ushort Add = 1; // EV_ADD
    private const int InfoSize = 128; // struct signalfd_siginfo, which begins with the signal's number

    /// <summary>What the runtime needs for itself: on macOS, where there are no real-time signals, it stops its threads with this one.</summary>
    internal static readonly string[] OfRuntime = OperatingSystem.IsMacOS() ? ["SIGUSR1"] : [];

    private static readonly string[] Meaningless = ["SIGUSR1", "SIGUSR2", "SIGALRM", "SIGVTALRM", "SIGPROF"];

    private static readonly string[] Heard = ["SIGTERM", "SIGINT", "SIGHUP", "SIGCHLD"];

    private int descriptor;

    private SignalSource(int descriptor) => this.descriptor = descriptor;

    /// <summary>Readable once a signal came.</summary>
    public int Descriptor => descriptor;

    /// <summary>
    /// Puts right what a parent may have left: SIGCHLD ignored, which would reap our children behind our back; SIGINT ignored,
    /// as a shell does for what it starts with &amp;; standard descriptors closed, whose numbers would go to other files. Signals
    /// that mean nothing here, and would end the supervisor by default, are ignored.
    /// </summary>
    public static void Reset()
    {
        int descriptor;
        while ((descriptor = Libc.Open("/dev/null", Libc.ReadWrite)) is >= 0 and <= 2)
            continue;
        _ = Libc.Close(descriptor);
        foreach (var signal in new[] { "SIGCHLD", "SIGINT", "SIGTERM" })
            _ = Libc.Signal(Platform.Current.Signals[signal], Default);
        foreach (var signal in Meaningless.Except(OfRuntime))
            _ = Libc.Signal(Platform.Current.Signals[signal], Ignore);
    }

    /// <summary>
    /// Blocks the signals in every thread. The runtime has threads before the first line of this program runs, and a signal
    /// goes to any thread that takes it; so this program is executed once more in its own place, and all its threads inherit
    /// the mask. It costs a millisecond, and is not done where the mask was inherited already, as after an upgrade.
    /// </summary>
    public static void BlockInAllThreads()
    {
        if (!OperatingSystem.IsLinux())
        {
            // kqueue tells of a signal that is ignored; SIGCHLD has to keep its default, or children would be reaped unseen.
            foreach (var signal in Heard.Where(signal => signal != "SIGCHLD"))
                _ = Libc.Signal(Platform.Current.Signals[signal], Ignore);
            return;
        }
        if (AreBlocked())
            return;
        SetMask(Heard);
        ExecuteOnceMore();
        // Only without /proc. The threads that there are already may still be hit.
    }

    /// <summary>Lets all through, on this thread.</summary>
    public static void Unblock() => SetMask([]);

    /// <summary>Listens from here on. What came since the signals were blocked is told, too.</summary>
    /// <exception cref="IOException">There is no descriptor left.</exception>
    public static SignalSource Open()
    {
        var descriptor = OperatingSystem.IsLinux() ? OpenOnLinux() : OpenOnMac();
        return descriptor >= 0 ? new(descriptor) : throw new IOException($"cannot listen for signals: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>The name of a signal that came and was not told yet; null for none.</summary>
    public string? Next()
    {
        if (!OperatingSystem.IsLinux())
            return NextOnMac();
        var info = stackalloc byte[InfoSize];
        return Libc.Read(Descriptor, info, InfoSize) == InfoSize ? Platform.Current.SignalName(*(int*)info) : null;
    }

    public void Dispose() => Descriptors.CloseOnce(ref descriptor);

    private static int OpenOnLinux()
    {
        var set = stackalloc byte[SetSize];
        Fill(set, Heard);
        return Libc.SignalDescriptor(-1, set, Platform.Current.OpenCloseOnExec | Platform.Current.OpenNonBlock);
    }

    private static int OpenOnMac()
    {
        var queue = Libc.KernelQueue();
        if (queue < 0)
            return queue;
        var changes = stackalloc KernelEventEntry[Heard.Length];
        for (var i = 0; i < Heard.Length; i++)
            changes[i] = new() { Ident = (nuint)Platform.Current.Signals[Heard[i]], Filter = FilterSignal, Flags = Add };
        return Libc.KernelEvent(queue, changes, Heard.Length, null, 0, null) < 0 ? -1 : queue;
    }

    private string? NextOnMac()
    {
        KernelEventEntry entry;
        var atOnce = stackalloc long[2];
        (atOnce[0], atOnce[1]) = (0, 0);
        return Libc.KernelEvent(Descriptor, null, 0, &entry, 1, atOnce) == 1 ? Platform.Current.SignalName((int)entry.Ident) : null;
    }

    private static bool AreBlocked()
    {
        var set = stackalloc byte[SetSize];
        _ = Libc.SigMask(Platform.Current.SetMask, null, set);
        foreach (var signal in Heard)
            if (Libc.SigIsMember(set, Platform.Current.Signals[signal]) != 1)
                return false;
        // The name of the program is lost where it was executed by the link that /proc has for it.
        fixed (byte* name = "supervisor\0"u8)
            _ = Libc.ProcessControl(SetName, (ulong)name, 0, 0, 0);
        return true;
    }

    private static void SetMask(string[] blocked)
    {
        var set = stackalloc byte[SetSize];
        Fill(set, blocked);
        _ = Libc.SigMask(Platform.Current.SetMask, set, null);
    }

    private static void Fill(byte* set, string[] signals)
    {
        _ = Libc.SigEmptySet(set);
        foreach (var signal in signals)
            _ = Libc.SigAddSet(set, Platform.Current.Signals[signal]);
    }

    /// <summary>The same program, words and variables: byte for byte, for neither need be text.</summary>
    private static void ExecuteOnceMore()
    {
        using var argv = new NativeStrings(ProcFiles.Bytes("/proc/self/cmdline"));
        using var envp = new NativeStrings(ProcFiles.Bytes("/proc/self/environ"));
        if (argv.Count > 0)
            _ = Libc.Execute("/proc/self/exe", argv.Pointer, envp.Pointer);
    }
}

/// <summary>struct kevent of macOS, sys/event.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelEventEntry
{
    public nuint Ident;
    public short Filter;
    public ushort Flags;
    public uint FilterFlags;
    public nint Data;
    public nint UserData;
}
