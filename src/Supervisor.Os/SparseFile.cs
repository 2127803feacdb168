using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Supervisor.Os;

/// <summary>Takes the head out of a file that somebody else is appending to, and finds where the rest begins.</summary>
public static unsafe class SparseFile
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

/// <summary>Copies and compares parts of files.</summary>
public static unsafe class FileRange
{
    private const int BufferSize = 128 * 1024;

    /// <summary>Copies a range to the beginning of another file: inside of the kernel on Linux, through a small buffer elsewhere.</summary>
    /// <exception cref="IOException">The disk is full, or broken.</exception>
    public static void Copy(SafeFileHandle from, long offset, long length, SafeFileHandle to)
    {
        var copied = 0L;
        while (copied < length)
        {
            var step = OperatingSystem.IsLinux() ? CopyInKernel(from, offset + copied, length - copied, to, copied) : 0;
            if (step <= 0)
                step = CopyThroughBuffer(from, offset + copied, length - copied, to, copied);
            copied += step;
        }
    }

    /// <summary>
    /// Whether everything that is left of a range is what was copied of it: what is NUL by now may have been punched out.
    /// </summary>
    public static bool IsRestOf(SafeFileHandle file, long offset, SafeFileHandle copy)
    {
        byte[] left = new byte[BufferSize], right = new byte[BufferSize];
        for (long done = 0, length = RandomAccess.GetLength(copy); done < length;)
        {
            var read = RandomAccess.Read(copy, right, done);
            if (read == 0 || !TryFill(file, left.AsSpan(0, read), offset + done))
                return false;
            for (var i = 0; i < read; i++)
                if (left[i] != right[i] && left[i] != 0)
                    return false;
            done += read;
        }
        return true;
    }

    /// <summary>Reads exactly as much as is asked for, or returns false at the end of the file.</summary>
    public static bool TryFill(SafeFileHandle file, Span<byte> bytes, long offset)
    {
        for (int done = 0, read; done < bytes.Length; done += read)
            if ((read = RandomAccess.Read(file, bytes[done..], offset + done)) == 0)
                return false;
        return true;
    }

    /// <summary>The number of bytes copied; 0 where the kernel cannot do it.</summary>
    private static long CopyInKernel(SafeFileHandle from, long fromOffset, long length, SafeFileHandle to, long toOffset)
    {
        const long Step = 16 << 20;
        var copied = Libc.CopyFileRange((int)from.DangerousGetHandle(), &fromOffset, (int)to.DangerousGetHandle(), &toOffset, (nuint)Math.Min(length, Step), 0);
        return copied < 0 && Marshal.GetLastPInvokeError() == Libc.NoSpace ? throw new IOException(Marshal.GetLastPInvokeErrorMessage()) : copied;
    }

    private static int CopyThroughBuffer(SafeFileHandle from, long fromOffset, long length, SafeFileHandle to, long toOffset)
    {
        var buffer = new byte[(int)Math.Min(length, BufferSize)];
        var read = RandomAccess.Read(from, buffer, fromOffset);
        if (read == 0)
            throw new IOException("it was truncated while it was being copied");
        RandomAccess.Write(to, buffer.AsSpan(0, read), toOffset);
        return read;
    }
}

/// <summary>A cut that is settled, and of which no archive has come yet: <c>FILE.cut-END</c>.</summary>
/// <param name="Path">What was cut off, or will be.</param>
/// <param name="End">Where it ends in the file; 0 if it is the former file altogether.</param>
public sealed record PendingCut(string Path, long End)
{
    /// <summary>What the one that ends there is called.</summary>
    public static string PathOf(string path, long end) => string.Create(CultureInfo.InvariantCulture, $"{path}.cut-{end}");

    /// <summary>Those of a file; more than one only if somebody was killed twice.</summary>
    public static IEnumerable<PendingCut> Of(string path)
    {
        var folder = System.IO.Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder))
            yield break;
        foreach (var found in Directory.GetFiles(folder, $"{System.IO.Path.GetFileName(path)}.cut-*"))
            if (long.TryParse(found.AsSpan(found.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var end))
                yield return new(found, end);
    }

    /// <summary>Whether it is no longer in the file, if the content of that begins there.</summary>
    public bool IsGone(long start) => End <= start;
}

/// <summary>Where the log of a service lies.</summary>
public static class LogPath
{
    public static string Of(string logDir, string service) => Path.Combine(logDir, $"{service}.log");
}
