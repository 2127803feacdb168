using System.Text.Json;
using System.Text.Json.Serialization;

namespace Supervisor.Control;

/// <summary>A JSON-RPC 2.0 request. Without an id, which is not the same as null, it is a notification: obeyed, not answered.</summary>
internal sealed record RpcRequest(string? Jsonrpc, string? Method, JsonElement? Params = null, JsonElement Id = default);

/// <summary>Parameters of every method; each uses those that make sense to it.</summary>
/// <param name="Names">Service names or globs.</param>
/// <param name="All">Whether all services are meant; <c>start</c>, <c>stop</c> and <c>restart</c> want it said.</param>
/// <param name="Timeout">Seconds to wait for the outcome.</param>
/// <param name="DryRun">Whether <c>reload</c> is only to tell what it would do.</param>
internal sealed record RpcParams(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Names = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool All = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Timeout = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool DryRun = false);

/// <summary>A JSON-RPC 2.0 answer: either a result or an error.</summary>
internal sealed record RpcResponse(
    string Jsonrpc,
    JsonElement? Id,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] StatusReport? Result,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RpcError? Error);

/// <summary>The answer to <c>events</c>.</summary>
internal sealed record RpcSubscribed(
    string Jsonrpc,
    JsonElement Id,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SubscribedReport? Result,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RpcError? Error);

/// <summary>That events follow.</summary>
internal sealed record SubscribedReport(bool Subscribed);

/// <summary>What went wrong, and how things stand.</summary>
internal sealed record RpcError(
    int Code,
    string Message,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] StatusReport? Data = null);

/// <summary>The client's side of a request.</summary>
internal sealed record RpcCall(string Jsonrpc, int Id, string Method, RpcParams Params);

/// <summary>Compact, one message a line.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, MaxDepth = 16)]
[JsonSerializable(typeof(RpcRequest))]
[JsonSerializable(typeof(RpcParams))]
[JsonSerializable(typeof(RpcResponse))]
[JsonSerializable(typeof(RpcSubscribed))]
[JsonSerializable(typeof(RpcCall))]
[JsonSerializable(typeof(StatusReport))]
internal sealed partial class ControlJson : JsonSerializerContext;
