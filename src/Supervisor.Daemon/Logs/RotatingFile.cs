using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Supervisor.Daemon.Logs;

/// <summary>
/// A file that somebody else appends to, and which is kept small by cutting its head off into an archive. No byte is lost
/// or doubled, wherever this is interrupted: the head is copied to <c>FILE.rotating</c>, flushed and renamed to
/// <c>FILE.cut-END</c>, which says that everything before END may be taken out of the file; that can be done twice. Then
/// it becomes <c>FILE.1</c>, and the hole that is left is collapsed where that can be done; a hole says nothing, so that
/// can be done at any time. Blocks, so it belongs on a thread of its own; one caller at a time, which
/// <see cref="TryClaim"/> sees to.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="policy">How large, and how many Archives.</param>
/// <param name="reached">Told of each step that was done, for tests that interrupt there.</param>
internal sealed class RotatingFile(string path, RotationPolicy policy, Action<RotationStep>? reached = null)
{
    /// <summary>After that many cuts somebody else gets a turn.</summary>
    private const int MostCuts = 8;

    private volatile RotationPolicy policy = policy;
    private HeadRemoval? means;
    private long lastEnd;
    private bool isUnfinished;
    private int claimed;

    /// <summary>May be changed while somebody works on it: what was begun is done by one or the other.</summary>
    public RotationPolicy Policy
    {
        get => policy;
        set => policy = value;
    }

    /// <summary>Whether the file system lets the file be cut while it is written to; true as long as it is not known.</summary>
    public bool CanBeCut => means is not { CanPunch: false };

    /// <summary>Whether a file of this length wants to be cut, as far as can be told without opening it.</summary>
    public bool IsDue(long length)
    {
        // It is another file by now.
        if (length < lastEnd)
            lastEnd = 0;
        return CanBeCut && length - lastEnd > policy.MaxSize;
    }

    /// <summary>By how many bytes a file of this length may still grow.</summary>
    public long Room(long length) => Math.Max(0, policy.MaxSize - Math.Max(0, length - lastEnd));

    /// <summary>Becomes the one who may work on it; false if somebody else is.</summary>
    public bool TryClaim() => Interlocked.CompareExchange(ref claimed, 1, 0) == 0;

    /// <summary>Lets others work on it.</summary>
    public void Release() => Volatile.Write(ref claimed, 0);

    /// <summary>Completes what an earlier supervisor was killed in the middle of.</summary>
    public void Recover()
    {
        isUnfinished = true;
        foreach (var pending in PendingCut.Of(path))
            FinishPending(pending.Path, pending.End);
        File.Delete(Scratch);
        isUnfinished = false;
    }

    /// <summary>Cuts off archives until the file is no longer too large, but not for ever.</summary>
    /// <exception cref="IOException">It could not be done; nothing is lost, and it may be tried again.</exception>
    public RotationOutcome Rotate()
    {
        if (isUnfinished)
            Recover();
        using var file = OwnFile.OpenExisting(path);
        if (file is null)
            return RotationOutcome.Small;
        try
        {
            for (var cuts = 0; cuts < MostCuts; cuts++)
                if (!Cut(file))
                    return CanBeCut ? RotationOutcome.Small : RotationOutcome.Impossible;
            return RotationOutcome.StillLarge;
        }
        catch (Exception)
        {
            File.Delete(Scratch); // or it would fill a disk that is full already
            throw;
        }
    }

    /// <summary>
    /// Renames a file that is too large, or that has a hole for a head, while nobody writes to it. To be followed by <see cref="Recover"/>, on another thread.
    /// </summary>
    public bool TryPutAside()
    {
        var file = new FileInfo(path);
        if (isUnfinished || !file.Exists || file.Length <= policy.MaxSize || file.LinkTarget is not null)
            return false;
        Archives.Date(path);
        File.Move(path, Pending(0), overwrite: false);
        lastEnd = 0;
        isUnfinished = true;
        return true;
    }

    /// <summary>Compresses the oldest archive that is not compressed yet; false if all are, or none is to be.</summary>
    public bool CompressOne() => policy.Compress && Archives.CompressOne();

    private Archives Archives => new(path, policy.Keep);

    private string Scratch => $"{path}.rotating";

    private string Pending(long end) => PendingCut.PathOf(path, end);

    private bool Cut(SafeFileHandle file)
    {
        means ??= Probe(file);
        if (!means.CanPunch)
            return false;
        Collapse(file);
        // Of less than a page that is punched out no hole is left, and nobody would know it from content.
        var size = means.Block > 0 ? policy.MaxSize : Math.Max(policy.MaxSize, Environment.SystemPageSize);
        if (CutPoint.Choose(Start(file), RandomAccess.GetLength(file), size, means.Block) is not { } end)
            return false;
        Cut(file, Start(file), means.Block > 0 ? end : LineEnd(file, Start(file), end));
        return true;
    }

