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

    private static SafeFileHandle? OpenExisting(string path, int access)
    {
        var handle = TryOpen(path, access | Platform.Current.OpenNonBlock);
        if (!handle.IsInvalid && Libc.Seek((int)handle.DangerousGetHandle(), 0, 1) >= 0)
            return handle;
        var error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        return error == Libc.NoSuchFile ? null : throw new IOException(Explain(path, error));
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
        throw new IOException(Explain(path, error));
    }

    internal static string Explain(string path, int error) => error switch
    {
        _ when new FileInfo(path) is { LinkTarget: not null } => $"{path}: is a symbolic link, which could lead anywhere; remove it",
        Libc.AccessDenied or Libc.NotPermitted => FileOwner.Denied(path),
        Libc.IsFolder => $"{path}: is a folder, where a file should be; move it away",
        Libc.NoSuchDevice or Libc.NotSeekable => $"{path}: is not a regular file; remove it",
        _ => $"{path}: cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}",
    };

    private static SafeFileHandle TryOpen(string path, int flags) =>
        new(Libc.Open(path, flags | Platform.Current.OpenNoFollow | Platform.Current.OpenCloseOnExec), ownsHandle: true);

    /// <summary>Creates a file, which must not be there, with exactly this mode, whatever the umask; and with no wider one before.</summary>
    public static FileStream CreateWith(string path, UnixFileMode mode)
    {
        var created = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, BufferSize = 0, UnixCreateMode = mode });
        File.SetUnixFileMode(created.SafeFileHandle, mode);
        return created;
    }

    /// <summary>Creates it, if nothing of that name is there.</summary>
    private static void Create(string path, UnixFileMode mode)
    {
        try
        {
            using var created = CreateWith(path, mode);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(FileOwner.Denied(path), e);
        }
    }
}

/// <summary>Folders that the supervisor writes to.</summary>
public static class OwnFolder
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const uint SameUser = uint.MaxValue;
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Makes it if it is not there, and nobody else's business. What is looked at is what is changed: it is opened once, and never through a link.</summary>
    /// <exception cref="IOException">That cannot be; the message says why.</exception>
    public static void MakePrivate(string path)
    {
        try
        {
            // Where something else is in its place, it is told by the attempt to open it.
            if (new FileInfo(path) is { LinkTarget: null, Exists: false })
                Directory.CreateDirectory(path, Private);
            var flags = Libc.ReadOnly | Platform.Current.OpenDirectory | Platform.Current.OpenNoFollow | Platform.Current.OpenNonBlock | Platform.Current.OpenCloseOnExec;
            using var folder = new SafeFileHandle(Libc.Open(path, flags), ownsHandle: true);
            if (folder.IsInvalid)
                throw new IOException(OwnFile.Explain(path, Marshal.GetLastPInvokeError()));
            if (!FileOwner.IsTrusted(folder))
                throw new IOException($"{path}: belongs to another user, who could put anything into it; remove it or chown it");
            File.SetUnixFileMode(folder, Private);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(FileOwner.Denied(path), e);
        }
    }

    /// <summary>Gives something of ours to a group, which may do with it what the mode says.</summary>
    /// <exception cref="IOException">That cannot be; the message says why.</exception>
    public static void Share(string path, uint group, UnixFileMode mode)
    {
        if (Libc.ChangeOwner(path, SameUser, group) != Libc.Ok)
            throw new IOException($"{path}: cannot be given to the control_group: {Marshal.GetLastPInvokeErrorMessage()}; run the supervisor as root, or as a member of that group");
        File.SetUnixFileMode(path, mode);
    }

    /// <summary>
    /// As root: who else could put another folder in its place, or a file into it, and so have root write anywhere; null for nobody. The
    /// sticky bit, as on /tmp, keeps others from what is not theirs.
    /// </summary>
    public static string? Weakness(string path)
    {
        if (Libc.EffectiveUser() != 0)
            return null;
        // The folders above the path as it is named, for links in it, and those above the place that it leads to.
        foreach (var start in (string[])[path, FileOwner.RealPath(path)])
            for (var folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
                if (FileOwner.OwnerAt(folder) is not (null or 0))
                    return $"{folder} belongs to another user";
                else if (File.GetUnixFileMode(folder) is var mode && (mode & OthersWrite) != 0 && !mode.HasFlag(UnixFileMode.StickyBit))
                    return $"{folder} can be written by others";
        return null;
    }
}

