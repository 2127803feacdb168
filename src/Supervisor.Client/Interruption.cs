using System.Runtime.InteropServices;

namespace Supervisor.Client;

/// <summary>Has Ctrl+C and SIGTERM end a command in an orderly way, wherever it waits.</summary>
internal sealed unsafe class Interruption : IDisposable
{
    private const short Gone = 0x18; // POLLERR and POLLHUP, which poll(2) tells unasked

    private static readonly TimeSpan Batch = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly PosixSignalRegistration[] registrations;
    private int reading;
    private int writing;

    /// <summary>Has the end of another process end the command instead: signals of the terminal are that one's affair.</summary>
    /// <param name="descriptor">Readable once it has ended, or is about to.</param>
    public Interruption(int descriptor)
    {
        (reading, writing) = (descriptor, -1);
        registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Ignore), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ignore)];
    }

    public Interruption()
    {
        var ends = stackalloc int[2];
        if (Libc.Pipe(ends) != Libc.Ok)
            throw new IOException($"cannot wait: {Marshal.GetLastPInvokeErrorMessage()}");
        (reading, writing) = (ends[0], ends[1]);
        registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal), PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal)];
    }

    /// <summary>Waits until a descriptor can be read from, or until the time is up. False if the command is to end: a signal came, or nobody reads what it prints.</summary>
    /// <param name="descriptor">The descriptor; -1 for none.</param>
    /// <param name="most">How long; null for as long as it takes.</param>
    public bool Wait(int descriptor, TimeSpan? most = null)
    {
        var entries = stackalloc PollEntry[3];
        entries[0] = new() { Descriptor = descriptor, Events = Descriptors.In };
        entries[1] = new() { Descriptor = reading, Events = Descriptors.In };
        entries[2] = new() { Descriptor = 1 };
        while (Libc.Poll(entries, 3, most is { } time ? (int)time.TotalMilliseconds : -1) < 0 && Marshal.GetLastPInvokeError() == Libc.Interrupted)
            continue;
        return entries[1].Returned == 0 && (entries[2].Returned & Gone) == 0;
    }

    /// <summary>
    /// Looks again whenever something in a folder was written to, until the command is to end. What is written within a
    /// moment is shown together, so that busy files cost little.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="look">Looks; true if there is more to come even if nothing more is written.</param>
    public void Follow(string folder, Func<bool> look)
    {
        using var watch = new FolderWatch(folder);
        bool goesOn;
        do
        {
            watch.Drain();
            var isArmed = watch.Arm();
            goesOn = look() || (isArmed ? Wait(watch.Descriptor) : Wait(-1, Period));
        }
        while (goesOn && Wait(-1, Batch));
    }

    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
        Descriptors.CloseOnce(ref writing);
        Descriptors.CloseOnce(ref reading);
    }

    private static void Ignore(PosixSignalContext context) => context.Cancel = true;

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        byte any = 0;
        _ = Libc.Write(writing, &any, 1);
    }
}
