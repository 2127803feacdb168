using System.Text.Json;

namespace Supervisor.Protocol;

/// <summary>A <see cref="StatusReport"/> as JSON. What <c>status --json</c> prints is public, so it changes only by addition.</summary>
public static class StatusJson
{
    /// <summary>The text, and the end of its line.</summary>
    public static ReadOnlyMemory<byte> Line(StatusReport report) => JsonExtensions.Line(writer => WriteMembers(writer, report));

    /// <summary>Writes it as a member.</summary>
    public static void Write(Utf8JsonWriter writer, string name, StatusReport report)
    {
        writer.WriteStartObject(name);
        WriteMembers(writer, report);
        writer.WriteEndObject();
    }

    private static void WriteMembers(Utf8JsonWriter writer, StatusReport report)
    {
        writer.WriteStartObject("supervisor");
        writer.WriteNumber("pid", report.Supervisor.Pid);
        writer.WriteString("version", report.Supervisor.Version);
        writer.WriteString("started_at", report.Supervisor.StartedAt);
        writer.WriteEndObject();
        writer.WriteStartArray("services");
        foreach (var service in report.Services)
            Write(writer, service);
        writer.WriteEndArray();
        if (report.Changes is { } changes)
            Write(writer, changes);
        writer.WriteIfAny("problems", report.Problems);
    }

