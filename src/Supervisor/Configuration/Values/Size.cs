using System.Globalization;

namespace Supervisor.Configuration.Values;

/// <summary>
/// Sizes as text: up to six digits, and a unit of 1024 to the power of something, as docker and logrotate have it:
/// <c>512KB</c>, <c>50MB</c>, <c>1GB</c>.
/// </summary>
internal static class Size
{
    private const int MaxDigits = 6;

    private static readonly (string Name, int Shift)[] s_units = [("KB", 10), ("MB", 20), ("GB", 30)];

    /// <summary>Reads a size in bytes, or returns false.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        foreach (var (name, shift) in s_units)
            if (text.EndsWith(name, StringComparison.Ordinal) && TryParseCount(text.AsSpan(..^name.Length), out var count))
                bytes = count << shift;
        return bytes > 0;
    }

    /// <summary>A text for a size, exact where it is a whole number of a unit: <c>512MB</c>.</summary>
    public static string Format(long bytes)
    {
        foreach (var (name, shift) in s_units.Reverse())
            if (bytes % (1L << shift) == 0)
                return $"{bytes >> shift}{name}";
        return $"{bytes} bytes";
    }

    private static bool TryParseCount(ReadOnlySpan<char> text, out long count)
    {
        count = 0;
        return text.Length is > 0 and <= MaxDigits && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count);
    }
}
