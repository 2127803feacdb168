namespace Supervisor.Daemon.Polling;

/// <summary>Something that is due at some time, or at none.</summary>
internal abstract class Deadline
{
    /// <summary>When, on the monotonic clock; null for never. Set by <see cref="Deadlines.Set"/> alone.</summary>
    public TimeSpan? Due { get; internal set; }

    /// <summary>Where it stands in the heap; -1 for nowhere.</summary>
    internal int Place { get; set; } = -1;

    /// <summary>It is due, and no longer set.</summary>
    public abstract void OnDue(TimeSpan now);
}

/// <summary>
/// All deadlines of the process: the only timer there is. They are a heap, in which each knows its own place; so moving one costs no
/// search and leaves nothing behind, and nothing is allocated once there is room for all, however often they are moved.
/// </summary>
internal sealed class Deadlines
{
    private readonly List<Deadline> heap = [];
    private readonly List<Deadline> firing = [];

    /// <summary>When the next one is due; null for never.</summary>
    public TimeSpan? Next => heap.Count > 0 ? heap[0].Due : null;

    /// <summary>Has one be due at another time, or at none.</summary>
    public void Set(Deadline deadline, TimeSpan? due)
    {
        if (deadline.Due == due)
            return;
        deadline.Due = due;
        if (due is null)
        {
            Remove(deadline);
            return;
        }
        if (deadline.Place < 0)
        {
            deadline.Place = heap.Count;
            heap.Add(deadline);
        }
        Settle(deadline);
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
        {
            firing.Add(heap[0]);
            Remove(heap[0]);
        }
        foreach (var deadline in firing)
        {
            // Another one that was due just now may have put it off.
            if (!(deadline.Due <= now))
                continue;
            Set(deadline, null);
            deadline.OnDue(now);
        }
        firing.Clear();
    }

    private void Remove(Deadline deadline)
    {
        if (deadline.Place < 0)
            return;
        var last = heap[^1];
        heap.RemoveAt(heap.Count - 1);
        if (last != deadline)
        {
            last.Place = deadline.Place;
            Settle(last);
        }
        deadline.Place = -1;
    }

    /// <summary>Has one go to where it belongs, from where it stands: up while it is due before its parent, down while a child is due before it.</summary>
    private void Settle(Deadline deadline)
    {
        var place = deadline.Place;
        for (int parent; place > 0 && deadline.Due < heap[parent = (place - 1) / 2].Due; place = parent)
            Put(heap[parent], place);
        for (int child; (child = FirstChild(place)) < heap.Count && heap[child].Due < deadline.Due; place = child)
            Put(heap[child], place);
        Put(deadline, place);
    }

    /// <summary>Of the two children of a place, the one that is due first; past the end where there is none.</summary>
    private int FirstChild(int place)
    {
        var child = (2 * place) + 1;
        return child + 1 < heap.Count && heap[child + 1].Due < heap[child].Due ? child + 1 : child;
    }

    private void Put(Deadline deadline, int place)
    {
        heap[place] = deadline;
        deadline.Place = place;
    }
}
