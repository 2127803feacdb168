using System.Globalization;
using System.Text;

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

/// <summary>Finds what somebody meant who mistyped a word.</summary>
public static class Nearest
{
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

/// <summary>How the program says things to people.</summary>
public static class Wording
{
    /// <summary>A length of time, as exact as anybody needs it: <c>40ms</c>, <c>1.5s</c>, <c>42s</c>, <c>5m 12s</c>, <c>1h 03m</c>.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalMilliseconds: < 999.5 } => $"{time.TotalMilliseconds:0}ms",
        { TotalSeconds: < 10 } => $"{time.TotalSeconds:0.#}s",
        _ => Uptime(time),
    };

    /// <summary>An amount of memory, of which an MB is 1024² bytes, as in the configuration: <c>3.2 MB</c>, <c>812 MB</c>, <c>10.5 GB</c>.</summary>
    public static string Memory(long bytes) => bytes switch
    {
        < 10L << 20 => $"{bytes / 1048576.0:0.0} MB",
        < 10L << 30 => $"{bytes / 1048576.0:0} MB",
        _ => $"{bytes / 1073741824.0:0.0} GB",
    };

    /// <summary>A length of time in a column: <c>42s</c>, <c>5m 12s</c>, <c>1h 03m</c>, <c>3d 04h</c>.</summary>
    public static string Uptime(TimeSpan time) => time switch
    {
        { TotalMinutes: < 1 } => $"{time.Seconds}s",
        { TotalHours: < 1 } => $"{time.Minutes}m {time.Seconds:00}s",
        { TotalDays: < 1 } => $"{time.Hours}h {time.Minutes:00}m",
        _ => $"{time.Days}d {time.Hours:00}h",
    };
}
