using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Supervisor.Os;

/// <summary>
/// Opens the files that belong to the supervisor: never through a symbolic link, so that nobody can make it write
/// elsewhere; never blocking, so that a FIFO in their place cannot hold it up; never inherited by a child.
/// </summary>
public static class OwnFile
{
    private const UnixFileMode LogMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
    private const UnixFileMode PrivateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>A log, 0640, for appending.</summary>
    /// <exception cref="IOException">It cannot be opened; the message says why.</exception>
    public static SafeFileHandle OpenLog(string path) => Open(path, Libc.WriteOnly | Platform.Current.OpenAppend, LogMode);

    /// <summary>A private file, 0600, for reading and writing.</summary>
    /// <exception cref="IOException">It cannot be opened; the message says why.</exception>
    public static SafeFileHandle OpenPrivate(string path) => Open(path, Libc.ReadWrite, PrivateMode);

    /// <summary>A private file, 0600, for appending, and for reading its end.</summary>
    /// <exception cref="IOException">It cannot be opened; the message says why.</exception>
    public static SafeFileHandle OpenPrivateLog(string path) => Open(path, Libc.ReadWrite | Platform.Current.OpenAppend, PrivateMode);

    /// <summary>The same, emptied; its folder is made if it is not there.</summary>
    /// <exception cref="IOException">It cannot be opened; the message says why.</exception>
    public static SafeFileHandle OpenAnew(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, PrivateMode | UnixFileMode.UserExecute);
        var handle = OpenPrivateLog(path);
        RandomAccess.SetLength(handle, 0);
        return handle;
    }

    /// <summary>A file as it is, for reading and writing; null if it is not there.</summary>
    /// <exception cref="IOException">It cannot be opened, or is no regular file; the message says why.</exception>
    public static SafeFileHandle? OpenExisting(string path) => OpenExisting(path, Libc.ReadWrite);

    /// <summary>The same for reading.</summary>
    /// <exception cref="IOException">It cannot be opened, or is no regular file; the message says why.</exception>
    public static SafeFileHandle? OpenToRead(string path) => OpenExisting(path, Libc.ReadOnly);

    /// <summary>The length of a file, and which it is; zeros if it is not there. Asked of a thousand logs each second, so it allocates nothing. Linux only.</summary>
    public static unsafe (long Length, ulong Inode) Glance(string path)
    {
        var stat = stackalloc byte[FileOwner.StatSize];
        return Libc.Stat(path, stat) == Libc.Ok ? (*(long*)(stat + FileOwner.SizeOffset), *(ulong*)(stat + Platform.Current.StatInodeOffset)) : default;
    }

    /// <summary>A file for writing whole blocks past the page cache (O_DIRECT); null where the file system does not offer that.</summary>
    public static SafeFileHandle? OpenDirect(string path)
    {
        var handle = TryOpen(path, Libc.WriteOnly | Platform.Current.OpenDirect);
        if (!handle.IsInvalid)
            return handle;
        handle.Dispose();
        return null;
    }

    private static SafeFileHandle? OpenExisting(string path, int access)
    {
        var handle = TryOpen(path, access | Platform.Current.OpenNonBlock);
        if (!handle.IsInvalid && Libc.Seek((int)handle.DangerousGetHandle(), 0, 1) >= 0)
            return handle;
        var (error, cause) = (Marshal.GetLastPInvokeError(), Marshal.GetLastPInvokeErrorMessage());
        handle.Dispose();
        return error == Libc.NoSuchFile ? null : throw new IOException($"{path}: is not a regular file that can be opened ({cause})");
    }

    private static SafeFileHandle Open(string path, int flags, UnixFileMode mode)
    {
        // A FIFO that nobody reads cannot be opened for writing without blocking, one that somebody reads cannot be sought in.
        var handle = TryOpen(path, flags | Platform.Current.OpenNonBlock);
        if (handle.IsInvalid && Marshal.GetLastPInvokeError() == Libc.NoSuchFile)
        {
            handle.Dispose();
            Create(path, mode);
            handle = TryOpen(path, flags | Platform.Current.OpenNonBlock);
        }
        if (!handle.IsInvalid && Libc.Seek((int)handle.DangerousGetHandle(), 0, 1) >= 0)
        {
            Descriptors.SetBlocking((int)handle.DangerousGetHandle()); // A daemon that inherits it would inherit that too.
            return handle;
        }
        var cause = Marshal.GetLastPInvokeErrorMessage();
        handle.Dispose();
        throw new IOException(new FileInfo(path) is { LinkTarget: not null }
            ? $"{path}: is a symbolic link, which could lead anywhere; remove it"
            : $"{path}: is not a regular file that can be written ({cause})");
    }

    private static SafeFileHandle TryOpen(string path, int flags) =>
        new(Libc.Open(path, flags | Platform.Current.OpenNoFollow | Platform.Current.OpenCloseOnExec), ownsHandle: true);

    /// <summary>Creates it with exactly this mode, whatever the umask, if nothing of that name is there.</summary>
    private static void Create(string path, UnixFileMode mode)
    {
        try
        {
            using var created = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
            File.SetUnixFileMode(created, mode);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }
}

/// <summary>Whose a file is, and which, which the library does not tell.</summary>
public static unsafe class FileOwner
{
    internal const int StatSize = 256; // more than struct stat on either system
    internal const int SizeOffset = 48; // st_size, on x64 and arm64 of Linux alike

    /// <summary>Whether a file belongs to root, or to the user that this process runs as.</summary>
    /// <exception cref="IOException">The system does not say.</exception>
    public static bool IsTrusted(SafeFileHandle file)
    {
        var stat = stackalloc byte[StatSize];
        if (Libc.FStat((int)file.DangerousGetHandle(), stat) != Libc.Ok)
            throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        var uid = *(uint*)(stat + Platform.Current.StatUidOffset);
        return uid == 0 || uid == Libc.EffectiveUser();
    }

    /// <summary>The same of a folder.</summary>
    /// <exception cref="IOException">The system does not say.</exception>
    public static bool IsTrustedFolder(string path)
    {
        using var folder = new SafeFileHandle(Libc.Open(path, Libc.ReadOnly | Platform.Current.OpenCloseOnExec), ownsHandle: true);
        return folder.IsInvalid ? throw new IOException($"{path}: {Marshal.GetLastPInvokeErrorMessage()}") : IsTrusted(folder);
    }

    /// <summary>The same of what lies at a path; null if nothing does.</summary>
    public static ulong? InodeAt(string path)
    {
        var stat = stackalloc byte[StatSize];
        return Libc.Stat(path, stat) == Libc.Ok ? *(ulong*)(stat + Platform.Current.StatInodeOffset) : null;
    }

    /// <summary>What tells a file from every other of its file system that is there at the same time.</summary>
    /// <exception cref="IOException">The system does not say.</exception>
    public static ulong Inode(SafeFileHandle file)
    {
        var stat = stackalloc byte[StatSize];
        return Libc.FStat((int)file.DangerousGetHandle(), stat) == Libc.Ok
            ? *(ulong*)(stat + Platform.Current.StatInodeOffset)
            : throw new IOException(Marshal.GetLastPInvokeErrorMessage());
    }
}
