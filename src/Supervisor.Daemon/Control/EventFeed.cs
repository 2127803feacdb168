using System.Collections.Immutable;
using System.Threading.Channels;

namespace Supervisor.Daemon.Control;

/// <summary>Passes events on to those who listen. One who does not keep up is cut off.</summary>
internal sealed class EventFeed : IEventSink
{
    private ImmutableList<Subscription> subscriptions = [];

    public void Write(EventRecord record)
    {
        foreach (var subscription in subscriptions)
            subscription.Offer(record);
    }

    /// <summary>Listens, to these names and globs or to all.</summary>
    public Subscription Subscribe(IReadOnlyList<string>? names)
    {
        var subscription = new Subscription(names, Unsubscribe);
        ImmutableInterlocked.Update(ref subscriptions, (all, one) => all.Add(one), subscription);
        return subscription;
    }

    /// <summary>There will be no more.</summary>
    public void Close()
    {
        foreach (var subscription in subscriptions)
            subscription.Close();
    }

    private void Unsubscribe(Subscription subscription) =>
        ImmutableInterlocked.Update(ref subscriptions, (all, one) => all.Remove(one), subscription);
}

/// <summary>One who listens.</summary>
internal sealed class Subscription(IReadOnlyList<string>? names, Action<Subscription> end) : IDisposable
{
    private const int Capacity = 1024;

    private readonly Channel<EventRecord> queue = Channel.CreateBounded<EventRecord>(Capacity);

    /// <summary>The events; they end when it has fallen too far behind.</summary>
    public ChannelReader<EventRecord> Events => queue.Reader;

    public void Offer(EventRecord record)
    {
        var isMeant = names is null || names.Any(name => record.Service is { } service && Glob.Matches(name, service));
        if (isMeant && !queue.Writer.TryWrite(record))
            Close();
    }

    /// <summary>There will be no more.</summary>
    public void Close() => queue.Writer.TryComplete();

    public void Dispose() => end(this);
}
