using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Supervisor.Daemon.Storage;

/// <summary>
/// The folder of the socket, the lock and the state: private, and held by one supervisor at a time. The lock is the
/// kernel's (flock), so it ends with its holder, however that ends; the file itself stays, for deleting it would race.
/// </summary>
internal sealed class StateFolder : IDisposable
{
    private const UnixFileMode Shared = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute;

    private readonly uint? group;
    private SafeFileHandle lockFile;

    private StateFolder(string path, uint? group, SafeFileHandle lockFile) => (Path, this.group, this.lockFile) = (path, group, lockFile);

    public string Path { get; }

    /// <summary>The descriptor of the lock, for a successor.</summary>
    public int Descriptor => (int)lockFile.DangerousGetHandle();

    /// <summary>Whether the lock that is held still lies in the folder, for others to find.</summary>
    public bool IsHeld => FileOwner.IdAt(StatePaths.Lock(Path)) == FileOwner.IdOf(lockFile);

    /// <summary>Somebody has deleted the folder, or what is in it, or moved it away: makes it anew.</summary>
    /// <exception cref="IOException">It cannot be had; the message says why.</exception>
    /// <exception cref="AlreadyRunningException">Another supervisor was faster.</exception>
    public void Retake()
    {
        if (IsHeld)
            return;
        var anew = Take(Path, group);
        lockFile.Dispose();
        lockFile = anew.lockFile;
    }

    /// <summary>Takes hold of it, creating what is missing; or keeps hold, by the descriptor that was inherited.</summary>
    /// <exception cref="IOException">It cannot be had; the message says why.</exception>
    /// <exception cref="AlreadyRunningException">Another supervisor holds it.</exception>
    /// <param name="path">Where it is.</param>
    /// <param name="group">Whose members find the socket in it, too; null for nobody's.</param>
    /// <param name="inherited">The descriptor of the lock that the program before this one held; null if there was none.</param>
    public static StateFolder Take(string path, uint? group = null, int? inherited = null)
    {
        OwnFolder.MakePrivate(path);
        Share(path, group);
        var handle = inherited is { } descriptor
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : OwnFile.OpenPrivate(StatePaths.Lock(path));
        if (Libc.Flock((int)handle.DangerousGetHandle(), Libc.LockExclusive | Libc.LockNonBlocking) != Libc.Ok)
        {
            // Some network file systems have no locks (ENOLCK); then nobody is known to run.
            var error = Marshal.GetLastPInvokeError();
            using (handle)
                throw error == Platform.Current.TryAgain
                    ? new AlreadyRunningException(ReadPid(handle))
                    : new IOException($"{StatePaths.Lock(path)}: cannot be locked ({Marshal.GetPInvokeErrorMessage(error)}); name a state_dir on a local file system");
        }
        WritePid(handle);
        return new(path, group, handle);
    }

    /// <summary>Lets the members of a group find the socket in it.</summary>
    /// <exception cref="IOException">It cannot be given to them; the message says why.</exception>
    public static void Share(string path, uint? group)
    {
        if (group is { } members)
            OwnFolder.Share(path, members, Shared);
    }

    /// <summary>Nothing is left running, so there is nothing to remember; nor does it matter if the folder is gone.</summary>
    public void Clear()
    {
        try
        {
            File.Delete(StatePaths.State(Path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What it says of processes that are gone misleads nobody.
        }
    }

    public void Dispose() => lockFile.Dispose();

    private static void WritePid(SafeFileHandle handle)
    {
        try
        {
            RandomAccess.SetLength(handle, 0);
            RandomAccess.Write(handle, Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n"), 0);
        }
        catch (IOException)
        {
            // The disk is full. It is the lock that counts; whoever finds it held is not told by whom.
        }
    }

    private static string ReadPid(SafeFileHandle handle)
    {
        var bytes = new byte[16];
        return Encoding.ASCII.GetString(bytes, 0, RandomAccess.Read(handle, bytes, 0)).Trim();
    }
}

/// <summary>Another supervisor serves this configuration.</summary>
/// <param name="pid">Its process id.</param>
/// <param name="more">What more there is to say; null for nothing.</param>
internal sealed class AlreadyRunningException(string pid, string? more = null) : Exception($"already running (pid {pid}){(more is null ? "" : $": {more}")}");
