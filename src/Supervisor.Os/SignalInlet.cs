using System.Runtime.InteropServices;

namespace Supervisor.Os;

/// <summary>Tells of the signals that reach this process.</summary>
public sealed class SignalInlet : IDisposable
{
    private const int SigDefault = 0;
    private const int SigIgnore = 1;
    private const int SetSize = 512; // more than sigset_t on either system

    private readonly Action<string> stop;
    private readonly Action reload;
    private readonly PosixSignalRegistration[] registrations;

    /// <summary>Listens from here on. What it calls is called from a thread of the runtime's.</summary>
    /// <param name="childrenEnded">For SIGCHLD.</param>
    /// <param name="stop">For SIGTERM and SIGINT, by name.</param>
    /// <param name="reload">For SIGHUP.</param>
    public SignalInlet(Action childrenEnded, Action<string> stop, Action reload)
    {
        (this.stop, this.reload) = (stop, reload);
        registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGCHLD, _ => childrenEnded()),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop),
            // The end of a terminal sends it, too, and is no reason to end; a configuration that is as it was changes nothing.
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, Reload),
        ];
        Unblock();
    }

    /// <summary>Whether a signal to stop has come. It is in the inbox, or was.</summary>
    public bool HasStopped { get; private set; }

    /// <summary>
    /// Undoes what a parent may have left: SIGCHLD ignored, which would reap our children behind our back; SIGINT ignored,
    /// as a shell does for what it starts with &amp;; standard descriptors closed, whose numbers would go to other files.
    /// And has those ignored that mean nothing here and would end it by default, leaving every daemon alone.
    /// </summary>
    public static unsafe void Reset()
    {
        int descriptor;
        while ((descriptor = Libc.Open("/dev/null", Libc.ReadWrite)) is >= 0 and <= 2)
            continue;
        _ = Libc.Close(descriptor);
        foreach (var signal in new[] { "SIGCHLD", "SIGINT", "SIGTERM" })
            _ = Libc.Signal(Platform.Current.Signals[signal], SigDefault);
        foreach (var signal in new[] { "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGVTALRM", "SIGPROF" })
            _ = Libc.Signal(Platform.Current.Signals[signal], SigIgnore);
    }

    /// <summary>
    /// Has the signals wait that would end a program which does not listen yet. An executed program inherits that, and
    /// hears of them once it does. The runtime needs the others.
    /// </summary>
    public static void Block() => SetMask("SIGTERM", "SIGINT", "SIGHUP", "SIGCHLD");

    /// <summary>Lets all through, on this thread: enough, for a signal goes to any thread that takes it. A parent may have left some blocked.</summary>
    public static void Unblock() => SetMask();

    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
    }

    private static unsafe void SetMask(params ReadOnlySpan<string> blocked)
    {
        var set = stackalloc byte[SetSize];
        _ = Libc.SigEmptySet(set);
        foreach (var signal in blocked)
            _ = Libc.SigAddSet(set, Platform.Current.Signals[signal]);
        _ = Libc.SigMask(Platform.Current.SetMask, set, null);
    }

    private void Reload(PosixSignalContext context)
    {
        context.Cancel = true;
        reload();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        HasStopped = true;
        stop(context.Signal.ToString());
    }
}
