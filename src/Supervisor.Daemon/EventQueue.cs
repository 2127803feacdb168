using System.Threading.Channels;

namespace Supervisor.Daemon;

/// <summary>
/// Events on their way to a terminal, a pipe or a disk, which may hold up who writes there for ever: that is a task of its own,
/// and nobody else. What does not fit the queue meanwhile is dropped, oldest first.
/// </summary>
internal sealed class EventQueue : IAsyncDisposable
{
    private const int Capacity = 4096;
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    private readonly Channel<Entry> queue;
    private readonly TimeProvider time;
    private readonly Task writing;

    /// <param name="put">Writes one, and throws nothing.</param>
    /// <param name="onDropped">Called when one is dropped.</param>
    /// <param name="time">The clock.</param>
    public EventQueue(Action<EventRecord> put, Action onDropped, TimeProvider time)
    {
        this.time = time;
        queue = Channel.CreateBounded<Entry>(
            new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            dropped =>
            {
                if (dropped.Record is not null)
                    onDropped();
            });
        writing = Task.Run(() => WriteAllAsync(put));
    }

    /// <summary>Whether the last one is written.</summary>
    public bool IsDone => writing.IsCompleted;

    /// <summary>One more.</summary>
    public void Write(EventRecord record) => queue.Writer.TryWrite(new(record, null));

    /// <summary>Returns once all until here are written, if that can be done soon.</summary>
    public Task FlushAsync()
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        queue.Writer.TryWrite(new(null, written));
        return Task.WhenAny(written.Task, Task.Delay(LastWords, time));
    }

    /// <summary>The same, and nothing after it.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await Task.WhenAny(writing, Task.Delay(LastWords, time)).ConfigureAwait(false);
    }

    private async Task WriteAllAsync(Action<EventRecord> put)
    {
        await foreach (var (record, written) in queue.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            if (record is not null)
                put(record);
            written?.TrySetResult();
        }
    }

    /// <summary>An event; or a word that all before it are written.</summary>
    private readonly record struct Entry(EventRecord? Record, TaskCompletionSource? Written);
}
