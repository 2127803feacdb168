using System.Runtime.InteropServices;
using System.Threading.Channels;
using Supervisor.Loop;

namespace Supervisor.Os;

/// <summary>Turns the signals that reach this process into messages.</summary>
internal sealed class SignalInlet(ChannelWriter<Message> inbox) : IDisposable
{
    private const int SigDefault = 0;
    private const int SigIgnore = 1;

    private readonly PosixSignalRegistration[] registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGCHLD, _ => inbox.TryWrite(Message.ChildrenEnded.Instance)),
        Stop(PosixSignal.SIGTERM, inbox),
        Stop(PosixSignal.SIGINT, inbox),
        // The end of a terminal is no reason to end.
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true),
    ];

    /// <summary>
    /// Undoes what a parent may have left: SIGCHLD ignored, which would reap our children behind our back; SIGINT ignored,
    /// as a shell does for what it starts with &amp;; signals blocked, which would never arrive; standard descriptors closed, whose numbers would go to other files.
    /// And has those ignored that mean nothing here and would end it by default, leaving every daemon alone.
    /// </summary>
    public static unsafe void Reset()
    {
        int descriptor;
        while ((descriptor = Libc.Open("/dev/null", Libc.ReadWrite)) is >= 0 and <= 2)
            continue;
        _ = Libc.Close(descriptor);
        var empty = stackalloc byte[512];
        foreach (var signal in new[] { "SIGCHLD", "SIGINT", "SIGTERM" })
            _ = Libc.Signal(Platform.Current.Signals[signal], SigDefault);
        foreach (var signal in new[] { "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGVTALRM", "SIGPROF" })
            _ = Libc.Signal(Platform.Current.Signals[signal], SigIgnore);
        _ = Libc.SigEmptySet(empty);
        _ = Libc.SigMask(Platform.Current.SetMask, empty, null);
    }

    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
    }

    private static PosixSignalRegistration Stop(PosixSignal signal, ChannelWriter<Message> inbox) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            inbox.TryWrite(new Message.StopSignalled(context.Signal.ToString()));
        });
}
