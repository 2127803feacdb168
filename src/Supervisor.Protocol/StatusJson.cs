using System.Text.Json;

namespace Supervisor.Protocol;

/// <summary>A <see cref="StatusReport"/> as JSON. What <c>status --json</c> prints is public, so it changes only by addition.</summary>
public static class StatusJson
{
    /// <summary>The text.</summary>
    public static ReadOnlyMemory<byte> Text(StatusReport report) => JsonExtensions.Object(writer => WriteMembers(writer, report));

    /// <summary>Writes it as a member.</summary>
    public static void Write(Utf8JsonWriter writer, string name, StatusReport report)
    {
        writer.WriteStartObject(name);
        WriteMembers(writer, report);
        writer.WriteEndObject();
    }

    /// <summary>What was written.</summary>
    public static StatusReport Read(JsonElement report) => new(
        ReadSupervisor(report.GetProperty("supervisor")),
        report.GetProperty("services").List(ReadService),
        report.Find("changes")?.List(ReadChange),
        report.Find("problems")?.Texts());

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

    private static SupervisorStatus ReadSupervisor(JsonElement supervisor) => new(
        supervisor.GetProperty("pid").GetInt32(),
        supervisor.GetProperty("version").Text(),
        supervisor.GetProperty("started_at").GetDateTimeOffset());

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

    private static ServiceStatus ReadService(JsonElement service) => new(
        service.GetProperty("name").Text(),
        service.Find("pid")?.GetInt32(),
        service.GetProperty("status").Text(),
        service.Find("health")?.Text(),
        service.Find("uptime_seconds")?.GetDouble(),
        service.GetProperty("restarts").GetInt32(),
        service.GetProperty("consecutive_restarts").GetInt32(),
        service.Find("next_start_seconds")?.GetDouble(),
        service.Find("last_exit") is { } exit ? ReadExit(exit) : null,
        service.Find("last_probe") is { } probe ? ReadProbe(probe) : null,
        service.Find("waiting_for")?.Texts())
    {
        CpuPercent = service.Find("cpu_percent")?.GetDouble(),
        MemoryBytes = service.Find("memory_bytes")?.GetInt64(),
    };

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

    private static ExitReport ReadExit(JsonElement exit) => new(
        exit.GetProperty("at").GetDateTimeOffset(),
        exit.Find("code")?.GetInt32(),
        exit.Find("signal")?.Text(),
        exit.GetProperty("reason").Text());

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

    private static ProbeReport ReadProbe(JsonElement probe) => new(
        probe.GetProperty("at").GetDateTimeOffset(),
        probe.GetProperty("ok").GetBoolean(),
        probe.GetProperty("detail").Text());

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

    private static ChangeReport ReadChange(JsonElement change) => new(
        change.Find("name")?.Text(),
        change.GetProperty("change").Text(),
        change.GetProperty("keys").Texts(),
        change.Find("done")?.Text());
}
