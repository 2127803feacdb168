namespace Supervisor.Daemon;

/// <summary>Several places where events go.</summary>
internal sealed class EventSinks(IReadOnlyList<IEventSink> sinks) : IEventSink
{
    public void Write(EventRecord record)
    {
        foreach (var sink in sinks)
            sink.Write(record);
    }
}
