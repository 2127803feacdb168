using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;
using Supervisor.Os;

namespace Supervisor.Logs;

/// <summary>
/// Has whole blocks written to the disk from where they lie in the page cache. To copy them there first costs six times
/// the processor time, and memory that others want: nobody is likely to read an archive soon. Linux only.
/// </summary>
internal static unsafe class DirectCopy
{
    // mmap(2) maps what is already in memory, and all that is done with the mapping is to name it to write(2).
    private const int Window = 2 << 20;

    /// <summary>Copies a range to the beginning of another file; false if it could not be done, or not all of it.</summary>
    public static bool TryCopy(SafeFileHandle from, long offset, long length, string to)
    {
        if (offset % HeadRemoval.SmallestBlock != 0 || length % HeadRemoval.SmallestBlock != 0)
            return false;
        try
        {
            using var target = OwnFile.OpenDirect(to);
            if (target is null)
                return false;
            using var mapped = MemoryMappedFile.CreateFromFile(from, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            for (var copied = 0L; copied < length; copied += Window)
                Copy(mapped, offset + copied, (int)Math.Min(Window, length - copied), target, copied);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static void Copy(MemoryMappedFile from, long offset, int length, SafeFileHandle to, long toOffset)
    {
        using var view = from.CreateViewAccessor(offset, length, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        RandomAccess.Write(to, new ReadOnlySpan<byte>(start + view.PointerOffset, length), toOffset);
        view.SafeMemoryMappedViewHandle.ReleasePointer();
    }
}
