using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.Win32.SafeHandles;
using Supervisor.Os;

namespace Supervisor.Logs;

/// <summary>
/// A place in a log that heads are cut off from while it is read. It is counted from where the content begins, and moves
/// back by the size of each archive that has come. What was read counts only if nothing was cut meanwhile.
/// </summary>
internal sealed class LogCursor
{
    private const int BlockSize = 64 * 1024;
    private const int MostTries = 100;

    private readonly string path;
    private readonly byte[] block = new byte[BlockSize];
    private Sight known;
    private long place;

    /// <summary>At the end of the log as it is now.</summary>
    public LogCursor(string path)
    {
        this.path = path;
        using var file = TryOpen();
        known = Look(file);
        place = file is null ? 0 : RandomAccess.GetLength(file) - known.Start;
    }

    /// <summary>Hands over what was written since; whether there is more to come even if nothing more is written.</summary>
    public bool ReadNews(Action<ReadOnlySpan<byte>> take)
    {
        using var file = TryOpen();
        if (file is null)
            return false;
        for (var tries = 0; tries < MostTries;)
        {
            var seen = Look(file);
            if (!TryFollow(file, seen, take))
                return true;
            var read = RandomAccess.Read(file, block, seen.Start + place);
            if (Look(file) != seen)
            {
                tries++;
                continue;
            }
            if (read == 0)
                return false;
            take(block.AsSpan(0, read));
            place += read;
        }
        return true;
    }

    /// <summary>Finds the place again in what is there now; false while a cut is under way.</summary>
    private bool TryFollow(SafeFileHandle file, Sight seen, Action<ReadOnlySpan<byte>> take)
    {
        if (seen.Newest > known.Newest)
            SkipArchived(take);
        else if (IsUnderWay(seen))
            return false;
        else if (seen.Inode != known.Inode || RandomAccess.GetLength(file) - seen.Start < place)
            place = 0; // another file, or truncated by somebody
        known = seen with { Newest = Math.Max(seen.Newest, known.Newest) };
        return true;
    }

    /// <summary>The head is gone, and no archive has come yet.</summary>
    private bool IsUnderWay(Sight seen) =>
        seen.Inode == known.Inode ? seen.Start > known.Start : Directory.GetFiles(Path.GetDirectoryName(path)!, $"{Path.GetFileName(path)}.cut-*").Length > 0;

    /// <summary>Moves back by what was cut off, and hands over what of it was not read yet.</summary>
    private void SkipArchived(Action<ReadOnlySpan<byte>> take)
    {
        var newer = Enumerable.Range(1, int.MaxValue).Select(Archive).TakeWhile(archive => archive.Time > known.Newest).ToList();
        foreach (var archive in Enumerable.Reverse(newer))
        {
            if (place < archive.Length)
                HandOver(archive.Path, place, archive.Length, take);
            place = Math.Max(0, place - archive.Length);
        }
    }

    private static void HandOver(string archive, long from, long length, Action<ReadOnlySpan<byte>> take)
    {
        if (!archive.EndsWith(".gz", StringComparison.Ordinal))
        {
            using var file = OwnFile.OpenToRead(archive);
            if (file is not null)
                LogSegments.Read(file, from, length, take);
            return;
        }
        using var content = new MemoryStream();
        using (var zip = new GZipStream(File.OpenRead(archive), CompressionMode.Decompress))
            zip.CopyTo(content);
        take(content.ToArray().AsSpan((int)from));
    }

    private (string Path, long Length, long Time) Archive(int number)
    {
        var (plain, zipped) = (new FileInfo($"{path}.{number}"), new FileInfo($"{path}.{number}.gz"));
        return plain.Exists ? (plain.FullName, plain.Length, plain.LastWriteTimeUtc.Ticks)
            : zipped.Exists ? (zipped.FullName, UnzippedLength(zipped.FullName), zipped.LastWriteTimeUtc.Ticks)
            : ("", 0, 0);
    }

    /// <summary>ISIZE, the last four bytes of a gzip file (RFC 1952).</summary>
    private static long UnzippedLength(string zipped)
    {
        using var file = File.OpenHandle(zipped);
        Span<byte> size = stackalloc byte[4];
        return FileRange.TryFill(file, size, RandomAccess.GetLength(file) - size.Length) ? BinaryPrimitives.ReadUInt32LittleEndian(size) : 0;
    }

    private Sight Look(SafeFileHandle? file) =>
        file is null ? new(0, 0, Archive(1).Time) : new(FileOwner.Inode(file), SparseFile.ContentStart(file), Archive(1).Time);

    private SafeFileHandle? TryOpen()
    {
        try
        {
            return OwnFile.OpenToRead(path);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>What tells whether the log was cut.</summary>
    private readonly record struct Sight(ulong Inode, long Start, long Newest);
}
