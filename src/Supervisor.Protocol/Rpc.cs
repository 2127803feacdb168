using System.Text;
using System.Text.Json;

namespace Supervisor.Protocol;

/// <summary>One message of a client, read once: what is asked, or why it cannot be.</summary>
/// <param name="Id">What the answer is told by. Null, which is not the same as a JSON null, for a notification: obeyed, not answered.</param>
/// <param name="Request">What is asked; null if <paramref name="Error"/> says why that makes no sense.</param>
/// <param name="Error">What is wrong with the message; null if nothing is.</param>
/// <param name="Patience">How long the client waits for the outcome.</param>
/// <param name="Config">The configuration file that the client means; null if it takes whichever is served.</param>
public sealed record Call(JsonElement? Id, Request? Request, Fault? Error, TimeSpan Patience = default, string? Config = null);

/// <summary>Parameters of every method; each uses those that make sense to it.</summary>
/// <param name="Names">Service names or globs.</param>
/// <param name="All">Whether all services are meant; <c>start</c>, <c>stop</c> and <c>restart</c> want it said.</param>
/// <param name="Timeout">Seconds to wait for the outcome.</param>
/// <param name="DryRun">Whether <c>reload</c> is only to tell what it would do.</param>
/// <param name="Config">The path of the configuration file that is meant; null for whichever is served.</param>
/// <param name="Restarts">How many restarts of each service <c>wait</c> bears; null for any number.</param>
/// <param name="Signal">What <c>signal</c> sends.</param>
/// <param name="Group">Whether it sends that to whole groups.</param>
public sealed record RpcParams(IReadOnlyList<string>? Names = null, bool All = false, double? Timeout = null, bool DryRun = false, string? Config = null, int? Restarts = null, string? Signal = null, bool Group = false);

/// <summary>The messages of the control socket, JSON-RPC 2.0, compact, one a line: each shape is written and read here, and nowhere else.</summary>
public static class Rpc
{
    private const int MaxDepth = 16;
    private const int MaxNames = 1000;
    private const int MaxNameLength = 128; // twice that of a service's name
    private const int MaxGlobs = 16; // each is matched with every service

    private const string Wanted = "a message is an object with \"jsonrpc\": \"2.0\", a \"method\" and, unless it is a notification, an \"id\" that is a string or a number";
    private const string NoBatches = "there are no batches; send each message on a line of its own";

