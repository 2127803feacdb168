namespace Supervisor.Daemon.Logs;

/// <summary>Decides where to cut a file that has grown too large.</summary>
internal static class CutPoint
{
    /// <summary>The end of the head to be cut off; null when nothing is to be cut, or nothing can be.</summary>
    /// <param name="start">Where the content begins.</param>
    /// <param name="length">The file's length.</param>
    /// <param name="maxSize">The largest size of the content, and of an archive.</param>
    /// <param name="block">What the head must be a multiple of; 0 for any length.</param>
    public static long? Choose(long start, long length, long maxSize, int block)
    {
        if (length - start <= maxSize)
            return null;
        if (block == 0)
            return start + maxSize;
        // A head that is taken away is whole blocks, at least one, and must leave something.
        var end = Math.Max((start + maxSize) / block, (start / block) + 1) * block;
        return end < length ? end : null;
    }

    /// <summary>The end of the last line in a text, or its length if it holds no end of a line.</summary>
    public static int LastLineEnd(ReadOnlySpan<byte> text) => text.LastIndexOf((byte)'\n') is >= 0 and var last ? last + 1 : text.Length;
}
