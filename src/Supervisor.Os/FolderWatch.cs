using System.Threading.Channels;

namespace Supervisor.Os;

/// <summary>
/// Tells that something in a folder is being written to: once, until it is armed again (inotify(7), IN_ONESHOT). So
/// folders in which nothing happens cost nothing, and those in which much happens cost no more than their reader wants.
/// Where there is no inotify, or no more of it to be had, every wait ends by itself after a while.
/// </summary>
public sealed class FolderWatch : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Channel<bool> written = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly string folder;
    private readonly TimeProvider time;
    private readonly int descriptor;
    private volatile bool isEnding;

    public FolderWatch(string folder, TimeProvider time)
    {
        this.folder = folder;
        this.time = time;
        descriptor = OperatingSystem.IsLinux() ? Libc.NotifyInit(Platform.Current.OpenCloseOnExec) : -1;
        if (descriptor >= 0)
            new Thread(ReadAll, maxStackSize: 256 * 1024) { IsBackground = true, Name = "inotify" }.Start();
    }

    /// <summary>From here on, the next write is noticed. To be called before looking.</summary>
    public bool Arm() => descriptor >= 0 && Libc.NotifyAdd(descriptor, folder, Libc.NotifyModify | Libc.NotifyOneShot) >= 0;

    /// <summary>Ends the wait: the folder may be another by now, which was moved away and made again, so that it is to be armed anew.</summary>
    public void Wake() => written.Writer.TryWrite(true);

    /// <summary>Waits for a write since it was armed.</summary>
    public async Task WaitAsync(bool isArmed, CancellationToken cancellation)
    {
        if (isArmed)
            await written.Reader.ReadAsync(cancellation).ConfigureAwait(false);
        else
            await Task.Delay(Period, time, cancellation).ConfigureAwait(false);
    }

    public void Dispose()
    {
        isEnding = true;
        // The word that a watch is gone wakes the reader, which no close(2) would.
        if (descriptor >= 0)
            _ = Libc.NotifyRemove(descriptor, Libc.NotifyAdd(descriptor, "/", Libc.NotifyModify));
    }

    private unsafe void ReadAll()
    {
        const int BufferSize = 4096;
        var buffer = stackalloc byte[BufferSize];
        while (!isEnding && Libc.Read(descriptor, buffer, BufferSize) != 0 && !isEnding)
            written.Writer.TryWrite(true);
        _ = Libc.Close(descriptor);
    }
}
