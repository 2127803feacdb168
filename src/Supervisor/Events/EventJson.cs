using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Supervisor.Loop;

namespace Supervisor.Events;

/// <summary>Events, and what is made of them, as a line of JSON.</summary>
[JsonSerializable(typeof(EventRecord))]
[JsonSerializable(typeof(StoryReport))]
internal sealed partial class EventJson : JsonSerializerContext
{
    // Read by people with grep, not by browsers: quotes and accents stand as they are. Control characters never do.
    private static EventJson Lines { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>The line, without its end.</summary>
    public static byte[] Write(EventRecord record) => JsonSerializer.SerializeToUtf8Bytes(record, Lines.EventRecord);

    /// <summary>The story of a failure on a line, without its end.</summary>
    public static string Write(StoryReport report) => JsonSerializer.Serialize(report, Lines.StoryReport);

    /// <summary>The event of a line; null if it is none: cut by a full disk, or by somebody's hand.</summary>
    public static EventRecord? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, Lines.EventRecord) is { Event: not null, Text: not null } record ? record : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
