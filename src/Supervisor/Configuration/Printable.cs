using System.Globalization;
using System.Text;

namespace Supervisor.Configuration;

/// <summary>Shows foreign text on one line of a terminal, where it can neither break the line nor steer the terminal.</summary>
internal static class Printable
{
    private const int MaxLength = 64;

    /// <summary>The text between single quotes, cut where it is long.</summary>
    public static string Quote(string text) => $"'{Shorten(text)}'";

    /// <summary>The text, cut where it is long.</summary>
    public static string Shorten(string text, int length = MaxLength)
    {
        if (text.Length <= length)
            return text;
        var end = char.IsHighSurrogate(text[length - 1]) ? length - 1 : length;
        return $"{text[..end]}…";
    }

    /// <summary>The text with control characters, formatting characters and line separators as escapes.</summary>
    public static string Escape(string text)
    {
        if (!text.Any(IsUnsafe))
            return text;
        var line = new StringBuilder();
        foreach (var letter in text)
            line.Append(IsUnsafe(letter) ? $"\\u{(int)letter:x4}" : letter.ToString());
        return line.ToString();
    }

    private static bool IsUnsafe(char letter) =>
        char.GetUnicodeCategory(letter)
            is UnicodeCategory.Control
            or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator;
}
