using System.Threading.Channels;

namespace Supervisor.Loop;

/// <summary>
/// Writes events, one line each, from a task of its own: a terminal that is held, or a pipe that nobody reads, may
/// block it for ever, and nobody else. What does not fit its queue meanwhile is dropped, oldest first.
/// </summary>
internal sealed class EventLog : IEventSink, IAsyncDisposable
{
    private const int Capacity = 4096;
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    private readonly Channel<EventRecord> queue = Channel.CreateBounded<EventRecord>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly TimeProvider time;
    private readonly Task writing;

    public EventLog(TextWriter output, TimeProvider time)
    {
        this.time = time;
        writing = Task.Run(() => WriteAllAsync(output));
    }

    public void Write(EventRecord record) => queue.Writer.TryWrite(record);

    /// <summary>Writes what is left, if that can be done soon.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await Task.WhenAny(writing, Task.Delay(LastWords, time)).ConfigureAwait(false);
    }

    private async Task WriteAllAsync(TextWriter output)
    {
        await foreach (var record in queue.Reader.ReadAllAsync().ConfigureAwait(false))
            TryWrite(output, record.ToLine());
    }

    private static void TryWrite(TextWriter output, string line)
    {
        try
        {
            output.WriteLine(line);
        }
        catch (IOException)
        {
            // The reader has gone, or the disk is full. Supervision goes on unheard.
        }
    }
}
