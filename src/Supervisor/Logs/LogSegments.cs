using Microsoft.Win32.SafeHandles;
using Supervisor.Os;

namespace Supervisor.Logs;

/// <summary>The log of a service as one text: its archives that are not compressed, oldest first, and the log itself.</summary>
internal sealed class LogSegments : IDisposable
{
    private const int BlockSize = 64 * 1024;
    private readonly List<(SafeFileHandle File, long Start, long End)> segments = [];

    /// <summary>Opens them.</summary>
    /// <param name="path">The log.</param>
    /// <param name="since">Files that were last written to before this are left out.</param>
    public LogSegments(string path, DateTime since)
    {
        Add(path, since);
        for (var number = 1; File.Exists($"{path}.{number}"); number++)
            Add($"{path}.{number}", since);
        segments.Reverse();
    }

    /// <summary>Hands over the last lines, in order.</summary>
    /// <param name="lines">How many; all, if there are fewer.</param>
    /// <param name="take">Gets them in pieces.</param>
    public void Tail(long lines, Action<ReadOnlySpan<byte>> take)
    {
        // A line end at the very end does not begin another line.
        var left = lines + 1;
        var isLast = true;
        for (var index = segments.Count - 1; index >= 0; index--)
        {
            var (file, start, end) = segments[index];
            if (isLast && end > start)
            {
                left -= LastByte(file, end) == '\n' ? 0 : 1;
                isLast = false;
            }
            if (FindStart(file, start, end, ref left) is { } from)
            {
                segments[index] = (file, from, end);
                segments.RemoveRange(0, index);
                break;
            }
        }
        foreach (var (file, start, end) in segments)
            Read(file, start, end, take);
    }

    /// <summary>Reads a range of a file.</summary>
    public static void Read(SafeFileHandle file, long start, long end, Action<ReadOnlySpan<byte>> take)
    {
        var block = new byte[BlockSize];
        for (int read; start < end && (read = RandomAccess.Read(file, block.AsSpan(0, (int)Math.Min(BlockSize, end - start)), start)) > 0; start += read)
            take(block.AsSpan(0, read));
    }

    public void Dispose()
    {
        foreach (var (file, _, _) in segments)
            file.Dispose();
    }

    private void Add(string path, DateTime since)
    {
        if (OwnFile.OpenToRead(path) is not { } file)
            return;
        if (File.GetLastWriteTimeUtc(file) >= since)
            segments.Add((file, SparseFile.ContentStart(file), RandomAccess.GetLength(file)));
        else
            file.Dispose();
    }

    /// <summary>Goes backward until that many line ends were passed; where the line after the last of them begins, or null.</summary>
    private static long? FindStart(SafeFileHandle file, long start, long end, ref long left)
    {
        var block = new byte[BlockSize];
        while (end > start)
        {
            var from = Math.Max(start, end - BlockSize);
            var text = block.AsSpan(0, RandomAccess.Read(file, block.AsSpan(0, (int)(end - from)), from));
            for (int at; (at = text.LastIndexOf((byte)'\n')) >= 0; text = text[..at])
                if (--left == 0)
                    return from + at + 1;
            end = from;
        }
        return null;
    }

    private static byte LastByte(SafeFileHandle file, long end)
    {
        Span<byte> last = stackalloc byte[1];
        return RandomAccess.Read(file, last, end - 1) == 1 ? last[0] : (byte)0;
    }
}
