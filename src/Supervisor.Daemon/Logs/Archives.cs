using System.IO.Compression;

namespace Supervisor.Daemon.Logs;

/// <summary>What was cut off a file: <c>FILE.1</c>, the newest, to <c>FILE.N</c>; each may be compressed, as <c>FILE.1.gz</c>.</summary>
/// <param name="path">The file.</param>
/// <param name="keep">How many to keep.</param>
internal sealed class Archives(string path, int keep)
{
    /// <summary>Where an archive lies, or null if there is none of this number.</summary>
    public string? Find(int number) => File.Exists(Plain(number)) ? Plain(number) : File.Exists(Zipped(number)) ? Zipped(number) : null;

    /// <summary>
    /// Makes a file the newest archive. The others move up as far as the first gap, so that it can be interrupted
    /// anywhere and done again; the oldest goes only where there is no gap.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="movedUp">Told of each that moved up.</param>
    public void Add(string file, Action? movedUp = null)
    {
        for (var extra = keep + 1; Find(extra) is not null; extra++)
            Delete(extra);
        var free = Enumerable.Range(1, keep).FirstOrDefault(number => Find(number) is null, keep);
        Delete(free);
        for (var number = free; number > 1; number--)
        {
            MoveUp(number - 1);
            movedUp?.Invoke();
        }
        File.Move(file, Plain(1), overwrite: true);
    }

    /// <summary>
    /// Sees to it that the time of a file that is to be added is later than that of every archive, for that is what readers
    /// know archives by: the clock of a file system ticks slowly, and may be set back.
    /// </summary>
    public void Date(string file)
    {
        if (Find(1) is { } newest && File.GetLastWriteTimeUtc(newest) is var time && File.GetLastWriteTimeUtc(file) <= time)
            File.SetLastWriteTimeUtc(file, time.AddTicks(1));
    }

    /// <summary>Compresses the oldest archive that is not compressed yet; false if all are.</summary>
    public bool CompressOne()
    {
        for (var number = keep; number > 0; number--)
            if (File.Exists(Plain(number)))
            {
                Compress(number);
                return true;
            }
        return false;
    }

    private string Plain(int number) => $"{path}.{number}";

    private string Zipped(int number) => $"{path}.{number}.gz";

    private void Delete(int number)
    {
        File.Delete(Plain(number));
        File.Delete(Zipped(number));
    }

    /// <summary>A compressed one is whole, for it was renamed; the plain one beside it was about to be deleted.</summary>
    private void MoveUp(int number)
    {
        if (File.Exists(Zipped(number)))
        {
            File.Delete(Plain(number));
            File.Move(Zipped(number), Zipped(number + 1), overwrite: true);
        }
        else
            File.Move(Plain(number), Plain(number + 1), overwrite: true);
    }

    /// <summary>Its time stays, as with gzip(1): it tells readers which archive it is.</summary>
    private void Compress(int number)
    {
        var (plain, temporary) = (Plain(number), $"{path}.compressing");
        File.Delete(temporary);
        using (var source = new FileStream(OwnFile.OpenToRead(plain) ?? throw new IOException($"{plain}: has gone"), FileAccess.Read, bufferSize: 0))
        using (var target = OwnFile.CreateWith(temporary, File.GetUnixFileMode(source.SafeFileHandle)))
        {
            using (var zip = new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true))
                source.CopyTo(zip);
            target.Flush(flushToDisk: true);
        }
        File.SetLastWriteTimeUtc(temporary, File.GetLastWriteTimeUtc(plain));
        File.Move(temporary, Zipped(number), overwrite: true);
        File.Delete(plain);
    }
}
