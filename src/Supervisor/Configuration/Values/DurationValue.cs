using Supervisor.Configuration.Json;

namespace Supervisor.Configuration.Values;

/// <summary>Reads durations: text, or a number of seconds.</summary>
internal static class DurationValue
{
    private const double MaxSeconds = 3_600_000_000;

    private static readonly TimeSpan s_leastPositive = TimeSpan.FromMilliseconds(1);

    /// <summary>A duration of any length.</summary>
    public static bool OrZero(Place at, out TimeSpan value)
    {
        switch (at.Node)
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
