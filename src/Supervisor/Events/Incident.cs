using Supervisor.Loop;

namespace Supervisor.Events;

/// <summary>The last failure of a service, found in its events.</summary>
/// <param name="Started">The start of the process that failed; null if there was none, or if it is not known any more.</param>
/// <param name="WasHealthy">When that process was first healthy; null for never.</param>
/// <param name="Seen">What led to it: failed probes, the verdict, what was done to the process.</param>
/// <param name="End">The end of the process, or the failed start; null if it has not ended yet.</param>
/// <param name="Done">What followed, up to the health of the next process.</param>
internal sealed record Incident(
    EventRecord? Started,
    EventRecord? WasHealthy,
    IReadOnlyList<EventRecord> Seen,
    EventRecord? End,
    IReadOnlyList<EventRecord> Done)
{
    private static readonly TimeSpan Related = TimeSpan.FromMinutes(1);

    /// <summary>When it came to a head.</summary>
    public DateTimeOffset At => (End ?? Seen[^1]).At;

    /// <summary>When the health check gave it up; null if it did not.</summary>
    public EventRecord? Unhealthy => Seen.LastOrDefault(one => one.Event == "unhealthy");

    /// <summary>The last one among the events of one service; null for none.</summary>
    public static Incident? LastOf(IReadOnlyList<EventRecord> events)
    {
        var at = LastIndex(events, events.Count, one => one is { Failure: true } or { Event: "unhealthy" });
        if (at < 0)
            return null;
        var failure = events[at];
        var start = failure.Pid is null ? -1 : LastIndex(events, at, one => one.Event == "started" && one.Pid == failure.Pid);
        var life = events.Take(at).Skip(start + 1).Where(one => one.Pid is not null && one.Pid == failure.Pid).ToList();
        return new(
            start < 0 ? null : events[start],
            life.FirstOrDefault(one => one.Event == "healthy"),
            [.. SeenIn(life, failure), .. failure.Event == "unhealthy" ? new[] { failure } : []],
            failure.Event == "unhealthy" ? null : failure,
            [.. DoneAfter(events.Skip(at + 1))]);
    }

    /// <summary>The failed probes of the last row of them, if they have to do with it, and all that came after.</summary>
    private static IEnumerable<EventRecord> SeenIn(List<EventRecord> life, EventRecord failure)
    {
        var verdict = life.FindLastIndex(one => one.Event == "unhealthy");
        var first = life.FindLastIndex(verdict < 0 ? life.Count - 1 : verdict, one => one is { Event: "probe_failed", Failures: 1 });
        return life.Skip(Math.Max(0, first < 0 ? verdict : first))
            .Where(one => one.Event is not ("started" or "healthy") && (verdict >= 0 || failure.At - one.At < Related || one.Event != "probe_failed"));
    }

    private static IEnumerable<EventRecord> DoneAfter(IEnumerable<EventRecord> after)
    {
        var started = false;
        foreach (var one in after)
        {
            if (one.Event is "probe_failed" || (started && one.Event is not ("healthy" or "recovered")))
                yield break;
            yield return one;
            started |= one.Event == "started";
            if (one.Event is "healthy" or "recovered")
                yield break;
        }
    }

    private static int LastIndex(IReadOnlyList<EventRecord> events, int before, Func<EventRecord, bool> isIt)
    {
        for (var i = before - 1; i >= 0; i--)
            if (isIt(events[i]))
                return i;
        return -1;
    }
}
