using System.Text.Json;

namespace Supervisor.Control;

/// <summary>A JSON-RPC 2.0 request.</summary>
/// <param name="Method">What is asked for.</param>
/// <param name="Params">Its parameters; null if there are none.</param>
/// <param name="Id">What the answer is told by. Without one, which is not the same as null, it is a notification: obeyed, not answered.</param>
internal sealed record RpcRequest(string Method, JsonElement? Params, JsonElement? Id);

/// <summary>Parameters of every method; each uses those that make sense to it.</summary>
/// <param name="Names">Service names or globs.</param>
/// <param name="All">Whether all services are meant; <c>start</c>, <c>stop</c> and <c>restart</c> want it said.</param>
/// <param name="Timeout">Seconds to wait for the outcome.</param>
/// <param name="DryRun">Whether <c>reload</c> is only to tell what it would do.</param>
internal sealed record RpcParams(IReadOnlyList<string>? Names = null, bool All = false, double? Timeout = null, bool DryRun = false);

/// <summary>A JSON-RPC 2.0 answer: either a result or an error.</summary>
internal sealed record RpcResponse(JsonElement? Id, StatusReport? Result, RpcError? Error);

/// <summary>What went wrong, and how things stand.</summary>
internal sealed record RpcError(int Code, string Message, StatusReport? Data = null);

/// <summary>The messages of the control socket: compact, one a line.</summary>
internal static class ControlJson
{
    /// <summary>How deep a request may be nested.</summary>
    public const int MaxDepth = 16;

    /// <summary>A client's request, a line.</summary>
    public static ReadOnlyMemory<byte> Call(int id, string method, RpcParams parameters) => JsonExtensions.Line(writer =>
    {
        writer.WriteString("jsonrpc", "2.0");
        writer.WriteNumber("id", id);
        writer.WriteString("method", method);
        writer.WriteStartObject("params");
        writer.WriteIfAny("names", parameters.Names);
        writer.WriteIfAny("all", parameters.All ? true : null);
        writer.WriteIfAny("timeout", parameters.Timeout);
        writer.WriteIfAny("dry_run", parameters.DryRun ? true : null);
        writer.WriteEndObject();
    });

    /// <summary>The answer to one, a line.</summary>
    public static ReadOnlyMemory<byte> Answer(RpcResponse response) => JsonExtensions.Line(writer =>
    {
        WriteId(writer, response.Id);
        if (response.Result is { } result)
            StatusJson.Write(writer, "result", result);
        if (response.Error is { } error)
            Write(writer, error);
    });

    /// <summary>The answer to <c>events</c>: that events follow, or why not; a line.</summary>
    public static ReadOnlyMemory<byte> Subscribed(JsonElement? id, RpcError? error) => JsonExtensions.Line(writer =>
    {
        WriteId(writer, id);
        if (error is not null)
        {
            Write(writer, error);
            return;
        }
        writer.WriteStartObject("result");
        writer.WriteBoolean("subscribed", true);
        writer.WriteEndObject();
    });

    /// <summary>An answer, as the client reads it.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static RpcResponse ReadAnswer(ReadOnlyMemory<byte> line)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.Read(answer => new RpcResponse(
            answer.Find("id")?.Clone(),
            answer.Find("result") is { } result ? StatusJson.Read(result) : null,
            answer.Find("error") is { } error ? ReadError(error) : null));
    }

    private static void WriteId(Utf8JsonWriter writer, JsonElement? id)
    {
        writer.WriteString("jsonrpc", "2.0");
        writer.WritePropertyName("id");
        if (id is { } known)
            known.WriteTo(writer);
        else
            writer.WriteNullValue();
    }

    private static void Write(Utf8JsonWriter writer, RpcError error)
    {
        writer.WriteStartObject("error");
        writer.WriteNumber("code", error.Code);
        writer.WriteString("message", error.Message);
        if (error.Data is { } data)
            StatusJson.Write(writer, "data", data);
        writer.WriteEndObject();
    }

    private static RpcError ReadError(JsonElement error) => new(
        error.GetProperty("code").GetInt32(),
        error.GetProperty("message").Text(),
        error.Find("data") is { } data ? StatusJson.Read(data) : null);
}
