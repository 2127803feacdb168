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

    /// <summary>Goes on to the next member of an object, or to the next item of an array; false at the end of either.</summary>
    public static bool Next(this ref Utf8JsonReader json) => json.Read() && json.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray);

    /// <summary>Sees to it that an object or an array begins here.</summary>
    /// <exception cref="FormatException">None does.</exception>
    public static void Enter(this ref Utf8JsonReader json, JsonTokenType wanted = JsonTokenType.StartObject)
    {
        if (json.TokenType != wanted)
            throw new FormatException($"{json.TokenType} stands where {wanted} is wanted");
    }

    /// <summary>If this is the member of that name, written without escapes: takes its value, and returns true.</summary>
    public static bool Take(this ref Utf8JsonReader json, ReadOnlySpan<byte> name, ref int value) => json.IsAt(name) && Set(out value, json.GetInt32());

    /// <inheritdoc cref="Take(ref Utf8JsonReader, ReadOnlySpan{byte}, ref int)"/>
    public static bool Take(this ref Utf8JsonReader json, ReadOnlySpan<byte> name, ref int? value) => json.IsAt(name) && Set(out value, json.IsNull() ? null : json.GetInt32());

    /// <inheritdoc cref="Take(ref Utf8JsonReader, ReadOnlySpan{byte}, ref int)"/>
    public static bool Take(this ref Utf8JsonReader json, ReadOnlySpan<byte> name, ref long? value) => json.IsAt(name) && Set(out value, json.IsNull() ? null : json.GetInt64());

    /// <inheritdoc cref="Take(ref Utf8JsonReader, ReadOnlySpan{byte}, ref int)"/>
    public static bool Take(this ref Utf8JsonReader json, ReadOnlySpan<byte> name, ref double? value) => json.IsAt(name) && Set(out value, json.IsNull() ? null : json.GetDouble());

    /// <inheritdoc cref="Take(ref Utf8JsonReader, ReadOnlySpan{byte}, ref int)"/>
    public static bool Take(this ref Utf8JsonReader json, ReadOnlySpan<byte> name, ref bool value) => json.IsAt(name) && Set(out value, json.GetBoolean());

    /// <inheritdoc cref="Take(ref Utf8JsonReader, ReadOnlySpan{byte}, ref int)"/>
    public static bool Take(this ref Utf8JsonReader json, ReadOnlySpan<byte> name, ref DateTimeOffset value) => json.IsAt(name) && Set(out value, json.GetDateTimeOffset());

    /// <summary>The same of a text. If it is the likely one, it needs no string of its own.</summary>
    public static bool Take(this ref Utf8JsonReader json, ReadOnlySpan<byte> name, ref string? value, string? likely = null) =>
        json.IsAt(name) && Set(out value, likely is not null && json.ValueSpan.Length == likely.Length && json.ValueTextEquals(likely) ? likely : json.GetString());

    /// <summary>The same of an object that may be null.</summary>
    public static bool Take<T>(this ref Utf8JsonReader json, ReadOnlySpan<byte> name, ref T? value, ItemReader<T> read, T? likely = null)
        where T : class => json.IsAt(name) && Set(out value, json.IsNull() ? null : read(ref json, likely));

    /// <summary>The same of an array.</summary>
    public static bool Take<T>(this ref Utf8JsonReader json, ReadOnlySpan<byte> name, ref List<T>? value, ItemReader<T> read)
        where T : class
    {
        if (!json.IsAt(name))
            return false;
        value = [];
        for (json.Enter(JsonTokenType.StartArray); json.Next();)
            value.Add(read(ref json, value.Count > 0 ? value[^1] : null));
        return true;
    }

    /// <summary>A text that is an item of an array.</summary>
    public static string TextItem(ref Utf8JsonReader json, string? previous) => json.GetString() ?? throw new FormatException("null is no text");

    /// <summary>Passes over a member that is not known. Always true, for it to end a list of those that are.</summary>
    public static bool Pass(this ref Utf8JsonReader json) => json.TrySkip();

    private static bool IsAt(this ref Utf8JsonReader json, ReadOnlySpan<byte> name) => json.ValueSpan.SequenceEqual(name) && json.Read();

    private static bool IsNull(this ref Utf8JsonReader json) => json.TokenType == JsonTokenType.Null;

    private static bool Set<T>(out T target, T value)
    {
        target = value;
        return true;
    }

    /// <summary>An object, compact.</summary>
    /// <inheritdoc cref="Line"/>
    public static ReadOnlyMemory<byte> Object(Action<Utf8JsonWriter> write, JsonWriterOptions options = default) => Line(write, options)[..^1];

    /// <summary>The same, and the end of its line.</summary>
    /// <param name="write">Writes its members.</param>
    /// <param name="options">How texts are escaped.</param>
    /// <param name="length">How many bytes it may become. It may become more, but then it is copied each time that its buffer grows.</param>
    public static ReadOnlyMemory<byte> Line(Action<Utf8JsonWriter> write, JsonWriterOptions options = default, int length = 256)
    {
        var buffer = new ArrayBufferWriter<byte>(length);
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
    public static void WriteNullable(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } number)
            writer.WriteNumber(name, number);
        else
            writer.WriteNull(name);
    }

    /// <inheritdoc cref="WriteNullable(Utf8JsonWriter, ReadOnlySpan{byte}, long?)"/>
    public static void WriteNullable(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, double? value)
    {
        if (value is { } number)
            writer.WriteNumber(name, number);
        else
            writer.WriteNull(name);
    }

    /// <summary>Writes a member, unless it is null.</summary>
    public static void WriteIfAny(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
            writer.WriteString(name, value);
    }

    /// <inheritdoc cref="WriteIfAny(Utf8JsonWriter, ReadOnlySpan{byte}, string?)"/>
    public static void WriteIfAny(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } number)
            writer.WriteNumber(name, number);
    }

    /// <inheritdoc cref="WriteIfAny(Utf8JsonWriter, ReadOnlySpan{byte}, string?)"/>
    public static void WriteIfAny(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, double? value)
    {
        if (value is { } number)
            writer.WriteNumber(name, number);
    }

    /// <inheritdoc cref="WriteIfAny(Utf8JsonWriter, ReadOnlySpan{byte}, string?)"/>
    public static void WriteIfAny(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, bool? value)
    {
        if (value is { } flag)
            writer.WriteBoolean(name, flag);
    }

    /// <inheritdoc cref="WriteIfAny(Utf8JsonWriter, ReadOnlySpan{byte}, string?)"/>
    public static void WriteIfAny(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, TimeSpan? value)
    {
        Span<byte> text = stackalloc byte[32]; // Longer than the longest.
        if (value is { } duration && duration.TryFormat(text, out var length, "c", CultureInfo.InvariantCulture))
            writer.WriteString(name, text[..length]);
    }

    /// <inheritdoc cref="WriteIfAny(Utf8JsonWriter, ReadOnlySpan{byte}, string?)"/>
    public static void WriteIfAny(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, IEnumerable<string>? values)
    {
        if (values is null)
            return;
        writer.WriteStartArray(name);
        foreach (var value in values)
            writer.WriteStringValue(value);
        writer.WriteEndArray();
    }
}

/// <summary>Reads the item of an array that begins here, to its last token.</summary>
/// <param name="json">Where it is read from.</param>
/// <param name="previous">The item before it, which may be much like it; null for the first.</param>
public delegate T ItemReader<T>(ref Utf8JsonReader json, T? previous)
    where T : class;
