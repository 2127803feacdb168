using Microsoft.Win32.SafeHandles;

namespace Supervisor.Client;

/// <summary>
/// A place in a log that heads are cut off from while it is read. It is counted from where the content begins, and moves
/// back by the size of each archive that has come. Nothing that was found counts, neither what was read nor how long a
/// file is, unless nothing was cut meanwhile: then it is found again.
/// </summary>
/// <param name="path">The log.</param>
/// <param name="looking">Called before each look at a file, for tests that change it there.</param>
internal sealed class LogCursor(string path, Action? looking = null)
{
    private const int MostTries = 100;

    private readonly byte[] block = new byte[LogSegments.BlockSize];
    private Sight known;
    private long place;

    /// <summary>Hands over the last lines, and goes to the end of the log as it is now.</summary>
    /// <param name="lines">How many.</param>
    /// <param name="since">Files that were last written to before this are left out.</param>
    /// <param name="take">Gets them in pieces.</param>
    public void ShowLast(long lines, DateTime since, Action<ReadOnlySpan<byte>> take)
    {
        for (var tries = 1; ; tries++)
        {
            using var file = TryOpen();
            var seen = Look(file);
            using var segments = new LogSegments(path, since);
            segments.KeepLast(lines);
            // One that is still there after many looks is what a supervisor was killed in the middle of.
            var cut = FindCut();
            if (!IsStill(seen) || (cut is not null && tries < MostTries))
                continue;
            // Its archive will come, but is no part of what is counted.
            known = seen with { Newest = Math.Max(seen.Newest, cut?.IsGone(seen.Start) == true ? OpenArchive.TimeAt(cut.Path) : 0) };
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
        for (var tries = 0; tries < MostTries && place < end; tries++)
        {
            using var file = TryOpen();
            var length = file is null ? 0 : RandomAccess.GetLength(file);
            var seen = Look(file);
            if (seen == known && seen.Start + place == length)
                return false;
            using var archive = seen.Newest > known.Newest ? OpenNextArchive() : null;
            // It is another file, or truncated by somebody.
            var from = seen.File != known.File || length - seen.Start < place ? 0 : place;
            var read = file is null || archive is not null ? 0 : Read(file, seen.Start + from, Math.Max(0, end - from));
            if (seen != known && FindCut() is not null)
                return true;
            if (!IsStill(seen) || (archive is null && seen.Newest > known.Newest))
                continue;

            tries = 0;
            if (archive is not null)
            {
                archive.Read(place, take);
                known = known with { Newest = archive.Time };
                (place, end) = (Math.Max(0, place - archive.Length), end - archive.Length);
                continue;
            }
            (known, place) = (seen, from + read);
            if (read == 0)
                return false;
            take(block.AsSpan(0, read));
        }
        return place < end;
    }

    /// <summary>The oldest of those that are not known yet.</summary>
    private OpenArchive? OpenNextArchive()
    {
        var number = 1;
        while (TimeOf(number + 1) > known.Newest)
            number++;
        looking?.Invoke();
        return OpenArchive.At($"{path}.{number}");
    }

    private PendingCut? FindCut()
    {
        looking?.Invoke();
        return PendingCut.Of(path).FirstOrDefault();
    }

    /// <summary>The newest archive is asked for first in the former look and last in the latter: in between none has come.</summary>
    private bool IsStill(Sight seen)
    {
        using var file = TryOpen();
        return Look(file) == seen && Newest() == seen.Newest;
    }

    private int Read(SafeFileHandle file, long from, long length)
    {
        looking?.Invoke();
        return RandomAccess.Read(file, block.AsSpan(0, (int)Math.Min(length, block.Length)), from);
    }

    private Sight Look(SafeFileHandle? file)
    {
        var newest = Newest();
        looking?.Invoke();
        if (file is null)
            return new(default, 0, IsCut: false, newest);
        var start = SparseFile.ContentStart(file);
        looking?.Invoke();
        return new(FileOwner.IdOf(file), start, start > 0 && File.Exists(PendingCut.PathOf(path, start)), newest);
    }

    /// <summary>While archives move up, the newest is number 2 for a moment, and there is no number 1.</summary>
    private long Newest() => Math.Max(TimeOf(1) is > 0 and var time ? time : TimeOf(2), known.Newest);

    private long TimeOf(int number)
    {
        looking?.Invoke();
        return OpenArchive.TimeAt($"{path}.{number}");
    }

    private SafeFileHandle? TryOpen()
    {
        looking?.Invoke();
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
    /// <param name="File">Which file it is; 0 for none.</param>
    /// <param name="Start">Where its content begins. Where holes are collapsed, the next one may end at the same byte.</param>
    /// <param name="IsCut">Whether that is where a head was cut off that no archive has come of yet.</param>
    /// <param name="Newest">The time of the newest archive.</param>
    private readonly record struct Sight(FileId File, long Start, bool IsCut, long Newest);
}
