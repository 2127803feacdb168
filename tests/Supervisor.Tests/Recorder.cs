using System.Threading.Channels;

namespace Supervisor.Tests;

/// <summary>Keeps the events, for those who wait for one.</summary>
internal sealed class Recorder : IEventSink
{
    private readonly Channel<EventRecord> records = Channel.CreateUnbounded<EventRecord>();

    public void Write(EventRecord record) => records.Writer.TryWrite(record);

    /// <summary>The next one of this kind, of which there must be one soon.</summary>
    public async Task<EventRecord> NextAsync(string kind)
    {
        EventRecord record;
        do
            record = await records.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        while (record.Event != kind);
        return record;
    }

    /// <summary>Those that nobody has waited for.</summary>
    public IReadOnlyList<EventRecord> Rest()
    {
        var rest = new List<EventRecord>();
        while (records.Reader.TryRead(out var record))
            rest.Add(record);
        return rest;
    }
}
