using System.Diagnostics;

namespace Supervisor.Chaos;

/// <summary>When the supervisor itself was held up or starved, so that what went wrong then is not held against it.</summary>
internal sealed class Shortages
{
    // After the end of one there is a backlog to work off.
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly List<Shortage> all = [];

    /// <summary>Time, for this and for those who ask.</summary>
    public static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    /// <summary>One begins.</summary>
    public Shortage Begin(string kind)
    {
        lock (gate)
        {
            var shortage = new Shortage(kind, Now);
            all.Add(shortage);
            return shortage;
        }
    }

    /// <summary>Whether there was one at any time since then, or shortly before.</summary>
    public bool AnySince(TimeSpan since)
    {
        lock (gate)
            return all.Exists(shortage => shortage.End is null || shortage.End + Aftermath > since);
    }
}

/// <summary>One of them.</summary>
internal sealed class Shortage(string kind, TimeSpan begin)
{
    public string Kind { get; } = kind;

    public TimeSpan Begin { get; } = begin;

    /// <summary>Its end; null while it lasts.</summary>
    public TimeSpan? End { get; set; }
}
