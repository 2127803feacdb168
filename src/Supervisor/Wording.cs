namespace Supervisor;

/// <summary>How the program says things to people.</summary>
internal static class Wording
{
    /// <summary>A length of time, as exact as anybody needs it: <c>40ms</c>, <c>1.5s</c>, <c>42s</c>, <c>5m 12s</c>, <c>1h 03m</c>.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalMilliseconds: < 999.5 } => $"{time.TotalMilliseconds:0}ms",
        { TotalSeconds: < 10 } => $"{time.TotalSeconds:0.#}s",
        _ => Uptime(time),
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
