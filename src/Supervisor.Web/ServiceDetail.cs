using System.Buffers;
using System.Text;

namespace Supervisor.Web;

/// <summary>What the page shows of one service: what <c>why</c> tells, its events, and its history.</summary>
internal static class ServiceDetail
{
    private const int MostRead = 10_000; // a day of restarts at the longest backoff
    private const int MostShown = 100;

    /// <summary>As JSON; null if nobody knows that name.</summary>
    public static ReadOnlyMemory<byte>? Of(string name, string configFile, Watcher watcher, DateTimeOffset now)
    {
        var status = watcher.Current is { Lost: null } live ? live.Services.FirstOrDefault(view => view.Status.Name == name)?.Status : null;
        using var reader = new EventReader(StatePaths.Events(watcher.Folder), name);
        List<EventRecord> events = [.. reader.ReadAll().Select(one => one.Record).Where(one => one.Service == name).TakeLast(MostRead)];
        if (status is null && events.Count == 0 && watcher.Current.Services.All(view => view.Status.Name != name))
            return null;
        var story = WhyCommand.StoryOf(configFile, watcher.Folder, name, events, status, path => path);
        return JsonExtensions.Line(
            writer =>
            {
                writer.WriteString("name"u8, name);
                writer.WriteIfAny("why"u8, story.Tell().Select(line => Printable.Escape(line)));
                writer.WriteStartArray("events"u8);
                foreach (var one in events.TakeLast(MostShown))
                {
                    writer.WriteStartObject();
                    writer.WriteString("at"u8, one.At);
                    writer.WriteString("event"u8, one.Event);
                    writer.WriteString("text"u8, Printable.Escape(one.Text));
                    writer.WriteEndObject();
                }
                writer.WriteEndArray();
                writer.WriteStartObject("history"u8);
                watcher.History.Write(writer, name, now);
                writer.WriteEndObject();
            },
            EventJson.Options);
    }
}

/// <summary>The end of a log, and what is added to it, as lines in which nothing can do harm.</summary>
internal sealed class LogTail
{
    private const int FirstLines = 200;
    private const int MostText = 256 * 1024;

    private readonly string service;
    private readonly LogCursor cursor;
    private readonly LogOutput output;
    private readonly ArrayBufferWriter<byte> text = new();
    private bool isBegun;
    private bool isBroken;

    public LogTail(string service, string path)
    {
        this.service = service;
        cursor = new(path);
        output = new(piece => text.Write(piece), hasColour: false) { Prefix = [] };
    }

    /// <summary>What has come since the last time, as a message; null for nothing. Of what comes faster than anybody can read, only the end.</summary>
    public ReadOnlyMemory<byte>? Read()
    {
        text.ResetWrittenCount();
        var first = !isBegun;
        try
        {
            if (!isBroken)
                Take(first);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            isBroken = true;
            text.Write(Encoding.UTF8.GetBytes($"{Printable.Escape(e.Message)}\n"));
        }
        isBegun = true;
        var written = text.WrittenSpan;
        var isCut = written.Length > MostText;
        if (isCut)
            written = written[^MostText..][(written[^MostText..].IndexOf((byte)'\n') + 1)..];
        if (written.Length == 0 && !first)
            return null;
        var lines = written.Length == 0 ? [] : Encoding.UTF8.GetString(written[..^1]).Split('\n');
        return JsonExtensions.Line(
            writer =>
            {
                writer.WriteString("log"u8, service);
                writer.WriteIfAny("first"u8, first ? true : null);
                writer.WriteIfAny("cut"u8, isCut ? true : null);
                writer.WriteIfAny("lines"u8, lines);
            },
            EventJson.Options);
    }

    private void Take(bool first)
    {
        if (first)
            cursor.ShowLast(FirstLines, DateTime.MinValue, output.Write);
        while (text.WrittenCount < 2 * MostText && cursor.ReadNews(output.Write))
            continue; // What is left comes with the next look.
    }
}
