namespace Supervisor.Configuration.Json;

/// <summary>Turns byte offsets of a UTF-8 text into positions. It only moves forward, so that a whole text costs one pass.</summary>
internal sealed class TextCursor(ReadOnlyMemory<byte> text)
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
