namespace Supervisor.Configuration;

/// <summary>Reads whole numbers.</summary>
public static class WholeNumber
{
    /// <summary>Accepts a number without fraction, <paramref name="least"/> and <paramref name="most"/> included.</summary>
    public static ValueReader<int> Between(int least, int most) => (Place at, out int value) =>
    {
        // As in JSON Schema, 3.0 is a whole number.
        var number = (at.Node.Scalar as Node.Number)?.Value ?? double.NaN;
        var isGood = number >= least && number <= most && double.IsInteger(number);
        value = isGood ? (int)number : 0;
        return isGood || at.Expected($"a whole number from {least} to {most}");
    };
}

/// <summary>Reads sizes: text with a unit, or a number of bytes.</summary>
public static class SizeValue
{
    private const long Least = 1024;
    private const long Most = 999_999L << 30;

    /// <summary>A size of a kilobyte or more.</summary>
    public static bool Read(Place at, out long value)
    {
        value = at.Node.Scalar switch
        {
            Node.Number { Value: >= Least and <= Most } number when double.IsInteger(number.Value) => (long)number.Value,
            Node.Text text when Size.TryParse(text.Value, out var bytes) => bytes,
            _ => 0,
        };
        return value > 0 || at.Fail($"{at.Node.Description} is not a size of at least 1KB; write for example 512KB, 50MB, 1GB, or a number of bytes");
    }
}

/// <summary>Reads durations: text, or a number of seconds.</summary>
public static class DurationValue
{
    private const double MaxSeconds = 3_600_000_000;

    private static readonly TimeSpan s_leastPositive = TimeSpan.FromMilliseconds(1);

    /// <summary>A duration of any length.</summary>
    public static bool OrZero(Place at, out TimeSpan value)
    {
        switch (at.Node.Scalar)
        {
            case Node.Number { Value: >= 0 and <= MaxSeconds } seconds:
                value = FromSeconds(seconds.Value);
                return true;
            case Node.Text text when Duration.TryParse(text.Value, out value):
                return true;
            default:
                value = default;
                return at.Fail(
                    $"{at.Node.Description} is not a duration; write for example 250ms, 2s, 1m30s, 1h, or a number of seconds");
        }
    }

    /// <summary>A duration of a millisecond or more: timers know nothing shorter.</summary>
    public static bool Positive(Place at, out TimeSpan value) =>
        OrZero(at, out value) && (value >= s_leastPositive || at.Expected("at least 1ms"));

    // To the microsecond, which is as fine as text can say it.
    private static TimeSpan FromSeconds(double seconds) =>
        TimeSpan.FromTicks((long)Math.Round(seconds * 1_000_000) * TimeSpan.TicksPerMicrosecond);
}
