namespace Supervisor.Daemon.Logs;

/// <summary>Decides how long a log that is being written to may go unwatched.</summary>
internal static class CheckDelay
{
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(50);
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <summary>Half of the time in which it would become too large, if it went on growing as it did.</summary>
    /// <param name="room">Bytes until it is too large.</param>
    /// <param name="grown">Bytes by which it grew.</param>
    /// <param name="elapsed">In which time it did.</param>
    public static TimeSpan For(long room, long grown, TimeSpan elapsed)
    {
        if (grown <= 0 || elapsed <= TimeSpan.Zero)
            return Longest;
        var seconds = room / (grown / elapsed.TotalSeconds) / 2;
        return TimeSpan.FromSeconds(Math.Clamp(seconds, Shortest.TotalSeconds, Longest.TotalSeconds));
    }
}
