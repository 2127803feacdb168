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

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = ControlJson.Default.Options.MaxDepth };

    /// <summary>The request, or null where the text is JSON but no request.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static RpcRequest? Read(ReadOnlySpan<byte> text)
    {
        var message = JsonElement.Parse(text, Options);
        try
        {
            return message.Deserialize(ControlJson.Default.RpcRequest) is { Jsonrpc: "2.0", Method: not null } call && IsId(call.Id) ? call : null;
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
            var parameters = call.Params?.Deserialize(ControlJson.Default.RpcParams) ?? new();
            CheckNames(parameters.Names ?? []);
            return parameters;
        }
        catch (JsonException)
        {
            throw new ArgumentException("an object is wanted, such as {\"names\": [\"a\"], \"timeout\": 5} or {\"all\": true}");
        }
    }

    private static bool IsId(JsonElement id) => id.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.Number => true,
        JsonValueKind.String => IsText(id),
        _ => false,
    };

    /// <summary>Half of a surrogate pair can be written as JSON, but not be read as text.</summary>
    private static bool IsText(JsonElement text)
    {
        try
        {
            return text.GetString() is not null;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static void CheckNames(IReadOnlyList<string?> names)
    {
        if (names.Count > MaxNames || names.Any(name => name is null or { Length: > MaxNameLength }))
            throw new ArgumentException($"\"names\" are at most {MaxNames} strings of at most {MaxNameLength} characters");
        if (names.Count(name => Glob.Is(name!)) > MaxGlobs)
            throw new ArgumentException($"\"names\" may hold at most {MaxGlobs} globs");
    }
}
