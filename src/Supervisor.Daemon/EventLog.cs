namespace Supervisor.Daemon;

/// <summary>Writes events, one line each, to the supervisor's own stderr.</summary>
internal sealed class EventLog : IEventSink, IAsyncDisposable
{
    private readonly EventQueue queue;

    public EventLog(TextWriter output, TimeProvider time) => queue = new(record => TryWrite(output, record.ToLine()), () => { }, time);

    public void Write(EventRecord record) => queue.Write(record);

    /// <inheritdoc cref="EventQueue.FlushAsync"/>
    public Task FlushAsync() => queue.FlushAsync();

    public ValueTask DisposeAsync() => queue.DisposeAsync();

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
