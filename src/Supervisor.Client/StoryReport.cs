using System.Text.Json;

namespace Supervisor.Client;

/// <summary>What <c>why --json</c> prints: the facts of the story. What does not apply is left out. Public, so it changes only by addition.</summary>
/// <param name="Service">The service's name.</param>
/// <param name="Text">What happened, in words.</param>
/// <param name="FailuresLastDay">Failures of the last 24 hours.</param>
internal sealed record StoryReport(string Service, string Text, int FailuresLastDay)
{
    /// <summary>When it came to a head.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>The start of the process that failed.</summary>
    public EventRecord? Started { get; init; }

    /// <summary>When that process was healthy first.</summary>
    public EventRecord? Healthy { get; init; }

    /// <summary>What led to the failure.</summary>
    public IReadOnlyList<EventRecord>? Seen { get; init; }

    /// <summary>How the process ended, with the last lines of its output.</summary>
    public EventRecord? End { get; init; }

    /// <summary>What was done, up to the health of the next process.</summary>
    public IReadOnlyList<EventRecord>? Done { get; init; }

    /// <summary>Where its log lies.</summary>
    public string? Log { get; init; }

    /// <summary>What else may explain it.</summary>
    public string? Hint { get; init; }

    /// <summary>How it stands.</summary>
    public ServiceStatus? Now { get; init; }
}

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
