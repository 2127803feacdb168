using System.Collections.Concurrent;

namespace Supervisor.Daemon.Polling;

/// <summary>
/// Things on their way to a worker, in order. What does not fit is dropped, oldest first, and counted: a terminal that is held up, or a disk
/// that is full, must not cost memory without end.
/// </summary>
internal sealed class Outbox<T>
{
    private const int Capacity = 4096;

    private readonly ConcurrentQueue<T> queue = new();
    private readonly Worker worker;
    private readonly Action<T> put;
    private readonly Action putAll;
    private int isPosted;
    private int dropped;

    /// <param name="worker">Whose work it is.</param>
    /// <param name="put">Writes one, on the worker's thread, and throws nothing.</param>
    public Outbox(Worker worker, Action<T> put) => (this.worker, this.put, putAll) = (worker, put, PutAll);

    /// <summary>How many were dropped since this was last asked. To be asked by the worker.</summary>
    public int TakeDropped() => Interlocked.Exchange(ref dropped, 0);

    /// <summary>One more. It is written after all before it, at leisure.</summary>
    public void Add(T item)
    {
        queue.Enqueue(item);
        if (queue.Count > Capacity && queue.TryDequeue(out _))
            Interlocked.Increment(ref dropped);
        if (Interlocked.Exchange(ref isPosted, 1) == 0)
            worker.PostAtLeisure(putAll);
    }

    private void PutAll()
    {
        Volatile.Write(ref isPosted, 0);
        while (queue.TryDequeue(out var item))
            put(item);
    }
}
