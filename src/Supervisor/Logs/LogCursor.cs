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

    /// <summary>At the beginning; <see cref="ShowLast"/> moves it.</summary>
    public LogCursor(string path) => this.path = path;

    /// <summary>Hands over the last lines, and goes to the end of the log as it is now.</summary>
    /// <param name="lines">How many.</param>
    /// <param name="since">Files that were last written to before this are left out.</param>
    /// <param name="take">Gets them in pieces.</param>
    public void ShowLast(long lines, DateTime since, Action<ReadOnlySpan<byte>> take)
    {
        for (var tries = 1; ; tries++)
        {
            using var segments = new LogSegments(path, since);
            using var file = TryOpen();
            var seen = Look(file);
            segments.KeepLast(lines);
            if (tries < MostTries && (IsCutUnderWay() || !IsStill(seen)))
                continue;
            known = seen;
            segments.ReadArchives(take);
            place = segments.LogStart - seen.Start;
            _ = ReadNews(take, segments.LogEnd - seen.Start);
            return;
        }
    }

    /// <summary>Hands over what was written since; whether there is more to come even if nothing more is written.</summary>
    /// <param name="take">Gets it in pieces.</param>
    /// <param name="end">Where to stop.</param>
    public bool ReadNews(Action<ReadOnlySpan<byte>> take, long end = long.MaxValue)
    {
        for (var tries = 0; tries < MostTries;)
        {
            using var file = TryOpen();
            if (file is null || place >= end)
                return false;
            var seen = Look(file);
            var isUnderWay = seen != known && (seen.Start > 0 || seen.Inode != known.Inode) && IsCutUnderWay();
            if (!IsStill(seen))
            {
                tries++;
                continue;
            }
            if (isUnderWay)
                return true;
            end -= Follow(file, seen, take);
            var read = RandomAccess.Read(file, block.AsSpan(0, (int)Math.Clamp(end - place, 0, BlockSize)), seen.Start + place);
            if (!IsStill(seen))
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

    /// <summary>Finds the place again in what is there now; by how much it moved back.</summary>
    private long Follow(SafeFileHandle file, Sight seen, Action<ReadOnlySpan<byte>> take)
    {
        var cut = 0L;
        if (seen.Newest > known.Newest)
            cut = SkipArchived(take);
        else if (seen.Inode != known.Inode || RandomAccess.GetLength(file) - seen.Start < place)
            place = 0; // another file, or truncated by somebody
        known = seen with { Newest = Math.Max(seen.Newest, known.Newest) };
        return cut;
    }

    /// <summary>Whether a head is gone that no archive has come of yet.</summary>
    private bool IsCutUnderWay() => Directory.Exists(Path.GetDirectoryName(path)) && Directory.GetFiles(Path.GetDirectoryName(path)!, $"{Path.GetFileName(path)}.cut-*").Length > 0;

    private bool IsStill(Sight seen)
    {
        using var file = TryOpen();
        return Look(file) == seen;
    }

    /// <summary>Moves back by what was cut off, and hands over what of it was not read yet.</summary>
    private long SkipArchived(Action<ReadOnlySpan<byte>> take)
    {
        var newer = Enumerable.Range(1, int.MaxValue).Select(Archive).TakeWhile(archive => archive.Time > known.Newest).ToList();
        foreach (var archive in Enumerable.Reverse(newer))
        {
            if (place < archive.Length)
                HandOver(archive.Path, place, archive.Length, take);
            place = Math.Max(0, place - archive.Length);
        }
        return newer.Sum(archive => archive.Length);
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
