using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Supervisor.Configuration.Json;

/// <summary>Parses a whole file: JSON in UTF-8, with or without byte order mark, comments and trailing commas.</summary>
internal static class NodeParser
{
    // Four levels are all that a configuration needs; the bound keeps the recursion shallow.
    private const int MaxDepth = 16;

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
