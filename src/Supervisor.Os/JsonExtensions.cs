using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Supervisor.Os;

/// <summary>
/// What JSON is read and written with, member by member: the metadata that the serializer works from would be an eighth of
/// the whole program, and of its memory.
/// </summary>
public static class JsonExtensions
{
    /// <summary>What is read of a text, or of a part of one.</summary>
    /// <exception cref="JsonException">Something in it is missing, or of the wrong kind.</exception>
    public static T Read<T>(this JsonElement item, Func<JsonElement, T> read)
    {
        try
        {
            return read(item);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new JsonException(e.Message, e);
        }
    }

    /// <summary>A member; null if it is absent, or null.</summary>
    public static JsonElement? Find(this JsonElement item, string name) =>
        item.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null ? member : null;

    /// <summary>A text, which may not be null.</summary>
    public static string Text(this JsonElement item) => item.GetString() ?? throw new FormatException("null is no text");

    /// <summary>Texts, of which none may be null.</summary>
    public static IReadOnlyList<string> Texts(this JsonElement item) => item.List(Text);

    /// <summary>The items of an array.</summary>
    public static IReadOnlyList<T> List<T>(this JsonElement item, Func<JsonElement, T> read) => [.. item.EnumerateArray().Select(read)];

    /// <summary>A length of time, or a time of the machine's monotonic clock.</summary>
    public static TimeSpan Duration(this JsonElement item) => TimeSpan.ParseExact(item.Text(), "c", CultureInfo.InvariantCulture);

    /// <summary>One of a set of words.</summary>
    public static T Word<T>(this JsonElement item)
        where T : struct, Enum => Enum.TryParse<T>(item.Text(), out var word) && Enum.IsDefined(word) ? word : throw new FormatException($"'{item}' is no {typeof(T).Name}");

    /// <summary>An object, compact.</summary>
    /// <inheritdoc cref="Line"/>
    public static ReadOnlyMemory<byte> Object(Action<Utf8JsonWriter> write, JsonWriterOptions options = default) => Line(write, options)[..^1];

    /// <summary>The same, and the end of its line.</summary>
    /// <param name="write">Writes its members.</param>
    /// <param name="options">How texts are escaped.</param>
    public static ReadOnlyMemory<byte> Line(Action<Utf8JsonWriter> write, JsonWriterOptions options = default)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, options))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }
        buffer.Write("\n"u8);
        return buffer.WrittenMemory; // Not a copy: of a thousand services it is a third of a megabyte.
    }

    /// <summary>Writes a member that may be null.</summary>
    public static void WriteNullable(this Utf8JsonWriter writer, string name, long? value)
    {
        writer.WritePropertyName(name);
        if (value is { } number)
            writer.WriteNumberValue(number);
        else
            writer.WriteNullValue();
    }

    /// <inheritdoc cref="WriteNullable(Utf8JsonWriter, string, long?)"/>
    public static void WriteNullable(this Utf8JsonWriter writer, string name, double? value)
    {
        writer.WritePropertyName(name);
        if (value is { } number)
            writer.WriteNumberValue(number);
        else
            writer.WriteNullValue();
    }

    /// <summary>Writes a member, unless it is null.</summary>
    public static void WriteIfAny(this Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
            writer.WriteString(name, value);
    }

    /// <inheritdoc cref="WriteIfAny(Utf8JsonWriter, string, string?)"/>
    public static void WriteIfAny(this Utf8JsonWriter writer, string name, long? value)
    {
        if (value is { } number)
            writer.WriteNumber(name, number);
    }

    /// <inheritdoc cref="WriteIfAny(Utf8JsonWriter, string, string?)"/>
    public static void WriteIfAny(this Utf8JsonWriter writer, string name, double? value)
    {
        if (value is { } number)
            writer.WriteNumber(name, number);
    }

    /// <inheritdoc cref="WriteIfAny(Utf8JsonWriter, string, string?)"/>
    public static void WriteIfAny(this Utf8JsonWriter writer, string name, bool? value)
    {
        if (value is { } flag)
            writer.WriteBoolean(name, flag);
    }

    /// <inheritdoc cref="WriteIfAny(Utf8JsonWriter, string, string?)"/>
    public static void WriteIfAny(this Utf8JsonWriter writer, string name, TimeSpan? value)
    {
        Span<byte> text = stackalloc byte[32]; // Longer than the longest.
        if (value is { } duration && duration.TryFormat(text, out var length, "c", CultureInfo.InvariantCulture))
            writer.WriteString(name, text[..length]);
    }

    /// <inheritdoc cref="WriteIfAny(Utf8JsonWriter, string, string?)"/>
    public static void WriteIfAny(this Utf8JsonWriter writer, string name, IEnumerable<string>? values)
    {
        if (values is null)
            return;
        writer.WriteStartArray(name);
        foreach (var value in values)
            writer.WriteStringValue(value);
        writer.WriteEndArray();
    }
}
