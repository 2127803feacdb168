namespace Supervisor.Daemon.Polling;

/// <summary>Something that is due at some time, or at none.</summary>
internal abstract class Deadline
{
    /// <summary>When, on the monotonic clock; null for never. Set by <see cref="Deadlines.Set"/> alone.</summary>
    public TimeSpan? Due { get; internal set; }

    /// <summary>Where it stands in the heap; meaningless while nothing is due.</summary>
    internal int Place { get; set; }

    /// <summary>Whether its time has come, and it was not told yet.</summary>
    internal bool IsFiring { get; set; }

    /// <summary>It is due, and no longer set.</summary>
    public abstract void OnDue(TimeSpan now);
}

/// <summary>
/// All deadlines of the process, in a binary heap: the only timer there is. Each knows its place, so that it can be moved and taken out,
/// and nothing is allocated once the heap is large enough.
/// </summary>
internal sealed class Deadlines
{
    private readonly List<Deadline> heap = [];
    private readonly List<Deadline> firing = [];

    /// <summary>Now on the clock that all of them go by, the machine's monotonic one: the same for every supervisor of one boot.</summary>
    public static TimeSpan NowOn(TimeProvider time) => time.GetElapsedTime(0, time.GetTimestamp());

    /// <summary>When the next one is due; null for never.</summary>
    public TimeSpan? Next => heap.Count > 0 ? heap[0].Due : null;

    /// <summary>Has one be due at another time, or at none.</summary>
    public void Set(Deadline deadline, TimeSpan? due)
    {
        deadline.IsFiring = false;
        if (deadline.Due == due)
            return;
        if (deadline.Due is null)
        {
            deadline.Place = heap.Count;
            heap.Add(deadline);
        }
        deadline.Due = due;
        if (due is null)
            TakeOut(deadline.Place);
        else
            Move(deadline.Place);
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
            var deadline = heap[0];
            TakeOut(0);
            (deadline.Due, deadline.IsFiring) = (null, true);
            firing.Add(deadline);
        }
        foreach (var deadline in firing)
        {
            // Another one that was due just now may have put it off, or called it off.
            if (!deadline.IsFiring)
                continue;
            deadline.IsFiring = false;
            deadline.OnDue(now);
        }
        firing.Clear();
    }

    private void TakeOut(int place)
    {
        var last = heap[^1];
        heap.RemoveAt(heap.Count - 1);
        if (place == heap.Count)
            return;
        Put(last, place);
        Move(place);
    }

    /// <summary>Has one that stands at the wrong place move up or down, until those above are due before it, and those below after it.</summary>
    private void Move(int place)
    {
        var moved = heap[place];
        for (int parent; place > 0 && heap[parent = (place - 1) / 2].Due > moved.Due; place = parent)
            Put(heap[parent], place);
        for (int child; (child = (2 * place) + 1) < heap.Count; place = child)
        {
            if (child + 1 < heap.Count && heap[child + 1].Due < heap[child].Due)
                child++;
            if (heap[child].Due >= moved.Due)
                break;
            Put(heap[child], place);
        }
        Put(moved, place);
    }

    private void Put(Deadline deadline, int place)
    {
        heap[place] = deadline;
        deadline.Place = place;
    }
}
