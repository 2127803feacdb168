using System.Text.Encodings.Web;
using System.Text.Json;
using Supervisor.Loop;

namespace Supervisor.Events;

/// <summary>An event as a line of JSON.</summary>
internal static class EventJson
{
    /// <summary>Read by people with grep, not by browsers: quotes and accents stand as they are. Control characters never do.</summary>
    public static JsonWriterOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The line, and its end.</summary>
    public static ReadOnlyMemory<byte> Write(EventRecord record) => JsonExtensions.Line(writer => WriteMembers(writer, record), Options);

    /// <summary>Writes it into an object that has begun.</summary>
    public static void WriteMembers(Utf8JsonWriter writer, EventRecord record)
    {
        writer.WriteString("at", record.At);
        writer.WriteString("service", record.Service);
        writer.WriteString("event", record.Event);
        writer.WriteString("text", record.Text);
        writer.WriteIfAny("pid", record.Pid);
        writer.WriteIfAny("code", record.Code);
        writer.WriteIfAny("signal", record.Signal);
        writer.WriteIfAny("core_dumped", record.CoreDumped);
        writer.WriteIfAny("runtime_seconds", record.RuntimeSeconds);
        writer.WriteIfAny("peak_memory_bytes", record.PeakMemoryBytes);
        writer.WriteIfAny("detail", record.Detail);
        writer.WriteIfAny("failures", record.Failures);
        writer.WriteIfAny("after_seconds", record.AfterSeconds);
        writer.WriteIfAny("delay_seconds", record.DelaySeconds);
        writer.WriteIfAny("restart", record.Restart);
        writer.WriteIfAny("keys", record.Keys);
        writer.WriteIfAny("waiting_for", record.WaitingFor);
        writer.WriteIfAny("reason", record.Reason);
        writer.WriteIfAny("failure", record.Failure);
        writer.WriteIfAny("command", record.Command);
        writer.WriteIfAny("uid", record.Uid);
        writer.WriteIfAny("user", record.User);
        writer.WriteIfAny("file", record.File);
        writer.WriteIfAny("output", record.Output);
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

    private static EventRecord Read(JsonElement line) => new(
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