    /// <summary>The longest that a client may wait for an outcome.</summary>
    public static readonly TimeSpan LongestPatience = TimeSpan.FromDays(30);

    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(60);
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MaxDepth };

    /// <summary>A client's message. It comes from a stranger: nothing in it may be of the wrong kind, or cost the loop much time.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static Call ReadCall(ReadOnlySpan<byte> line)
    {
        var message = JsonElement.Parse(line, Options);
        try
        {
            return message.Read(ReadCall);
        }
        catch (JsonException)
        {
            return Invalid(null); // Its id is no text.
        }
    }

    /// <summary>A client's message, to be sent. It is put together by hand, for the tables of the JSON writer take longer to set up than a short answer takes to read.</summary>
    public static ReadOnlyMemory<byte> WriteCall(int id, string method, RpcParams parameters)
    {
        var members = new List<string>();
        if (parameters.Names is { } names)
            members.Add($"\"names\":[{string.Join(',', names.Select(Quote))}]");
        if (parameters.All)
            members.Add("\"all\":true");
        if (parameters.Timeout is { } timeout)
            members.Add($"\"timeout\":{timeout}");
        if (parameters.DryRun)
            members.Add("\"dry_run\":true");
        if (parameters.Config is { } config)
            members.Add($"\"config\":{Quote(config)}");
        if (parameters.Restarts is { } restarts)
            members.Add($"\"restarts\":{restarts}");
        if (parameters.Signal is { } signal)
            members.Add($"\"signal\":{Quote(signal)}");
        if (parameters.Group)
            members.Add("\"group\":true");
        return Encoding.UTF8.GetBytes($"{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"{method}\",\"params\":{{{string.Join(',', members)}}}}}\n");
    }

    /// <summary>A text as a value. Most names and paths need no escapes, and then the encoder, which has tables of its own, is not set up.</summary>
    private static string Quote(string text) =>
        text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '/' or '.' or '-' or '_' or '@' or ' ' or '*') ? $"\"{text}\"" : $"\"{JsonEncodedText.Encode(text)}\"";

    /// <summary>The answer to one.</summary>
    public static ReadOnlyMemory<byte> WriteReply(JsonElement? id, Reply reply) => JsonExtensions.Line(
        writer =>
        {
            WriteId(writer, id);
            if (reply.Error is { } error)
                Write(writer, error, reply.Report);
            else if (reply.Report is { } report)
                StatusJson.Write(writer, "result", report);
        },
        length: StatusJson.LengthOf(reply.Report));

    /// <summary>The answer, as the client reads it. It is read once, from front to back, for it may be of a thousand services.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static Reply ReadReply(ReadOnlySpan<byte> line)
    {
        try
        {
            var json = new Utf8JsonReader(line);
            json.Read();
            (StatusReport? result, Reply? failure) = (null, null);
            for (json.Enter(); json.Next();)
                _ = json.Take("result"u8, ref result, StatusJson.Read) || json.Take("error"u8, ref failure, ReadFailure) || json.Pass();
            return failure ?? new(result);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException)
        {
            throw new JsonException(e.Message, e);
        }
    }

    /// <summary>The answer to <c>events</c>: they follow.</summary>
    public static ReadOnlyMemory<byte> WriteSubscribed(JsonElement? id) => JsonExtensions.Line(writer =>
    {
        WriteId(writer, id);
        writer.WriteStartObject("result");
        writer.WriteBoolean("subscribed", true);
        writer.WriteEndObject();
    });

    /// <summary>The notification of an event.</summary>
    public static ReadOnlyMemory<byte> WriteEvent(EventRecord record) =>
        (byte[])[.. "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":"u8, .. EventJson.Write(record).Span[..^1], .. "}\n"u8];

    /// <summary>The event of a notification; null for whatever else it is, such as the answer to <c>events</c>.</summary>
    public static EventRecord? ReadEvent(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonElement.Parse(line).Read(message => message.Find("params") is { } record ? EventJson.Read(record) : null);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Call Invalid(JsonElement? id, string why = Wanted) => new(id, null, new(Fault.InvalidRequest, why));

    private static Call ReadCall(JsonElement call)
    {
        if (call.ValueKind != JsonValueKind.Object)
            return Invalid(null, call.ValueKind == JsonValueKind.Array ? NoBatches : Wanted);
        JsonElement? id = call.TryGetProperty("id", out var given) ? given : null;
        if (id is not null && !IsId(given))
            return Invalid(null);
        try
        {
            return ReadCall(call, id, call.Read(MethodOf));
        }
        catch (JsonException)
        {
            return Invalid(id);
        }
    }

    private static string MethodOf(JsonElement call) =>
        call.GetProperty("jsonrpc").Text() == "2.0" ? call.GetProperty("method").Text() : throw new FormatException("another protocol");

    private static Call ReadCall(JsonElement call, JsonElement? id, string method)
    {
        try
        {
            var parameters = ReadParams(call.Find("params"));
            return RequestOf(method, parameters) is { } request
                ? new(id, request, null, PatienceOf(parameters), parameters.Config)
                : new(id, null, new(Fault.MethodNotFound, $"no method is named {Printable.Quote(method)}"));
        }
        catch (ArgumentException e)
        {
            return new(id, null, new(Fault.InvalidParams, $"params of {Printable.Quote(method)}: {e.Message}"));
        }
    }

    private static Request? RequestOf(string method, RpcParams parameters) => method switch
    {
        "status" => new Request.Status(parameters.Names),
        "wait" => new Request.Wait(parameters.Names, parameters.Restarts is < 0 or > 1_000_000 ? throw new ArgumentException("\"restarts\" is a number from 0 to 1000000") : parameters.Restarts),
        "start" => new Request.Start(Explicit(parameters)),
        "stop" => new Request.Stop(Explicit(parameters)),
        "restart" => new Request.Restart(Explicit(parameters)),
        "signal" => new Request.Signal(Explicit(parameters), Platform.Current.SignalNamed(parameters.Signal ?? "") ?? throw new ArgumentException("\"signal\" is the name of one, such as \"SIGHUP\""), parameters.Group),
        "events" => new Request.Events(parameters.Names),
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

    private static TimeSpan PatienceOf(RpcParams parameters) => parameters.Timeout switch
    {
        null => DefaultPatience,
        >= 0 and var seconds when seconds <= LongestPatience.TotalSeconds => TimeSpan.FromSeconds(seconds),
        _ => throw new ArgumentException($"\"timeout\" is a number of seconds from 0 to {LongestPatience.TotalSeconds}"),
    };

    private static RpcParams ReadParams(JsonElement? given)
    {
        try
        {
            var parameters = given?.Read(one => new RpcParams(
                one.Find("names")?.List(name => name.GetString()!),
                one.Find("all")?.GetBoolean() ?? false,
                one.Find("timeout")?.GetDouble(),
                one.Find("dry_run")?.GetBoolean() ?? false,
                one.Find("config")?.Text(),
                one.Find("restarts")?.GetInt32(),
                one.Find("signal")?.Text(),
                one.Find("group")?.GetBoolean() ?? false)) ?? new();
            CheckNames(parameters.Names ?? []);
            return parameters;
        }
        catch (JsonException)
        {
            throw new ArgumentException("an object is wanted, such as {\"names\": [\"a\"], \"timeout\": 5} or {\"all\": true}");
        }
    }

    private static void CheckNames(IReadOnlyList<string?> names)
    {
        if (names.Count > MaxNames || names.Any(name => name is null or { Length: > MaxNameLength }))
            throw new ArgumentException($"\"names\" are at most {MaxNames} strings of at most {MaxNameLength} characters");
        if (names.Count(name => Glob.Is(name!)) > MaxGlobs)
            throw new ArgumentException($"\"names\" may hold at most {MaxGlobs} globs");
    }

    private static bool IsId(JsonElement id) => id.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Number => true,
        // Half of a surrogate pair can be written as JSON, but not be read as text: this throws.
        JsonValueKind.String => id.GetString() is not null,
        _ => false,
    };

    private static Reply ReadFailure(ref Utf8JsonReader json, Reply? previous)
    {
        (int code, string? message, StatusReport? data) = (0, null, null);
        for (json.Enter(); json.Next();)
            _ = json.Take("code"u8, ref code) || json.Take("message"u8, ref message) || json.Take("data"u8, ref data, StatusJson.Read) || json.Pass();
        return new(data, new(code, message ?? ""));
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

    private static void Write(Utf8JsonWriter writer, Fault error, StatusReport? data)
    {
        writer.WriteStartObject("error");
        writer.WriteNumber("code", error.Code);
        writer.WriteString("message", error.Message);
        if (data is not null)
            StatusJson.Write(writer, "data", data);
        writer.WriteEndObject();
    }
}
