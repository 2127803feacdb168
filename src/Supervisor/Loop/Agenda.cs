namespace Supervisor.Loop;

/// <summary>
/// Who is due when. An entry counts only while the service's state still says the same, so nothing is ever taken off:
/// a timer that has lost its reason is passed over.
/// </summary>
internal sealed class Agenda
{
    private readonly PriorityQueue<ManagedService, TimeSpan> entries = new();

    /// <summary>Notes when the service is due, if it is.</summary>
    public void Note(ManagedService service)
    {
        if (service.State.Due is { } due)
            entries.Enqueue(service, due);
    }

    /// <summary>The next time that anybody is due; null for never.</summary>
    public TimeSpan? Next
    {
        get
        {
            while (entries.TryPeek(out var service, out var due))
            {
                if (service.State.Due == due)
                    return due;
                entries.Dequeue();
            }
            return null;
        }
    }

    /// <summary>Takes one service that is due.</summary>
    public ManagedService? TakeDue(TimeSpan now) => Next <= now ? entries.Dequeue() : null;
}
