using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.Win32.SafeHandles;
using Supervisor.Os;

namespace Supervisor.Logs;

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