/// <summary>Whose a file is, and which, which the library does not tell.</summary>
public static unsafe class FileOwner
{
    private const int StatSize = 256; // more than struct stat on either system
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

    /// <summary>The length of a file, and its number in its file system; zeros if it is not there. Asked of a thousand logs each second, so it allocates nothing.</summary>
    public static (long Length, ulong Inode) Glance(string path)
    {
        var stat = stackalloc byte[StatSize];
        return Stat(path, stat) == Libc.Ok ? (*(long*)(stat + Platform.Current.StatSizeOffset), *(ulong*)(stat + Platform.Current.StatInodeOffset)) : default;
    }

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
    public static bool IsTrustedFolder(string path) => OwnerAt(path) is { } uid
        ? uid == 0 || uid == Libc.EffectiveUser()
        : throw new IOException($"{path}: {Marshal.GetLastPInvokeErrorMessage()}");

    /// <summary>The user whom what lies at a path belongs to; null if nothing does, or it may not be looked at.</summary>
    public static uint? OwnerAt(string path)
    {
        var stat = stackalloc byte[StatSize];
        return Stat(path, stat) == Libc.Ok ? *(uint*)(stat + Platform.Current.StatUidOffset) : null;
    }

    /// <summary>The path without links in it; the same path where the system does not say.</summary>
    public static string RealPath(string path)
    {
        const int Longest = 4096; // PATH_MAX: 4096 on Linux, 1024 on macOS
        var resolved = stackalloc byte[Longest];
        return Libc.RealPath(path, resolved) is null ? path : Marshal.PtrToStringUTF8((nint)resolved)!;
    }

    /// <summary>What to say of something that may not be opened.</summary>
    public static string Denied(string path) => $"{path}: {WhyDenied(path)}";

    /// <summary>The same without the path: whose it is, for most who run into that have forgotten sudo.</summary>
    public static string WhyDenied(string path)
    {
        var place = path;
        while (OwnerAt(place) is null && Path.GetDirectoryName(place) is { } above)
            place = above;
        var uid = OwnerAt(place) ?? 0;
        var owner = Account.LocalName(uid) ?? $"user {uid}";
        return $"permission denied; {(uid == Libc.EffectiveUser() ? $"look at the mode of {place}" : $"{(place == path ? "it" : place)} belongs to {owner}: run this as {owner}{(uid == 0 ? ", with sudo for example" : "")}")}";
    }

    /// <summary>Which file lies at a path; null if none does.</summary>
    public static FileId? IdAt(string path)
    {
        var stat = stackalloc byte[StatSize];
        return Stat(path, stat) == Libc.Ok ? IdIn(stat) : null;
    }

    /// <summary>Whether different files lie at two paths; false where one of them is not there, or is not let be seen.</summary>
    public static bool AreDifferent(string one, string other) => IdAt(one) is { } a && IdAt(other) is { } b && a != b;

    /// <summary>Which file this is.</summary>
    /// <exception cref="IOException">The system does not say.</exception>
    public static FileId IdOf(SafeFileHandle file)
    {
        var stat = stackalloc byte[StatSize];
        return FStat(file, stat) == Libc.Ok ? IdIn(stat) : throw new IOException(Marshal.GetLastPInvokeErrorMessage());
    }

    /// <summary>st_dev comes first; it has 32 bits on macOS, and on Linux never uses more.</summary>
    private static FileId IdIn(byte* stat) => new(*(uint*)stat, *(ulong*)(stat + Platform.Current.StatInodeOffset));
}

/// <summary>What tells a file from every other that is there at the same time. A number alone does not: the first files of any two file systems share theirs.</summary>
/// <param name="Device">The file system.</param>
/// <param name="Inode">Its number there.</param>
public readonly record struct FileId(uint Device, ulong Inode)
{
    public override string ToString() => $"{Device}:{Inode}";
}
