using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Supervisor.Os;

/// <summary>Whose a file is, and which, which the library does not tell.</summary>
internal static unsafe class FileOwner
{
    private const int StatSize = 256; // more than struct stat on either system

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
