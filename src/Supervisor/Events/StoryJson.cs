using System.Text.Json;
using Supervisor.Control;
using Supervisor.Loop;

namespace Supervisor.Events;

/// <summary>A <see cref="StoryReport"/> as a line of JSON. Public, so it changes only by addition.</summary>
internal static class StoryJson
{
    /// <summary>The line, without its end.</summary>
    public static ReadOnlyMemory<byte> Text(StoryReport report) => JsonExtensions.Object(
        writer =>
        {
            writer.WriteString("service", report.Service);
            writer.WriteString("text", report.Text);
            writer.WriteNumber("failures_last_day", report.FailuresLastDay);
            if (report.At is { } at)
                writer.WriteString("at", at);
            Write(writer, "started", report.Started);
            Write(writer, "healthy", report.Healthy);
            Write(writer, "seen", report.Seen);
            Write(writer, "end", report.End);
            Write(writer, "done", report.Done);
            writer.WriteIfAny("log", report.Log);
            writer.WriteIfAny("hint", report.Hint);
            if (report.Now is not { } now)
                return;
            writer.WritePropertyName("now");
            StatusJson.Write(writer, now);
        },
        EventJson.Options);

    private static void Write(Utf8JsonWriter writer, string name, EventRecord? record)
    {
        if (record is null)
            return;
        writer.WriteStartObject(name);
        EventJson.WriteMembers(writer, record);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string name, IReadOnlyList<EventRecord>? records)
    {
        if (records is null)
            return;
        writer.WriteStartArray(name);
        foreach (var record in records)
        {
            writer.WriteStartObject();
            EventJson.WriteMembers(writer, record);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}
