using System.Text.Json;

namespace Supervisor.Control;

/// <summary>Reads requests from strangers: nothing in one may be of the wrong kind, or cost the loop much time.</summary>
internal static class RequestReader
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
