using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Supervisor.Configuration;

/// <summary>Parses a whole file: JSON in UTF-8, with or without byte order mark, comments and trailing commas.</summary>
public static class NodeParser
{
    // Four levels are all that a configuration needs; the bound keeps the recursion shallow.
    private const int MaxDepth = 16;

    private const int LongestSalvage = 1024; // The name of a key, and a path.

    private static readonly JsonReaderOptions s_options = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        MaxDepth = MaxDepth,
    };

    /// <summary>The root value, or null when the text is not JSON, which is then the problem added last.</summary>
    /// <param name="file">Its content.</param>
    /// <param name="problems">What is wrong.</param>
    /// <param name="only">The one member of the root that is wanted; null for all. Of the others it only matters that they are JSON.</param>
    public static Node? Parse(ReadOnlyMemory<byte> file, ProblemList problems, string? only = null)
    {
        var text = file.Span.StartsWith(Encoding.UTF8.Preamble) ? file[Encoding.UTF8.Preamble.Length..] : file;
        if (!Utf8.IsValid(text.Span))
        {
            problems.Add(FirstInvalid(text), "is not valid UTF-8; save the file as UTF-8");
            return null;
        }
        return ParseUtf8(text, problems, only);
    }

    /// <summary>
    /// A root with the one member that is wanted, if it stands anywhere in a text that is not JSON, perhaps because it is being edited; the first
    /// that has a text as its value and does not begin in a comment. What the value comes to is not reported.
    /// </summary>
    public static Section Salvage(ReadOnlySpan<byte> file, string key, string path)
    {
        var members = ImmutableArray<Member>.Empty;
        var quoted = Encoding.UTF8.GetBytes($"\"{key}\"");
        for (int at; members.IsEmpty && (at = file.IndexOf(quoted)) >= 0; file = file[(at + quoted.Length)..])
            if (file[(file[..at].LastIndexOf((byte)'\n') + 1)..at].IndexOf("//"u8) < 0 && TextAt(file[at..]) is { } text)
                members = [new(key, default, new Node.Text(default, text))];
        return new(new(default, members), "", new(path));
    }

    /// <summary>The value of the member that begins here, if it is a text.</summary>
    private static string? TextAt(ReadOnlySpan<byte> member)
    {
        try
        {
            var reader = new Utf8JsonReader([.. "{"u8, .. member[..Math.Min(member.Length, LongestSalvage)]], s_options);
            return reader.Read() && reader.Read() && reader.Read() && reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static Node? ParseUtf8(ReadOnlyMemory<byte> text, ProblemList problems, string? only)
    {
        var reader = new NodeReader(new Utf8JsonReader(text.Span, s_options), new TextCursor(text), problems, only);
        try
        {
            return reader.ReadDocument();
        }
        catch (JsonException) when (reader.FoundNothingIn(text.Length))
        {
            problems.Add($"is empty; write for example {ConfigurationFile.Example}");
        }
        catch (JsonException error)
        {
            var position = new TextCursor(text).MoveTo(error.LineNumber ?? 0, error.BytePositionInLine ?? 0);
            problems.Add(position, $"is not valid JSON: {WithoutPosition(error.Message)}");
        }
        catch (InvalidOperationException)
        {
            // What GetString throws for an escape such as \ud800 that stands alone.
            problems.Add(new TextCursor(text).MoveTo(reader.Offset), "is not valid JSON: a string holds half of a surrogate pair");
        }
        return null;
    }

    // The reader appends " LineNumber: 0 | BytePositionInLine: 1.", which counts otherwise than editors do.
    private static string WithoutPosition(string message)
    {
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? message : message[..end];
    }

    private static Position FirstInvalid(ReadOnlyMemory<byte> text)
    {
        Utf8.ToUtf16(text.Span, new char[text.Length], out var valid, out _, replaceInvalidSequences: false);
        return new TextCursor(text).MoveTo(valid);
    }
}

/// <summary>Reads JSON tokens into nodes and reports duplicate keys on the way.</summary>
/// <param name="tokens">The tokens.</param>
/// <param name="cursor">Where they stand.</param>
/// <param name="problems">What is wrong.</param>
/// <param name="only">The one member of the root that is wanted; null for all.</param>
public ref struct NodeReader(Utf8JsonReader tokens, TextCursor cursor, ProblemList problems, string? only)
{
    private Utf8JsonReader _tokens = tokens;

    /// <summary>The byte at which the token last read begins.</summary>
    public readonly long Offset => _tokens.TokenStartIndex;

    /// <summary>Whether the text was read to this length without finding a token: nothing but space and comments.</summary>
    public readonly bool FoundNothingIn(int length) => _tokens.TokenType == JsonTokenType.None && _tokens.BytesConsumed == length;

    /// <summary>Reads one value and makes sure that nothing follows it.</summary>
    public Node ReadDocument()
    {
        _tokens.Read();
        var root = ReadValue("");
        _tokens.Read();
        return root;
    }

    private Node ReadValue(string path)
    {
        var position = cursor.MoveTo(_tokens.TokenStartIndex);
        return _tokens.TokenType switch
        {
            JsonTokenType.StartObject => ReadObject(position, path),
            JsonTokenType.StartArray => ReadArray(position, path),
            JsonTokenType.String => new Node.Text(position, _tokens.GetString() ?? ""),
            JsonTokenType.Number => new Node.Number(position, _tokens.GetDouble(), Encoding.UTF8.GetString(_tokens.ValueSpan)),
            JsonTokenType.True => new Node.Literal(position, true),
            JsonTokenType.False => new Node.Literal(position, false),
            _ => new Node.Literal(position, null),
        };
    }

    private Node.Object ReadObject(Position position, string path)
    {
        var members = ImmutableArray.CreateBuilder<Member>();
        var firsts = new Dictionary<string, Position>();
        while (_tokens.Read() && _tokens.TokenType != JsonTokenType.EndObject)
        {
            if (path.Length == 0 && only is not null && !_tokens.ValueTextEquals(only))
            {
                _tokens.Skip();
                continue;
            }
            var member = ReadMember(path);
            if (firsts.TryAdd(member.Name, member.Position))
                members.Add(member);
            else
                ReportDuplicate(member, firsts[member.Name], path);
        }
        return new(position, members.ToImmutable());
    }

    private Member ReadMember(string path)
    {
        var position = cursor.MoveTo(_tokens.TokenStartIndex);
        var name = _tokens.GetString() ?? "";
        _tokens.Read();
        return new(name, position, ReadValue(KeyPath.Member(path, name)));
    }

    private Node.Array ReadArray(Position position, string path)
    {
        var items = ImmutableArray.CreateBuilder<Node>();
        while (_tokens.Read() && _tokens.TokenType != JsonTokenType.EndArray)
            items.Add(ReadValue(KeyPath.Item(path, items.Count)));
        return new(position, items.ToImmutable());
    }

    private readonly void ReportDuplicate(Member second, Position first, string path) =>
        problems.Add(
            second.Position,
            KeyPath.Member(path, second.Name),
            $"is given twice, first at {first.Line}:{first.Column}; keep one of them");
}

/// <summary>Turns byte offsets of a UTF-8 text into positions. It only moves forward, so that a whole text costs one pass.</summary>
public sealed class TextCursor(ReadOnlyMemory<byte> text)
{
    private int _offset;
    private int _line = 1;
    private int _column = 1;

    /// <summary>The position of the byte at <paramref name="offset"/>, which is at or after the last one asked for.</summary>
    public Position MoveTo(long offset)
    {
        var end = (int)Math.Min(offset, text.Length);
        foreach (var octet in text.Span[_offset..end])
            Pass(octet);
        _offset = end;
        return new(_line, _column);
    }

    /// <summary>The position that a <see cref="System.Text.Json.JsonException"/> gives as line and byte, both from 0.</summary>
    public Position MoveTo(long line, long byteInLine)
    {
        var lineStart = 0;
        for (; line > 0; line--)
            lineStart += text.Span[lineStart..].IndexOf((byte)'\n') + 1;
        return MoveTo(lineStart + byteInLine);
    }

    private void Pass(byte octet)
    {
        if (octet == '\n')
            (_line, _column) = (_line + 1, 1);
        else if (!IsContinuation(octet))
            _column++;
    }

    // RFC 3629: the second and later bytes of a character are 10xxxxxx.
    private static bool IsContinuation(byte octet) => (octet & 0b1100_0000) == 0b1000_0000;
}
