namespace Supervisor.Daemon.Polling;

/// <summary>Work for a worker that looks at the whole machine, and so costs as much for many as for one: what comes while it is done is done next, all at once.</summary>
/// <param name="worker">Does it.</param>
/// <param name="work">On the worker: the result for each. It must not throw.</param>
/// <param name="done">By the loop: hears of each.</param>
internal sealed class Batch<TItem, TResult>(Worker worker, Func<IReadOnlyList<TItem>, IReadOnlyList<TResult>> work, Action<TItem, TResult> done)
{
    private List<TItem> waiting = [];
    private bool isAtWork;

    /// <summary>Has it done for one more.</summary>
    public void Add(TItem item)
    {
        waiting.Add(item);
        Begin();
    }

    private void Begin()
    {
        if (isAtWork || waiting.Count == 0)
            return;
        isAtWork = true;
        IReadOnlyList<TResult> results = [];
        var items = waiting;
        waiting = [];
        worker.Post(() => results = work(items), () =>
        {
            foreach (var (item, result) in items.Zip(results))
                done(item, result);
            isAtWork = false;
            Begin();
        });
    }
}
