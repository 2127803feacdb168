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

    /// <summary>The length of a file; 0 if it is not there. Asked of a thousand logs each second, so it allocates nothing. Linux only.</summary>
    public static unsafe long LengthOf(string path)
    {
        var stat = stackalloc byte[FileOwner.StatSize];
        return Libc.Stat(path, stat) == Libc.Ok ? *(long*)(stat + FileOwner.SizeOffset) : 0;
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
        var error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        return error == Libc.NoSuchFile ? null : throw Failure(path, error);
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
        var error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        throw Failure(path, error);
    }

    /// <summary>What is in the way; or what the system lacks.</summary>
    private static IOException Failure(string path, int error) => new(error switch
    {
        _ when new FileInfo(path) is { LinkTarget: not null } => $"{path}: is a symbolic link, which could lead anywhere; remove it",
        Libc.IsFolder => $"{path}: is a folder, and has to be a file; remove it",
        Libc.CannotSeek or Libc.NoSuchDevice => $"{path}: is not a regular file; remove it",
        _ => $"{path}: cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}",
    });

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
    private const int TypeMask = 0xf000; // S_IFMT
    private const int Folder = 0x4000; // S_IFDIR
    private const int Regular = 0x8000; // S_IFREG
    private const int AnyExecute = 0x49; // for the owner, the group and others: 0111

    private static bool IsMacX64 => OperatingSystem.IsMacOS() && RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <summary>Whether something lies at a path, whose bytes need not be UTF-8; links are followed.</summary>
    public static bool Exists(string path) => ModeAt(path) is not null;

    /// <summary>Whether a folder does.</summary>
    public static bool IsFolder(string path) => (ModeAt(path) & TypeMask) == Folder;

    /// <summary>Whether a regular file does: no folder, pipe, socket or device.</summary>
    public static bool IsRegular(string path) => (ModeAt(path) & TypeMask) == Regular;

    /// <summary>Whether a file does that somebody may execute. Whether this very user may, only the attempt shows.</summary>
    public static bool IsExecutable(string path) => ModeAt(path) is { } mode && (mode & TypeMask) == Regular && (mode & AnyExecute) != 0;

    /// <summary>The permissions of what lies at a path; null if nothing does.</summary>
    public static int? PermissionsAt(string path) => ModeAt(path) & ~TypeMask;

    private static int? ModeAt(string path)
    {
        var stat = stackalloc byte[StatSize];
        return Stat(path, stat) == Libc.Ok ? *(ushort*)(stat + Platform.Current.StatModeOffset) : null;
    }

    private static int Stat(string path, byte* stat) => IsMacX64 ? Libc.StatOnMacX64(path, stat) : Libc.Stat(path, stat);

    private static int FStat(SafeFileHandle file, byte* stat)
    {
        var descriptor = (int)file.DangerousGetHandle();
        return IsMacX64 ? Libc.FStatOnMacX64(descriptor, stat) : Libc.FStat(descriptor, stat);
    }

    /// <summary>Whether a file belongs to root, or to the user that this process runs as.</summary>
    /// <exception cref="IOException">The system does not say.</exception>
    public static bool IsTrusted(SafeFileHandle file)
    {
        var stat = stackalloc byte[StatSize];
        if (FStat(file, stat) != Libc.Ok)
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
        return Stat(path, stat) == Libc.Ok ? *(ulong*)(stat + Platform.Current.StatInodeOffset) : null;
    }

    /// <summary>What tells a file from every other of its file system that is there at the same time.</summary>
    /// <exception cref="IOException">The system does not say.</exception>
    public static ulong Inode(SafeFileHandle file)
    {
        var stat = stackalloc byte[StatSize];
        return FStat(file, stat) == Libc.Ok
            ? *(ulong*)(stat + Platform.Current.StatInodeOffset)
            : throw new IOException(Marshal.GetLastPInvokeErrorMessage());
    }
}
