using Microsoft.Win32.SafeHandles;
using Supervisor.Daemon.Polling;

namespace Supervisor.Daemon.Storage;

/// <summary>
/// <c>events.jsonl</c>: one event a line, written by the worker. What cannot be written is dropped and counted. Nobody else
/// writes to it, so it is kept small by renaming it.
/// </summary>
internal sealed class EventFile
{
    private const int MaxFindings = 64 * 1024;

    private readonly Outbox<(EventRecord Record, LogEnd? End)> outbox;
    private readonly Dictionary<string, LogEnd> failed = [];
    private readonly Action<EventRecord> complain;
    private readonly string path;
    private readonly string logDir;
    private readonly long maxSize;
    private readonly TimeProvider time;
    private SafeFileHandle? file;
    private bool hasFailed;
    private int dropped;

    /// <summary>Writes from here on.</summary>
    /// <param name="path">The file.</param>
    /// <param name="logDir">Where the logs lie, whose last lines explain a failure.</param>
    /// <param name="disk">Who writes.</param>
    /// <param name="complain">Hears that events cannot be written, and that they can again.</param>
    /// <param name="time">The clock.</param>
    /// <param name="maxSize">Bytes that the file, and each of the former ones, does not exceed.</param>
    public EventFile(string path, string logDir, Worker disk, Action<EventRecord> complain, TimeProvider time, long maxSize = 10_000_000)
    {
        (this.path, this.logDir, this.time, this.maxSize) = (path, logDir, time, maxSize);
        outbox = new(disk, one => Put(Explain(one.Record, one.End)));
        this.complain = complaint => disk.Report(() => complain(complaint));
    }

    /// <summary>One more event.</summary>
    public void Write(EventRecord record)
    {
        var end = record is { Failure: true, Event: "exited", Service: { } service } ? failed[service] = new(LogPath.Of(logDir, service)) : null;
        outbox.Add((record, end));
    }

    /// <summary>A service's next process begins. What it writes to the log does not explain the end of the former one.</summary>
    public void BeforeStart(string service)
    {
        if (failed.Remove(service, out var end))
            end.Note();
    }

    /// <summary>A failure is explained by what was written to the log before it; later, that may be rotated away.</summary>
    private static EventRecord Explain(EventRecord record, LogEnd? end) => record switch
    {
        _ when end is not null => record with { Output = end.LastLines() },
        { Event: "examined", File: { } findings } => record with { Output = Cut(findings) },
        _ => record,
    };

    /// <summary>A command may have written anything until it ended.</summary>
    private static IReadOnlyList<string> Cut(string findings)
    {
        try
        {
            using var file = OwnFile.OpenPrivateLog(findings);
            if (RandomAccess.GetLength(file) > MaxFindings)
                RandomAccess.SetLength(file, MaxFindings);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then it stays as long as it is.
        }
        return LastLines.Of(findings);
    }

    private void Put(EventRecord record)
    {
        try
        {
            Append(EventJson.Write(record).Span);
            dropped += outbox.TakeDropped();
            if (!hasFailed && dropped == 0)
                return;
            var note = new EventRecord(time.GetUtcNow(), null, "events_saved", $"events are written again; {dropped} were dropped");
            (hasFailed, dropped) = (false, 0);
            complain(note);
            Put(note); // Here too, for this is where they are missing.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Close();
            dropped++;
            if (!hasFailed)
                complain(new(time.GetUtcNow(), null, "events_not_saved", $"cannot write events, they are dropped meanwhile: {e.Message}"));
            hasFailed = true;
        }
    }

    private void Append(ReadOnlySpan<byte> line)
    {
        if (file is not null && !File.Exists(path))
            Close();
        file ??= Open();
        if (RandomAccess.GetLength(file) is var length && length > 0 && length + line.Length > maxSize)
        {
            Close();
            Rotate();
            (file, length) = (Open(), 0);
        }
        RandomAccess.Write(file, line, length);
    }

    /// <summary>A line that a full disk, or the end of a supervisor, has cut short is ended.</summary>
    private SafeFileHandle Open()
    {
        var opened = OwnFile.OpenPrivateLog(path);
        var (length, last) = (RandomAccess.GetLength(opened), new byte[1]);
        if (length > 0 && RandomAccess.Read(opened, last, length - 1) == 1 && last[0] != '\n')
            RandomAccess.Write(opened, "\n"u8, length);
        return opened;
    }

    private void Rotate()
    {
        var parts = StatePaths.EventParts(path);
        for (var i = 0; i < parts.Count - 1; i++)
            if (File.Exists(parts[i + 1]))
                File.Move(parts[i + 1], parts[i], overwrite: true);
    }

    private void Close()
    {
        file?.Dispose();
        file = null;
    }

    /// <summary>Where the log of a process that failed ends. Others of its group may write to it until the next process begins.</summary>
    private sealed class LogEnd(string path)
    {
        private object? noted; // a (long, ulong), in one piece for both threads

        /// <summary>By the loop: it ends here.</summary>
        public void Note() => Volatile.Write(ref noted, FileOwner.Glance(path));

        /// <summary>On the worker: its last lines. At the next start, a log that is too large is put aside.</summary>
        public IReadOnlyList<string> LastLines()
        {
            if (Volatile.Read(ref noted) is not (long length, ulong inode))
                return Storage.LastLines.Of(path);
            string[] places = [path, PendingCut.PathOf(path, 0)];
            var file = places.FirstOrDefault(place => FileOwner.Glance(place) is var found && found.Inode == inode && found.Length >= length);
            return file is null ? [] : Storage.LastLines.Of(file, length);
        }
    }
}
