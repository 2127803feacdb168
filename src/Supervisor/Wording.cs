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
