using System.Globalization;
using System.Text;

namespace Supervisor.Os;

/// <summary>
/// Durations as they are typed: days, hours, minutes, seconds and milliseconds in this order, each at most once, with up to
/// six digits before the point and up to three after it: <c>2d</c>, <c>1h</c>, <c>1m30s</c>, <c>1.5s</c>, <c>250ms</c>.
/// </summary>
public static class Duration
{
    private const int MaxDigits = 6;
    private const int MaxDecimals = 3;

    // A thousandth of each unit is a whole number of ticks, so nothing is ever rounded. The longest duration, 999999.999
    // of each unit, is below 2^60 ticks, so nothing can overflow.
    private static readonly (string Name, long Ticks)[] s_units =
    [
        ("d", TimeSpan.TicksPerDay),
        ("h", TimeSpan.TicksPerHour),
        ("m", TimeSpan.TicksPerMinute),
        ("s", TimeSpan.TicksPerSecond),
        ("ms", TimeSpan.TicksPerMillisecond),
    ];

    /// <summary>Reads a duration, or returns false.</summary>
    public static bool TryParse(string text, out TimeSpan value)
    {
        var ticks = 0L;
        var rest = text.AsSpan();
        foreach (var unit in s_units)
            ticks += TakeThousandths(ref rest, unit.Name) * (unit.Ticks / 1000);
        value = TimeSpan.FromTicks(ticks);
        return text.Length > 0 && rest.IsEmpty;
    }

    /// <summary>A text for a duration, exact to a microsecond: <c>1m30s</c>.</summary>
    public static string Format(TimeSpan value)
    {
        var text = new StringBuilder();
        var rest = value.Ticks;
        foreach (var unit in s_units[..^1])
        {
            AppendUnlessZero(text, rest / unit.Ticks, unit.Name);
            rest %= unit.Ticks;
        }
        AppendUnlessZero(text, rest / (decimal)TimeSpan.TicksPerMillisecond, "ms");
        return text.Length == 0 ? "0s" : text.ToString();
    }

    private static void AppendUnlessZero(StringBuilder text, decimal count, string unit)
    {
        if (count != 0)
            text.Append(count.ToString("0.###", CultureInfo.InvariantCulture)).Append(unit);
    }

    // Takes nothing and gives 0 when the text does not go on with this unit.
    private static long TakeThousandths(ref ReadOnlySpan<char> text, string unit)
    {
        var tail = text.TrimStart("0123456789.");
        var number = text[..^tail.Length];
        var unitEnd = tail.IndexOfAnyInRange('0', '9');
        var name = unitEnd < 0 ? tail : tail[..unitEnd];
        if (!name.SequenceEqual(unit) || !TryParseThousandths(number, out var thousandths))
            return 0;
        text = tail[name.Length..];
        return thousandths;
    }

    private static bool TryParseThousandths(ReadOnlySpan<char> number, out long thousandths)
    {
        var point = number.IndexOf('.');
        var digits = point < 0 ? number.Length : point;
        var decimals = point < 0 ? 0 : number.Length - point - 1;
        thousandths = 0;
        if (digits is 0 or > MaxDigits || decimals > MaxDecimals || (point >= 0 && decimals == 0))
            return false;
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
            return false;
        thousandths = (long)(value * 1000);
        return true;
    }
}

/// <summary>
/// Sizes as they are typed: up to six digits, and a unit that is a power of 1024, as docker and logrotate have it:
/// <c>512KB</c>, <c>50MB</c>, <c>1GB</c>.
/// </summary>
public static class Size
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

/// <summary>Quantities as people are told them, rounded to what they need to know.</summary>
public static class Wording
{
    /// <summary>More characters than any uptime has.</summary>
    public const int MaxUptime = 24;

    /// <summary>A length of time: <c>40ms</c>, <c>1.5s</c>, <c>42s</c>, <c>5m 12s</c>, <c>1h 03m</c>.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalMilliseconds: < 999.5 } => $"{time.TotalMilliseconds:0}ms",
        { TotalSeconds: < 10 } => $"{time.TotalSeconds:0.#}s",
        _ => Uptime(time),
    };

    /// <summary>The same in whole seconds: <c>0s</c>, <c>42s</c>, <c>5m 12s</c>, <c>1h 03m</c>, <c>3d 04h</c>.</summary>
    public static string Uptime(TimeSpan time)
    {
        Span<char> text = stackalloc char[MaxUptime];
        return Uptime(time, text).ToString();
    }

    /// <summary>The same, written into <paramref name="text"/>, which has room for <see cref="MaxUptime"/> characters.</summary>
    public static ReadOnlySpan<char> Uptime(TimeSpan time, Span<char> text)
    {
        int length;
        _ = time switch
        {
            { TotalMinutes: < 1 } => text.TryWrite($"{time.Seconds}s", out length),
            { TotalHours: < 1 } => text.TryWrite($"{time.Minutes}m {time.Seconds:D2}s", out length),
            { TotalDays: < 1 } => text.TryWrite($"{time.Hours}h {time.Minutes:D2}m", out length),
            _ => text.TryWrite($"{time.Days}d {time.Hours:D2}h", out length),
        };
        return text[..length];
    }

    /// <summary>An amount of memory, of which an MB is 1024² bytes, as in the configuration: <c>3.2 MB</c>, <c>812 MB</c>, <c>10.5 GB</c>.</summary>
    public static string Memory(long bytes) => bytes switch
    {
        < 10L << 20 => $"{bytes / 1048576.0:0.0} MB",
        < 10L << 30 => $"{bytes / 1048576.0:0} MB",
        _ => $"{bytes / 1073741824.0:0.0} GB",
    };
}
