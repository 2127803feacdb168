using System.Text.Json;

namespace Supervisor.Protocol;

/// <summary>A JSON-RPC 2.0 request.</summary>
/// <param name="Method">What is asked for.</param>
/// <param name="Params">Its parameters; null if there are none.</param>
/// <param name="Id">What the answer is told by. Without one, which is not the same as null, it is a notification: obeyed, not answered.</param>
public sealed record RpcRequest(string Method, JsonElement? Params, JsonElement? Id);

/// <summary>Parameters of every method; each uses those that make sense to it.</summary>
/// <param name="Names">Service names or globs.</param>
/// <param name="All">Whether all services are meant; <c>start</c>, <c>stop</c> and <c>restart</c> want it said.</param>
/// <param name="Timeout">Seconds to wait for the outcome.</param>
/// <param name="DryRun">Whether <c>reload</c> is only to tell what it would do.</param>
public sealed record RpcParams(IReadOnlyList<string>? Names = null, bool All = false, double? Timeout = null, bool DryRun = false);

/// <summary>A JSON-RPC 2.0 answer: either a result or an error.</summary>
public sealed record RpcResponse(JsonElement? Id, StatusReport? Result, RpcError? Error);

/// <summary>What went wrong, and how things stand.</summary>
public sealed record RpcError(int Code, string Message, StatusReport? Data = null);

/// <summary>The messages of the control socket: compact, one a line.</summary>
public static class ControlJson
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

/// <summary>Reads requests from strangers: nothing in one may be of the wrong kind, or cost the loop much time.</summary>
public static class RequestReader
{
    /// <summary>What a request has to be.</summary>
    public const string Wanted = "a message is an object with \"jsonrpc\": \"2.0\", a \"method\" and, unless it is a notification, an \"id\" that is a string or a number; there are no batches";

    private const int MaxNames = 1000;
    private const int MaxNameLength = 128; // twice that of a service's name
    private const int MaxGlobs = 16; // each is matched with every service

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = ControlJson.MaxDepth };

    /// <summary>The request, or null where the text is JSON but no request.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static RpcRequest? Read(ReadOnlySpan<byte> text)
    {
        var message = JsonElement.Parse(text, Options);
        try
        {
            return message.Read(ReadCall);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Its parameters.</summary>
    /// <exception cref="ArgumentException">They are not as they should be.</exception>
    public static RpcParams ReadParams(RpcRequest call)
    {
        try
        {
            var parameters = call.Params?.Read(ReadParams) ?? new();
            CheckNames(parameters.Names ?? []);
            return parameters;
        }
        catch (JsonException)
        {
            throw new ArgumentException("an object is wanted, such as {\"names\": [\"a\"], \"timeout\": 5} or {\"all\": true}");
        }
    }

    private static RpcRequest? ReadCall(JsonElement call) =>
        call.GetProperty("jsonrpc").Text() == "2.0" && (!call.TryGetProperty("id", out var id) || IsId(id))
            ? new(call.GetProperty("method").Text(), call.Find("params"), id.ValueKind == JsonValueKind.Undefined ? null : id)
            : null;

    private static RpcParams ReadParams(JsonElement parameters) => new(
        parameters.Find("names")?.List(name => name.GetString()!),
        parameters.Find("all")?.GetBoolean() ?? false,
        parameters.Find("timeout")?.GetDouble(),
        parameters.Find("dry_run")?.GetBoolean() ?? false);

    private static bool IsId(JsonElement id) => id.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Number => true,
        // Half of a surrogate pair can be written as JSON, but not be read as text: this throws.
        JsonValueKind.String => id.GetString() is not null,
        _ => false,
    };

    private static void CheckNames(IReadOnlyList<string?> names)
    {
        if (names.Count > MaxNames || names.Any(name => name is null or { Length: > MaxNameLength }))
            throw new ArgumentException($"\"names\" are at most {MaxNames} strings of at most {MaxNameLength} characters");
        if (names.Count(name => Glob.Is(name!)) > MaxGlobs)
            throw new ArgumentException($"\"names\" may hold at most {MaxGlobs} globs");
    }
}
