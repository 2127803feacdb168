using System.Runtime.CompilerServices;

namespace Supervisor.Daemon;

/// <summary>The answer to <c>events</c>: that it is heard, then a notification for each event, for as long as anybody listens.</summary>
internal static class EventStream
{
    /// <summary>The messages.</summary>
    /// <param name="call">What was asked.</param>
    /// <param name="feed">Where events come from.</param>
    /// <param name="gone">Set when nobody listens any more.</param>
    /// <exception cref="OperationCanceledException"><paramref name="gone"/> was set.</exception>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> Of(RpcRequest call, EventFeed feed, [EnumeratorCancellation] CancellationToken gone)
    {
        var names = ReadNames(call, out var error);
        using var subscription = feed.Subscribe(names);
        if (call.Id is not null)
            yield return ControlJson.Subscribed(call.Id, error);
        if (error is not null)
            yield break;
        await foreach (var record in subscription.Events.ReadAllAsync(gone).ConfigureAwait(false))
            yield return (byte[])[.. "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":"u8, .. EventJson.Write(record).Span[..^1], .. "}\n"u8];
    }

    private static IReadOnlyList<string>? ReadNames(RpcRequest call, out RpcError? error)
    {
        error = null;
        try
        {
            return RequestReader.ReadParams(call).Names;
        }
        catch (ArgumentException e)
        {
            error = new(Fault.InvalidParams, $"params of {Printable.Quote(call.Method)}: {e.Message}");
            return [];
        }
    }
}
