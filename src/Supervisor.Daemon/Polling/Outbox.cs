using System.Collections.Concurrent;

namespace Supervisor.Daemon.Polling;

/// <summary>
/// Things on their way to a worker, in order. What does not fit is dropped, oldest first, and counted: a terminal that is held
/// up, or a disk that is full, must not cost memory without end.
/// </summary>
/// <param name="worker">Whose work it is.</param>
/// <param name="put">Writes one, on the worker's thread, and throws nothing.</param>
/// <param name="after">Called by the loop after each.</param>
internal sealed class Outbox<T>(Worker worker, Action<T> put, Action? after = null)
{
    private const int Capacity = 4096;

    private readonly ConcurrentQueue<T> queue = new();
    private int dropped;

    /// <summary>How many were dropped since this was last asked. May be asked by the worker.</summary>
    public int TakeDropped() => Interlocked.Exchange(ref dropped, 0);

    /// <summary>One more. It is written after all before it.</summary>
    public void Add(T item)
    {
        queue.Enqueue(item);
        if (queue.Count > Capacity && queue.TryDequeue(out _))
            Interlocked.Increment(ref dropped);
        else
            worker.Post(PutOne, after);
    }

    private void PutOne()
    {
        if (queue.TryDequeue(out var item))
            put(item);
    }
}
