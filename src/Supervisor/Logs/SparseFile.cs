using Microsoft.Win32.SafeHandles;
using Supervisor.Os;

namespace Supervisor.Logs;

/// <summary>Takes the head out of a file that somebody else is appending to, and finds where the rest begins.</summary>
internal static unsafe class SparseFile
{
    /// <summary>No page and no block is larger, so no head that was punched out ends further inside of one.</summary>
    public const int LargestBlock = 64 * 1024;

    /// <summary>
    /// Turns the head into a hole. Offsets stay, so whoever appends notices nothing; to do it twice is to do it once.
    /// </summary>
    public static bool TryPunch(SafeFileHandle file, long length) =>
        OperatingSystem.IsLinux() && Libc.Fallocate(Number(file), Libc.FallocatePunchHole | Libc.FallocateKeepSize, 0, length) == Libc.Ok;

    /// <summary>Takes the head away, so that what follows moves to the front; both must be whole blocks, and something must follow.</summary>
    public static bool TryCollapse(SafeFileHandle file, long length) =>
        OperatingSystem.IsLinux() && Libc.Fallocate(Number(file), Libc.FallocateCollapseRange, 0, length) == Libc.Ok;

    /// <summary>
    /// The first byte that is not in a hole, rounded down to a page or a block; the length where there is none; 0 where
    /// the file system does not tell.
    /// </summary>
    public static long FirstData(SafeFileHandle file)
    {
        var first = Libc.Seek(Number(file), 0, Platform.Current.SeekData);
        if (first >= 0)
            return first;
        return System.Runtime.InteropServices.Marshal.GetLastPInvokeError() == Libc.NoSuchDevice ? RandomAccess.GetLength(file) : 0;
    }

    /// <summary>
    /// The byte at which the content begins: a head that was punched out leaves a hole, and NULs up to its end inside of
    /// a page. Where there is no hole, NULs are content.
    /// </summary>
    public static long ContentStart(SafeFileHandle file)
    {
        var first = FirstData(file);
        return first == 0 ? 0 : first + LeadingNuls(file, first);
    }

    private static int LeadingNuls(SafeFileHandle file, long from)
    {
        var bytes = new byte[LargestBlock];
        var read = RandomAccess.Read(file, bytes, from);
        var nuls = bytes.AsSpan(0, read).IndexOfAnyExcept((byte)0);
        return nuls < 0 ? 0 : nuls;
    }

    private static int Number(SafeFileHandle file) => (int)file.DangerousGetHandle();
}
