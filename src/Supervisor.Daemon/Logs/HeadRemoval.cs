using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Supervisor.Daemon.Logs;

/// <summary>What a file system can do with the head of a file that is being written to.</summary>
/// <param name="Block">Heads that are a multiple of this can be taken away altogether; 0 if none can.</param>
/// <param name="CanPunch">Whether a head of any length can be turned into a hole.</param>
internal sealed record HeadRemoval(int Block, bool CanPunch)
{
    /// <summary>Blocks are that large nearly everywhere.</summary>
    public const int SmallestBlock = 4096;

    // Larger ones are a power of two, of which the largest does for all.
    private static readonly int[] s_sizes = [SmallestBlock, SparseFile.LargestBlock];

    /// <summary>Tries it on a file of our own, which is empty before and after.</summary>
    public static HeadRemoval Probe(SafeFileHandle scratch)
    {
        var block = s_sizes.FirstOrDefault(size => TryCollapse(scratch, size));
        RandomAccess.SetLength(scratch, SparseFile.LargestBlock);
        var punched = SparseFile.TryPunch(scratch, 1);
        // A disk that is full, or broken, says nothing about the file system: it would be believed for ever.
        if (!punched && OperatingSystem.IsLinux() && Marshal.GetLastPInvokeError() is not Libc.NotSupported)
            throw new IOException($"it cannot be told what the file system can do ({Marshal.GetLastPInvokeErrorMessage()})");
        RandomAccess.SetLength(scratch, 0);
        return new(block, punched);
    }

    private static bool TryCollapse(SafeFileHandle scratch, int size)
    {
        RandomAccess.SetLength(scratch, size * 2);
        return SparseFile.TryCollapse(scratch, size);
    }
}
