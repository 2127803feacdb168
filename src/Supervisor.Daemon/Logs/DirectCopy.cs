using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;

namespace Supervisor.Daemon.Logs;

/// <summary>
/// Has whole blocks written to the disk from where they lie in the page cache: a pipe passes the pages on (splice(2)), and
/// the file takes no copies (O_DIRECT). Copies cost three times the processor time, and memory that others want, for
/// archives that nobody is likely to read soon. Linux only.
/// </summary>
internal static unsafe class DirectCopy
{
    // What an unprivileged process may have, and so what is written at once. With less it is slower, but works.
    private const int PipeSize = 1 << 20;

    /// <summary>Copies a range to the beginning of another file; false if it could not be done, or not all of it.</summary>
    public static bool TryCopy(SafeFileHandle from, long offset, long length, SafeFileHandle to)
    {
        if (offset % HeadRemoval.SmallestBlock != 0 || length % HeadRemoval.SmallestBlock != 0 || !Descriptors.TrySetDirect((int)to.DangerousGetHandle(), true))
            return false;
        try
        {
            return CopyAll(from, offset, length, to);
        }
        finally
        {
            Descriptors.TrySetDirect((int)to.DangerousGetHandle(), false);
        }
    }

    private static bool CopyAll(SafeFileHandle from, long offset, long length, SafeFileHandle target)
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.None, PipeSize);
        for (var end = offset + length; offset < end;)
        {
            var filled = Libc.Splice((int)from.DangerousGetHandle(), &offset, (int)pipe.SafePipeHandle.DangerousGetHandle(), null, (nuint)Math.Min(PipeSize, end - offset), 0);
            if (filled <= 0 || !Drain(pipe.ClientSafePipeHandle, filled, target))
                return false;
        }
        return true;
    }

    private static bool Drain(SafePipeHandle pipe, nint length, SafeFileHandle target)
    {
        for (nint drained; length > 0; length -= drained)
            if ((drained = Libc.Splice((int)pipe.DangerousGetHandle(), null, (int)target.DangerousGetHandle(), null, (nuint)length, 0)) <= 0)
                return false;
        return true;
    }
}
