using System.Diagnostics;

namespace Supervisor.Chaos;

/// <summary>When the supervisor itself was held up or starved, so that what went wrong then is not held against it.</summary>
/// <param name="aftermath">How long it is felt.</param>
internal sealed class Shortages(TimeSpan aftermath)
{
    /// <summary>After the end of a shortage there is a backlog to work off.</summary>
    public static TimeSpan Backlog { get; } = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly List<Shortage> all = [];

    /// <summary>Time, for this and for those who ask.</summary>
    public static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    /// <summary>How many there were.</summary>
    public int Count
    {
        get
        {
            lock (gate)
                return all.Count;
        }
    }

    /// <summary>Whether there is one now.</summary>
    public bool IsUnderWay
    {
        get
        {
            lock (gate)
                return all.Exists(shortage => shortage.End is null);
        }
    }

    /// <summary>All, in their order.</summary>
    public IReadOnlyList<Shortage> All
    {
        get
        {
            lock (gate)
                return [.. all];
        }
    }

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
            return all.Exists(shortage => shortage.End is null || shortage.End + aftermath > since);
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
