using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;
using System.Text;
using System.Text.Unicode;

namespace Supervisor.Os;

/// <summary>Shows foreign text on one line of a terminal, where it can neither break the line nor steer the terminal.</summary>
public static class Printable
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

    /// <summary>The text with control characters but the tab, formatting characters and line separators as escapes.</summary>
    /// <param name="text">The text.</param>
    /// <param name="keepsColours">Whether what only changes the colour may stay.</param>
    public static string Escape(string text, bool keepsColours = false)
    {
        if (!text.Any(IsUnsafe))
            return text;
        var line = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            var colour = keepsColours ? ColourLength(text.AsSpan(i)) : 0;
            line.Append(colour > 0 ? text.Substring(i, colour) : IsUnsafe(text[i]) ? $"\\u{(int)text[i]:x4}" : text[i].ToString());
            i += Math.Max(0, colour - 1);
        }
        return line.ToString();
    }

    /// <summary>How long the sequence is that begins here and selects a colour (ECMA-48, SGR); 0 if none does.</summary>
    private static int ColourLength(ReadOnlySpan<char> text)
    {
        const string Begin = "\e[";
        var rest = text.StartsWith(Begin) ? text[Begin.Length..].TrimStart("0123456789;:") : default;
        return rest.StartsWith('m') ? text.Length - rest.Length + 1 : 0;
    }

    private static bool IsUnsafe(char letter) => letter != '\t' &&
        char.GetUnicodeCategory(letter)
            is UnicodeCategory.Control
            or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator;
}

/// <summary>Words of a unit of systemd: systemd.syntax(7), "Quoting".</summary>
public static class UnitText
{
    /// <summary>One word, in quotes if it needs them. A % begins a specifier (systemd.unit(5)).</summary>
    public static string Quote(string text)
    {
        var word = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("%", "%%", StringComparison.Ordinal);
        return text.Length > 0 && text.All(letter => char.IsAsciiLetterOrDigit(letter) || "/._-=:+,@".Contains(letter)) ? word
            : $"\"{string.Concat(word.Select(letter => char.IsControl(letter) ? $"\\x{(int)letter:x2}" : letter.ToString()))}\"";
    }

    /// <summary>A word of a command line, in which a $ begins a variable; but not in the first one (systemd.service(5), "Command lines").</summary>
    public static string QuoteArgument(string text) => Quote(text).Replace("$", "$$", StringComparison.Ordinal);
}

/// <summary>Finds what somebody meant who mistyped a word.</summary>
public static class Nearest
{
    /// <summary>The end of a sentence about an unknown word: <c>; did you mean 'x'?</c></summary>
    /// <param name="word">What was typed.</param>
    /// <param name="known">What could have been meant.</param>
    /// <param name="otherwise">The end of the sentence if none of them is close enough.</param>
    /// <param name="quote">What stands around the suggestion.</param>
    public static string Suggestion(string word, IEnumerable<string> known, string otherwise = "", string quote = "'") =>
        To(word, known) is { } meant ? $"; did you mean {quote}{meant}{quote}?" : otherwise;

    /// <summary>The known word closest to <paramref name="word"/>, or null when none is close enough to suggest.</summary>
    public static string? To(string word, IEnumerable<string> known) =>
        known
            .Where(candidate => Math.Abs(candidate.Length - word.Length) <= Tolerance(candidate))
            .Select(candidate => (Word: candidate, Distance: Distance(word.ToLowerInvariant(), candidate.ToLowerInvariant())))
            .Where(candidate => candidate.Distance <= Tolerance(candidate.Word))
            .OrderBy(candidate => candidate.Distance)
            .FirstOrDefault()
            .Word;

    // A third of the letters wrong is still a slip; more is another word.
    private static int Tolerance(string word) => Math.Max(1, word.Length / 3);

    // Levenshtein's distance, with two swapped neighbours counted as one slip, the commonest when typing.
    private static int Distance(string a, string b)
    {
        var cost = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            for (var j = 0; j <= b.Length; j++)
                cost[i, j] = Cheapest(cost, a, b, i, j);
        return cost[a.Length, b.Length];
    }

    private static int Cheapest(int[,] cost, string a, string b, int i, int j)
    {
        if (i == 0 || j == 0)
            return i + j;
        var replace = cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
        var insertOrRemove = Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1;
        var swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
        var swap = swapped ? cost[i - 2, j - 2] + 1 : int.MaxValue;
        return Math.Min(swap, Math.Min(replace, insertOrRemove));
    }
}

/// <summary>
/// Bytes of the system as text, and back as they were. Paths, words and variables need not be UTF-8: each byte that is none becomes half of a
/// surrogate pair that stands alone, which no text has, as in PEP 383.
/// </summary>
public static class SystemText
{
    private const char Escape = '\udc00';

    /// <summary>The text.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
            return Encoding.UTF8.GetString(bytes);
        var text = new StringBuilder(bytes.Length);
        for (; !bytes.IsEmpty; bytes = bytes[1..])
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var length) == OperationStatus.Done)
            {
                text.Append(rune);
                bytes = bytes[(length - 1)..];
            }
            else
            {
                text.Append((char)(Escape + bytes[0]));
            }
        return text.ToString();
    }

    /// <summary>The bytes.</summary>
    public static byte[] Bytes(string text)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        return bytes[..Encode(text, bytes)];
    }

    /// <summary>Writes the bytes, of which there are not more than UTF-8 would need; how many there are.</summary>
    public static int Encode(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        var length = 0;
        int read, written;
        for (; Utf8.FromUtf16(text, bytes[length..], out read, out written, replaceInvalidSequences: false) == OperationStatus.InvalidData; text = text[(read + 1)..])
        {
            length += written;
            var letter = text[read];
            if (letter is > (char)(Escape + 0x7f) and <= (char)(Escape + 0xff))
                bytes[length++] = (byte)(letter - Escape);
            else
                length += Encoding.UTF8.GetBytes("\ufffd", bytes[length..]);
        }
        return length + written;
    }
}

/// <summary>Hands texts to the system as the bytes that <see cref="SystemText"/> makes of them.</summary>
[CustomMarshaller(typeof(string), MarshalMode.ManagedToUnmanagedIn, typeof(ManagedToUnmanagedIn))]
internal static unsafe class SystemTextMarshaller
{
    public ref struct ManagedToUnmanagedIn
    {
        private byte* native;
        private bool isAllocated;

        /// <summary>As many bytes lie on the stack. Most paths are shorter.</summary>
        public static int BufferSize => 512;

        public void FromManaged(string managed, Span<byte> buffer)
        {
            var most = Encoding.UTF8.GetByteCount(managed) + 1;
            if (most > buffer.Length)
            {
                isAllocated = true;
                buffer = new(NativeMemory.Alloc((nuint)most), most);
            }
            buffer[SystemText.Encode(managed, buffer)] = 0;
            native = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(buffer));
        }

        public readonly byte* ToUnmanaged() => native;

        public readonly void Free()
        {
            if (isAllocated)
                NativeMemory.Free(native);
        }
    }
}