    /// <summary>Writes one service as a value.</summary>
    public static void Write(Utf8JsonWriter writer, ServiceStatus service)
    {
        writer.WriteStartObject();
        writer.WriteString("name", service.Name);
        writer.WriteNullable("pid", service.Pid);
        writer.WriteString("status", service.Status);
        writer.WriteString("health", service.Health);
        writer.WriteNullable("uptime_seconds", service.UptimeSeconds);
        writer.WriteNumber("restarts", service.Restarts);
        writer.WriteNumber("consecutive_restarts", service.ConsecutiveRestarts);
        writer.WriteNullable("next_start_seconds", service.NextStartSeconds);
        Write(writer, service.LastExit);
        Write(writer, service.LastProbe);
        writer.WriteIfAny("waiting_for", service.WaitingFor);
        writer.WriteIfAny("cpu_percent", service.CpuPercent);
        writer.WriteIfAny("memory_bytes", service.MemoryBytes);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, ExitReport? exit)
    {
        if (exit is null)
        {
            writer.WriteNull("last_exit");
            return;
        }
        writer.WriteStartObject("last_exit");
        writer.WriteString("at", exit.At);
        writer.WriteNullable("code", exit.Code);
        writer.WriteString("signal", exit.Signal);
        writer.WriteString("reason", exit.Reason);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, ProbeReport? probe)
    {
        if (probe is null)
        {
            writer.WriteNull("last_probe");
            return;
        }
        writer.WriteStartObject("last_probe");
        writer.WriteString("at", probe.At);
        writer.WriteBoolean("ok", probe.Ok);
        writer.WriteString("detail", probe.Detail);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, IReadOnlyList<ChangeReport> changes)
    {
        writer.WriteStartArray("changes");
        foreach (var change in changes)
        {
            writer.WriteStartObject();
            writer.WriteString("name", change.Name);
            writer.WriteString("change", change.Change);
            writer.WriteIfAny("keys", change.Keys);
            writer.WriteString("done", change.Done);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    /// <summary>Reads what was written, from its first brace on. Members that are not known are of a later version, and passed over.</summary>
    public static StatusReport Read(ref Utf8JsonReader json)
    {
        var (supervisor, services, changes, problems) = (new SupervisorStatus(0, "", default), new List<ServiceStatus>(), (List<ChangeReport>?)null, (List<string>?)null);
        for (json.Enter(JsonTokenType.StartObject); json.Next();)
            if (json.IsAt("supervisor"u8))
                supervisor = ReadSupervisor(ref json);
            else if (json.IsAt("services"u8))
                services = json.List<ServiceStatus>(ReadService);
            else if (json.IsAt("changes"u8))
                changes = json.List<ChangeReport>(ReadChange);
            else if (json.IsAt("problems"u8))
                problems = json.Texts();
            else
                json.Skip();
        return new(supervisor, services, changes, problems);
    }

    private static SupervisorStatus ReadSupervisor(ref Utf8JsonReader json)
    {
        var (pid, version, startedAt) = (0, "", default(DateTimeOffset));
        for (json.Enter(JsonTokenType.StartObject); json.Next();)
            if (json.IsAt("pid"u8))
                pid = json.GetInt32();
            else if (json.IsAt("version"u8))
                version = json.Text();
            else if (json.IsAt("started_at"u8))
                startedAt = json.GetDateTimeOffset();
            else
                json.Skip();
        return new(pid, version, startedAt);
    }

    private static ServiceStatus ReadService(ref Utf8JsonReader json, ServiceStatus? previous)
    {
        var (name, status, restarts, consecutiveRestarts) = ("", "", 0, 0);
        (int? pid, string? health, double? uptime, double? nextStart, double? cpu, long? memory) = (null, null, null, null, null, null);
        (ExitReport? lastExit, ProbeReport? lastProbe, List<string>? waitingFor) = (null, null, null);
        for (json.Enter(JsonTokenType.StartObject); json.Next();)
            if (json.IsAt("name"u8))
                name = json.Text();
            else if (json.IsAt("pid"u8))
                pid = json.IsNull() ? null : json.GetInt32();
            else if (json.IsAt("status"u8))
                status = json.TextLike(previous?.Status) ?? "";
            else if (json.IsAt("health"u8))
                health = json.TextLike(previous?.Health);
            else if (json.IsAt("uptime_seconds"u8))
                uptime = json.IsNull() ? null : json.GetDouble();
            else if (json.IsAt("restarts"u8))
                restarts = json.GetInt32();
            else if (json.IsAt("consecutive_restarts"u8))
                consecutiveRestarts = json.GetInt32();
            else if (json.IsAt("next_start_seconds"u8))
                nextStart = json.IsNull() ? null : json.GetDouble();
            else if (json.IsAt("last_exit"u8))
                lastExit = json.IsNull() ? null : ReadExit(ref json, previous?.LastExit);
            else if (json.IsAt("last_probe"u8))
                lastProbe = json.IsNull() ? null : ReadProbe(ref json, previous?.LastProbe);
            else if (json.IsAt("waiting_for"u8))
                waitingFor = json.Texts();
            else if (json.IsAt("cpu_percent"u8))
                cpu = json.GetDouble();
            else if (json.IsAt("memory_bytes"u8))
                memory = json.GetInt64();
            else
                json.Skip();
        return new(name, pid, status, health, uptime, restarts, consecutiveRestarts, nextStart, lastExit, lastProbe, waitingFor) { CpuPercent = cpu, MemoryBytes = memory };
    }

    private static ExitReport ReadExit(ref Utf8JsonReader json, ExitReport? previous)
    {
        (DateTimeOffset at, int? code, string? signal, string reason) = (default, null, null, "");
        for (json.Enter(JsonTokenType.StartObject); json.Next();)
            if (json.IsAt("at"u8))
                at = json.GetDateTimeOffset();
            else if (json.IsAt("code"u8))
                code = json.IsNull() ? null : json.GetInt32();
            else if (json.IsAt("signal"u8))
                signal = json.GetString();
            else if (json.IsAt("reason"u8))
                reason = json.TextLike(previous?.Reason) ?? "";
            else
                json.Skip();
        return new(at, code, signal, reason);
    }

    private static ProbeReport ReadProbe(ref Utf8JsonReader json, ProbeReport? previous)
    {
        var (at, ok, detail) = (default(DateTimeOffset), false, "");
        for (json.Enter(JsonTokenType.StartObject); json.Next();)
            if (json.IsAt("at"u8))
                at = json.GetDateTimeOffset();
            else if (json.IsAt("ok"u8))
                ok = json.GetBoolean();
            else if (json.IsAt("detail"u8))
                detail = json.TextLike(previous?.Detail) ?? "";
            else
                json.Skip();
        return new(at, ok, detail);
    }

    private static ChangeReport ReadChange(ref Utf8JsonReader json, ChangeReport? previous)
    {
        (string? name, string change, IReadOnlyList<string> keys, string? done) = (null, "", [], null);
        for (json.Enter(JsonTokenType.StartObject); json.Next();)
            if (json.IsAt("name"u8))
                name = json.GetString();
            else if (json.IsAt("change"u8))
                change = json.TextLike(previous?.Change) ?? "";
            else if (json.IsAt("keys"u8))
                keys = json.Texts();
            else if (json.IsAt("done"u8))
                done = json.GetString();
            else
                json.Skip();
        return new(name, change, keys, done);
    }
}
