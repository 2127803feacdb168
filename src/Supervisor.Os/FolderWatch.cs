namespace Supervisor.Os;

/// <summary>
/// Tells that something in a folder is being written to: once, until it is armed again (inotify(7), IN_ONESHOT). So
/// folders in which nothing happens cost nothing, and those in which much happens cost no more than their reader wants.
/// </summary>
public sealed unsafe class FolderWatch(string folder) : IDisposable
{
    private const int BufferSize = 4096; // An event without a name has 16 bytes, one with the longest name 272.

    private int descriptor = OperatingSystem.IsLinux() ? Libc.NotifyInit(Platform.Current.OpenCloseOnExec | Platform.Current.OpenNonBlock) : -1;

    /// <summary>Can be read from, poll(2) says, once something was written to; -1 where there is no inotify, or no more of it to be had.</summary>
    public int Descriptor => descriptor;

    /// <summary>Has the next write noticed; to be called before looking. False if it cannot be noticed: the folder may be gone.</summary>
    public bool Arm() => Descriptor >= 0 && Libc.NotifyAdd(Descriptor, folder, Libc.NotifyModify | Libc.NotifyOneShot) >= 0;

    /// <summary>Has it noticed if something at a path is deleted or moved away; or if it is changed in a way that might be that. False if it cannot be noticed.</summary>
    public bool ArmForLoss(string path) =>
        Descriptor >= 0 && Libc.NotifyAdd(Descriptor, path, Libc.NotifyAttributes | Libc.NotifyDeleteSelf | Libc.NotifyMoveSelf) >= 0;

    /// <summary>Takes note of what was noticed; to be called before arming again.</summary>
    public void Drain()
    {
        var buffer = stackalloc byte[BufferSize];
        while (Libc.Read(Descriptor, buffer, BufferSize) > 0)
            continue;
    }

    public void Dispose() => Descriptors.CloseOnce(ref descriptor);
}
