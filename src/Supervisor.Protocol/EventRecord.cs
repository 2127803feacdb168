using System.Text.Encodings.Web;
using System.Text.Json;

namespace Supervisor.Protocol;

/// <summary>
/// Something that happened: a line on stderr, and a line of <c>events.jsonl</c>, where the members that do not apply are
/// left out. Public, so it changes only by addition.
/// </summary>
/// <param name="At">When.</param>
/// <param name="Service">To which service; null for the supervisor itself.</param>
/// <param name="Event">What, in one word: <c>started</c>, <c>exited</c>, <c>alert</c>.</param>
/// <param name="Text">All of it in a sentence.</param>
public sealed record EventRecord(DateTimeOffset At, string? Service, string Event, string Text)
{
    /// <summary>Of which process.</summary>
    public int? Pid { get; init; }

    /// <summary>The code it ended with.</summary>
    public int? Code { get; init; }

    /// <summary>The signal that ended it, or that it was sent.</summary>
    public string? Signal { get; init; }

    public bool? CoreDumped { get; init; }

    public double? RuntimeSeconds { get; init; }

    public long? PeakMemoryBytes { get; init; }

    /// <summary>What the probe saw.</summary>
    public string? Detail { get; init; }

    /// <summary>Failed probes in a row, this one included.</summary>
    public int? Failures { get; init; }

    /// <summary>From the start of the process until it was healthy.</summary>
    public double? AfterSeconds { get; init; }

    /// <summary>Until the next start, or until SIGKILL.</summary>
    public double? DelaySeconds { get; init; }

    /// <summary>Restarts in a row, the one to come included.</summary>
    public int? Restart { get; init; }

    /// <summary>Keys of the configuration.</summary>
    public IReadOnlyList<string>? Keys { get; init; }

    /// <summary>Those for whom it waits.</summary>
    public IReadOnlyList<string>? WaitingFor { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether it was neither asked for nor is what the service is for: what <c>why</c> tells of.</summary>
    public bool? Failure { get; init; }

    /// <summary>What was asked for: <c>restart</c>.</summary>
    public string? Command { get; init; }

    /// <summary>Who asked, as the kernel has it.</summary>
    public uint? Uid { get; init; }

    public string? User { get; init; }

    /// <summary>A file that holds more.</summary>
    public string? File { get; init; }

    /// <summary>The last lines that were written before it.</summary>
    public IReadOnlyList<string>? Output { get; init; }

    /// <summary>As it is shown to people.</summary>
    public string ToLine() => $"{At:yyyy-MM-ddTHH:mm:ssZ} {Service ?? "supervisor"}: {Text}";
}

/// <summary>An event as a line of JSON.</summary>
public static class EventJson
{
    /// <summary>Read by people with grep, not by browsers: quotes and accents stand as they are. Control characters never do.</summary>
    public static JsonWriterOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The line, and its end.</summary>
    public static ReadOnlyMemory<byte> Write(EventRecord record) => JsonExtensions.Line(writer => WriteMembers(writer, record), Options);

    /// <summary>Writes it into an object that has begun.</summary>
    public static void WriteMembers(Utf8JsonWriter writer, EventRecord record)
    {
        writer.WriteString("at"u8, record.At);
        writer.WriteString("service"u8, record.Service);
        writer.WriteString("event"u8, record.Event);
        writer.WriteString("text"u8, record.Text);
        writer.WriteIfAny("pid"u8, record.Pid);
        writer.WriteIfAny("code"u8, record.Code);
        writer.WriteIfAny("signal"u8, record.Signal);
        writer.WriteIfAny("core_dumped"u8, record.CoreDumped);
        writer.WriteIfAny("runtime_seconds"u8, record.RuntimeSeconds);
        writer.WriteIfAny("peak_memory_bytes"u8, record.PeakMemoryBytes);
        writer.WriteIfAny("detail"u8, record.Detail);
        writer.WriteIfAny("failures"u8, record.Failures);
        writer.WriteIfAny("after_seconds"u8, record.AfterSeconds);
        writer.WriteIfAny("delay_seconds"u8, record.DelaySeconds);
        writer.WriteIfAny("restart"u8, record.Restart);
        writer.WriteIfAny("keys"u8, record.Keys);
        writer.WriteIfAny("waiting_for"u8, record.WaitingFor);
        writer.WriteIfAny("reason"u8, record.Reason);
        writer.WriteIfAny("failure"u8, record.Failure);
        writer.WriteIfAny("command"u8, record.Command);
        writer.WriteIfAny("uid"u8, record.Uid);
        writer.WriteIfAny("user"u8, record.User);
        writer.WriteIfAny("file"u8, record.File);
        writer.WriteIfAny("output"u8, record.Output);
    }

    /// <summary>The event of a line; null if it is none: cut by a full disk, or by somebody's hand.</summary>
    public static EventRecord? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonElement.Parse(line).Read(Read);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal static EventRecord Read(JsonElement line) => new(
        line.GetProperty("at").GetDateTimeOffset(),
        line.Find("service")?.Text(),
        line.GetProperty("event").Text(),
        line.GetProperty("text").Text())
    {
        Pid = line.Find("pid")?.GetInt32(),
        Code = line.Find("code")?.GetInt32(),
        Signal = line.Find("signal")?.Text(),
        CoreDumped = line.Find("core_dumped")?.GetBoolean(),
        RuntimeSeconds = line.Find("runtime_seconds")?.GetDouble(),
        PeakMemoryBytes = line.Find("peak_memory_bytes")?.GetInt64(),
        Detail = line.Find("detail")?.Text(),
        Failures = line.Find("failures")?.GetInt32(),
        AfterSeconds = line.Find("after_seconds")?.GetDouble(),
        DelaySeconds = line.Find("delay_seconds")?.GetDouble(),
        Restart = line.Find("restart")?.GetInt32(),
        Keys = line.Find("keys")?.Texts(),
        WaitingFor = line.Find("waiting_for")?.Texts(),
        Reason = line.Find("reason")?.Text(),
        Failure = line.Find("failure")?.GetBoolean(),
        Command = line.Find("command")?.Text(),
        Uid = line.Find("uid")?.GetUInt32(),
        User = line.Find("user")?.Text(),
        File = line.Find("file")?.Text(),
        Output = line.Find("output")?.Texts(),
    };
}