    private void Cut(SafeFileHandle file, long start, long end)
    {
        using (var created = CreateScratch(file))
        {
            var scratch = created.SafeFileHandle;
            if (means!.Block == 0 || !DirectCopy.TryCopy(file, start, end - start, scratch))
                FileRange.Copy(file, start, end - start, scratch);
            RandomAccess.FlushToDisk(scratch);
        }
        Archives.Date(Scratch);
        Tell(RotationStep.Copied);
        isUnfinished = true;
        File.Move(Scratch, Pending(end), overwrite: false);
        Tell(RotationStep.Committed);
        Punch(file, end);
        Tell(RotationStep.Punched);
        Archives.Add(Pending(end), () => Tell(RotationStep.MovedUp));
        isUnfinished = false;
        Tell(RotationStep.Archived);
        // The tail would be written to disk while whoever appends is kept waiting. So write it before.
        if (means.Block > 0)
            RandomAccess.FlushToDisk(file);
        Collapse(file);
        Tell(RotationStep.Collapsed);
    }

    private void Punch(SafeFileHandle file, long end)
    {
        if (!SparseFile.TryPunch(file, end))
            throw new IOException($"its head cannot be taken out ({Marshal.GetLastPInvokeErrorMessage()})");
        lastEnd = end;
    }

    private void Collapse(SafeFileHandle file)
    {
        if (means!.Block == 0)
            return;
        var hole = SparseFile.FirstData(file) / means.Block * means.Block;
        if (hole > 0 && hole < RandomAccess.GetLength(file) && SparseFile.TryCollapse(file, hole))
            lastEnd = Math.Max(0, lastEnd - hole);
    }

    private void FinishPending(string pending, long end)
    {
        using (var copy = OwnFile.OpenToRead(pending))
        {
            if (copy is null)
                return;
            if (end == 0)
                TrimHead(copy, pending);
            else
                FinishPunch(copy, end);
        }
        Archives.Add(pending);
    }

    /// <summary>Unless the file is another by now: then what was copied is all that is left of the former.</summary>
    private void FinishPunch(SafeFileHandle copy, long end)
    {
        using var file = OwnFile.OpenExisting(path);
        if (file is not null && RandomAccess.GetLength(file) >= end && FileRange.IsRestOf(file, end - RandomAccess.GetLength(copy), copy))
            Punch(file, end);
    }

    /// <summary>Of a file that was put aside, the hole is no content.</summary>
    private void TrimHead(SafeFileHandle aside, string pending)
    {
        var start = SparseFile.ContentStart(aside);
        if (start == 0)
            return;
        using (var created = CreateScratch(aside))
        {
            var scratch = created.SafeFileHandle;
            FileRange.Copy(aside, start, RandomAccess.GetLength(aside) - start, scratch);
            RandomAccess.FlushToDisk(scratch);
        }
        File.SetLastWriteTimeUtc(Scratch, File.GetLastWriteTimeUtc(aside));
        File.Move(Scratch, pending, overwrite: true);
    }

    /// <summary>What this supervisor cut, it knows to the byte; what an earlier one did, the file shows.</summary>
    private long Start(SafeFileHandle file)
    {
        var (first, start) = (SparseFile.FirstData(file), SparseFile.ContentStart(file));
        return lastEnd >= first && lastEnd - first < SparseFile.LargestBlock && (lastEnd <= start || IsNul(file, first, lastEnd)) ? lastEnd : start;
    }

    private static bool IsNul(SafeFileHandle file, long from, long to)
    {
        var bytes = new byte[to - from];
        return FileRange.TryFill(file, bytes, from) && !bytes.AsSpan().ContainsAnyExcept((byte)0);
    }

    private static long LineEnd(SafeFileHandle file, long start, long end)
    {
        var tail = new byte[(int)Math.Min(end - start, SparseFile.LargestBlock)];
        return FileRange.TryFill(file, tail, end - tail.Length) && end - tail.Length + CutPoint.LastLineEnd(tail) is var last && last >= Environment.SystemPageSize ? last : end;
    }

    private HeadRemoval Probe(SafeFileHandle file)
    {
        using var scratch = CreateScratch(file);
        var found = HeadRemoval.Probe(scratch.SafeFileHandle);
        File.Delete(Scratch);
        return found;
    }

    private FileStream CreateScratch(SafeFileHandle like)
    {
        File.Delete(Scratch);
        return OwnFile.CreateWith(Scratch, File.GetUnixFileMode(like));
    }

    private void Tell(RotationStep step) => reached?.Invoke(step);
}

/// <summary>How a rotation ended.</summary>
internal enum RotationOutcome
{
    /// <summary>It is no longer too large, if it was.</summary>
    Small,

    /// <summary>It is still too large: whoever writes to it is fast.</summary>
    StillLarge,

    /// <summary>The file system cannot take the head out of a file.</summary>
    Impossible,
}

/// <summary>What was just done.</summary>
internal enum RotationStep
{
    /// <summary>The head was copied and is on the disk.</summary>
    Copied,

    /// <summary>It is settled that the head goes.</summary>
    Committed,

    /// <summary>The head is a hole.</summary>
    Punched,

    /// <summary>One of the older archives was moved up.</summary>
    MovedUp,

    /// <summary>The copy is the newest archive.</summary>
    Archived,

    /// <summary>The hole is gone, where that can be done.</summary>
    Collapsed,
}
