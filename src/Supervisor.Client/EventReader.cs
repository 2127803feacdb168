using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Supervisor.Client;

/// <summary>Reads <c>events.jsonl</c> and the former ones, from the oldest event on, and what comes after. Works without a supervisor.</summary>
/// <param name="path">The present file.</param>
/// <param name="service">Whose events are wanted; null for all. Of the others most are passed over without being read.</param>
internal sealed class EventReader(string path, string? service = null) : IDisposable
{
    private readonly byte[] wanted = service is null ? [] : Encoding.UTF8.GetBytes($"\"service\":\"{service}\"");
    private readonly List<byte> pending = [];
    private readonly byte[] buffer = new byte[64 * 1024];
    private SafeFileHandle? file;
    private long offset;

    /// <summary>What the former files hold, and what the present one holds so far.</summary>
    public IEnumerable<EventLine> ReadAll()
    {
        foreach (var former in StatePaths.EventParts(path).SkipLast(1))
        {
            using var reader = new EventReader(former, service);
            foreach (var line in reader.ReadNew())
                yield return line;
        }
        foreach (var line in ReadNew())
            yield return line;
    }

    /// <summary>What has come since the last time.</summary>
    public IEnumerable<EventLine> ReadNew()
    {
        file ??= OwnFile.OpenToRead(path);
        int read;
        while (file is not null && (read = RandomAccess.Read(file, buffer, offset)) > 0)
        {
            offset += read;
            foreach (var line in Split(read))
                yield return line;
        }
    }

    /// <summary>Whether another file has taken the place of the one that was read so far, or it is gone.</summary>
    public bool IsReplaced()
    {
        using var present = OwnFile.OpenToRead(path);
        return file is not null && (present is null || FileOwner.IdOf(present) != FileOwner.IdOf(file));
    }

    /// <summary>Goes on with the file that has taken the place of the one that was read so far.</summary>
    public void StartOver()
    {
        Dispose();
        pending.Clear();
        offset = 0;
    }

    public void Dispose()
    {
        file?.Dispose();
        file = null;
    }

    private IEnumerable<EventLine> Split(int read)
    {
        var start = 0;
        for (int end; (end = Array.IndexOf(buffer, (byte)'\n', start, read - start)) >= 0; start = end + 1)
        {
            pending.AddRange(buffer.AsSpan(start, end - start));
            byte[] line = [.. pending];
            pending.Clear();
            if (line.AsSpan().IndexOf(wanted) >= 0 && EventJson.Read(line) is { } record)
                yield return new(Encoding.UTF8.GetString(line), record);
        }
        pending.AddRange(buffer.AsSpan(start, read - start));
    }
}

/// <summary>One line of the file.</summary>
/// <param name="Raw">As it stands there.</param>
/// <param name="Record">What it says.</param>
internal sealed record EventLine(string Raw, EventRecord Record);
