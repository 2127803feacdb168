namespace Supervisor.Daemon.Polling;

/// <summary>Something that is due at some time, or at none.</summary>
internal abstract class Deadline
{
    /// <summary>When, on the monotonic clock; null for never. Set by <see cref="Deadlines.Set"/> alone.</summary>
    public TimeSpan? Due { get; internal set; }

    /// <summary>It is due, and no longer set.</summary>
    public abstract void OnDue(TimeSpan now);
}

/// <summary>
/// All deadlines of the process: the only timer there is. A deadline that is moved leaves its old place in the heap behind,
/// which is skipped when its time comes; so moving one costs no search, and nothing is allocated once the heap is large enough.
/// </summary>
internal sealed class Deadlines
{
    private readonly PriorityQueue<Deadline, TimeSpan> heap = new();
    private readonly List<Deadline> firing = [];

    /// <summary>When the next one is due; null for never.</summary>
    public TimeSpan? Next
    {
        get
        {
            while (heap.TryPeek(out var deadline, out var due))
            {
                if (deadline.Due == due)
                    return due;
                heap.Dequeue();
            }
            return null;
        }
    }

    /// <summary>Has one be due at another time, or at none.</summary>
    public void Set(Deadline deadline, TimeSpan? due)
    {
        if (deadline.Due == due)
            return;
        deadline.Due = due;
        if (due is { } time)
            heap.Enqueue(deadline, time);
    }

    /// <summary>
    /// Everything whose time has come, each once: one that is due again at once has to wait until everybody else was heard.
    /// </summary>
    public void Fire(TimeSpan now)
    {
        // What is due may lead to something after which all that is due is asked for: it is being asked already.
        if (firing.Count > 0)
            return;
        while (Next <= now)
            firing.Add(heap.Dequeue());
        foreach (var deadline in firing)
        {
            // Another one that was due just now may have put it off.
            if (!(deadline.Due <= now))
                continue;
            deadline.Due = null;
            deadline.OnDue(now);
        }
        firing.Clear();
    }
}
