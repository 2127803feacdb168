using System.Text.Json;
using System.Threading.Channels;

namespace Supervisor.Daemon;

/// <summary>One message of JSON-RPC 2.0 in, one out.</summary>
internal sealed class Dispatcher(ChannelWriter<Message> inbox, TimeProvider time)
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(60);

    /// <summary>The answer to one message; null if none is wanted.</summary>
    /// <param name="line">The message.</param>
    /// <param name="gone">Set when nobody waits for the answer any more.</param>
    /// <param name="by">Who asks; null if that is not known.</param>
    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="gone"/> was set.</exception>
    public async Task<RpcResponse?> AnswerAsync(ReadOnlyMemory<byte> line, CancellationToken gone, Requester? by = null)
    {
        if (RequestReader.Read(line.Span) is not { } call)
            return Refusal(Fault.InvalidRequest, RequestReader.Wanted);
        var reply = await AnswerAsync(call, by, gone).ConfigureAwait(false);
        return call.Id is { } id ? Response(id, reply) : null;
    }

    /// <summary>The answer to what is no message at all.</summary>
    public static RpcResponse Refusal(int code, string message) => new(null, null, new(code, message));

    private async Task<Outcome> AnswerAsync(RpcRequest call, Requester? by, CancellationToken gone)
    {
        try
        {
            var parameters = RequestReader.ReadParams(call);
            return Parse(call.Method, parameters) is { } request
                ? await AskAsync(request, by, Patience(parameters), gone).ConfigureAwait(false)
                : new(null, new(Fault.MethodNotFound, $"no method is named {Printable.Quote(call.Method)}"));
        }
        catch (ArgumentException e)
        {
            return new(null, new(Fault.InvalidParams, $"params of {Printable.Quote(call.Method)}: {e.Message}"));
        }
    }

    private static Request? Parse(string method, RpcParams parameters) => method switch
    {
        "status" => new Request.Status(parameters.Names),
        "wait" => new Request.Wait(parameters.Names),
        "start" => new Request.Start(Explicit(parameters)),
        "stop" => new Request.Stop(Explicit(parameters)),
        "restart" => new Request.Restart(Explicit(parameters)),
        "reload" => new Request.Reload(parameters.DryRun),
        "upgrade" => new Request.Upgrade(),
        "shutdown" => new Request.Shutdown(),
        _ => null,
    };

    /// <summary>What changes things wants names, or "all" said aloud.</summary>
    private static IReadOnlyList<string>? Explicit(RpcParams parameters) => (parameters.Names, parameters.All) switch
    {
        ({ Count: > 0 } names, false) => names,
        (null, true) => null,
        _ => throw new ArgumentException("needs \"names\": [\"…\"], or \"all\": true"),
    };

    private static TimeSpan Patience(RpcParams parameters) => parameters.Timeout switch
    {
        null => DefaultTimeout,
        >= 0 and <= 86400 => TimeSpan.FromSeconds(parameters.Timeout.Value),
        _ => throw new ArgumentException("\"timeout\" is a number of seconds from 0 to 86400"),
    };

    private async Task<Outcome> AskAsync(Request request, Requester? by, TimeSpan patience, CancellationToken gone)
    {
        var reply = new TaskCompletionSource<Reply>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!inbox.TryWrite(new Message.Asked(request, reply, by)))
            return new(null, new(Fault.Failed, "the supervisor has shut down"));
        try
        {
            var limit = request is Request.Shutdown ? Timeout.InfiniteTimeSpan : patience;
            var answer = await reply.Task.WaitAsync(limit, time, gone).ConfigureAwait(false);
            return new(answer.Report, answer.Error);
        }
        catch (TimeoutException)
        {
            return await TimedOutAsync(reply, patience, gone).ConfigureAwait(false);
        }
        finally
        {
            reply.TrySetCanceled(CancellationToken.None);
        }
    }

    /// <summary>What was asked goes on; here is how far it has come.</summary>
    private async Task<Outcome> TimedOutAsync(TaskCompletionSource<Reply> asked, TimeSpan patience, CancellationToken gone)
    {
        var reply = new TaskCompletionSource<Reply>(TaskCreationOptions.RunContinuationsAsynchronously);
        inbox.TryWrite(new Message.Asked(new Request.Overdue(asked, patience), reply));
        var soFar = await reply.Task.WaitAsync(gone).ConfigureAwait(false);
        var answer = asked.Task.IsCompletedSuccessfully ? await asked.Task.ConfigureAwait(false) : soFar;
        return new(answer.Report, answer.Error);
    }

    private static RpcResponse Response(JsonElement id, Outcome outcome) => outcome.Error is { } error
        ? new(id, null, new(error.Code, error.Message, outcome.Report))
        : new(id, outcome.Report, null);

    private sealed record Outcome(StatusReport? Report, Fault? Error);
}
