using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Supervisor.Os;

namespace Supervisor.Logs;

/// <summary>Copies and compares parts of files.</summary>
internal static unsafe class FileRange
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
