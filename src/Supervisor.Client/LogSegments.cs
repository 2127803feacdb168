using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.Win32.SafeHandles;

namespace Supervisor.Client;

/// <summary>The log of a service as one text: its archives that are not compressed, oldest first, and the log itself.</summary>
internal sealed class LogSegments : IDisposable
{
    /// <summary>How much is read at once.</summary>
    public const int BlockSize = 64 * 1024;

    private readonly List<(SafeFileHandle File, long Start, long End)> segments = [];
    private readonly bool hasLog;

    /// <summary>Opens them.</summary>
    /// <param name="path">The log.</param>
    /// <param name="since">Files that were last written to before this are left out.</param>
    public LogSegments(string path, DateTime since)
    {
        hasLog = Add(path, since);
        if (hasLog)
            (_, LogStart, LogEnd) = segments[0];
        foreach (var cut in PendingCut.Of(path).Where(cut => cut.IsGone(hasLog ? SparseFile.ContentStart(segments[0].File) : 0)))
            Add(cut.Path, since);
        // Where somebody was killed while they moved up, there is a gap.
        for (var number = 1; File.Exists($"{path}.{number}") || File.Exists($"{path}.{number + 1}"); number++)
            Add($"{path}.{number}", since);
        segments.Reverse();
    }

    /// <summary>Where what is to be shown of the log itself begins.</summary>
    public long LogStart { get; private set; }

    /// <summary>Where it ended when it was opened.</summary>
    public long LogEnd { get; private set; }

    /// <summary>Leaves out all but the last lines.</summary>
    public void KeepLast(long lines)
    {
        // A line end at the very end does not begin another line.
        var left = lines;
        var isLast = true;
        for (var index = segments.Count - 1; index >= 0; index--)
        {
            var (file, start, end) = segments[index];
            if (isLast && end > start)
            {
                left += LastByte(file, end) == '\n' ? 1 : 0;
                isLast = false;
            }
            if (left == 0 || FindStart(file, start, end, ref left) is not { } from)
                continue;
            segments[index] = (file, from, end);
            for (var older = 0; older < index; older++)
                segments[older] = segments[older] with { Start = segments[older].End };
            break;
        }
        for (var index = 0; lines == 0 && index < segments.Count; index++)
            segments[index] = segments[index] with { Start = segments[index].End };
        if (hasLog)
            LogStart = segments[^1].Start;
    }

    /// <summary>Hands over what is left of the archives, which nobody changes any more.</summary>
    public void ReadArchives(Action<ReadOnlySpan<byte>> take)
    {
        foreach (var (file, start, end) in hasLog ? segments.SkipLast(1) : segments)
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

    private bool Add(string path, DateTime since)
    {
        if (OwnFile.OpenToRead(path) is not { } file)
            return false;
        var end = RandomAccess.GetLength(file);
        segments.Add((file, File.GetLastWriteTimeUtc(file) >= since ? SparseFile.ContentStart(file) : end, end));
        return true;
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

/// <summary>An archive that was opened, and so stays the same whether it moves up, is compressed or deleted meanwhile.</summary>
internal sealed class OpenArchive : IDisposable
{
    private readonly SafeFileHandle file;
    private readonly bool isZipped;

    private OpenArchive(SafeFileHandle file, bool isZipped)
    {
        (this.file, this.isZipped) = (file, isZipped);
        Time = File.GetLastWriteTimeUtc(file).Ticks;
        Length = isZipped ? UnzippedLength() : RandomAccess.GetLength(file);
    }

    /// <summary>What tells it from all others of its log: the newer, the greater.</summary>
    public long Time { get; }

    /// <summary>The length of what is in it.</summary>
    public long Length { get; }

    /// <summary>The one at this place, compressed or not; null if there is none.</summary>
    public static OpenArchive? At(string path) =>
        OwnFile.OpenToRead(path) is { } plain ? new(plain, isZipped: false)
        : OwnFile.OpenToRead($"{path}.gz") is { } zipped ? new(zipped, isZipped: true)
        : null;

    /// <summary>The time of the one at this place, or 0 if there is none.</summary>
    public static long TimeAt(string path) =>
        new FileInfo(path) is { Exists: true } plain ? plain.LastWriteTimeUtc.Ticks
        : new FileInfo($"{path}.gz") is { Exists: true } zipped ? zipped.LastWriteTimeUtc.Ticks
        : 0;

    /// <summary>Hands over what is in it, from this byte on.</summary>
    public void Read(long from, Action<ReadOnlySpan<byte>> take)
    {
        if (isZipped)
            Unzip(from, take);
        else
            LogSegments.Read(file, from, Length, take);
    }

    public void Dispose() => file.Dispose();

    private void Unzip(long from, Action<ReadOnlySpan<byte>> take)
    {
        using var zip = new GZipStream(new FileStream(file, FileAccess.Read, bufferSize: 0), CompressionMode.Decompress);
        var block = new byte[LogSegments.BlockSize];
        for (int read; (read = zip.Read(block)) > 0; from = Math.Max(0, from - read))
            if (from < read)
                take(block.AsSpan((int)from, read - (int)from));
    }

    /// <summary>ISIZE, the last four bytes of a gzip file (RFC 1952).</summary>
    private long UnzippedLength()
    {
        Span<byte> size = stackalloc byte[4];
        return FileRange.TryFill(file, size, RandomAccess.GetLength(file) - size.Length) ? BinaryPrimitives.ReadUInt32LittleEndian(size) : 0;
    }
}
