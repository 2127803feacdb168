using System.Text.Json;

namespace Supervisor.Protocol;

/// <summary>A <see cref="StatusReport"/> as JSON. What <c>status --json</c> prints is public, so it changes only by addition.</summary>
public static class StatusJson
{
    private const int LengthOfOne = 384; // more than most services take, in bytes

    /// <summary>The text, and the end of its line.</summary>
    public static ReadOnlyMemory<byte> Line(StatusReport report) => JsonExtensions.Line(writer => WriteMembers(writer, report), length: LengthOf(report));

    /// <summary>How long the text may become, in bytes.</summary>
    public static int LengthOf(StatusReport? report) => LengthOfOne * (1 + (report?.Services.Count ?? 0));

    /// <summary>Writes it as a member.</summary>
    public static void Write(Utf8JsonWriter writer, string name, StatusReport report)
    {
        writer.WriteStartObject(name);
        WriteMembers(writer, report);
        writer.WriteEndObject();
    }

    private static void WriteMembers(Utf8JsonWriter writer, StatusReport report)
    {
        writer.WriteStartObject("supervisor"u8);
        writer.WriteNumber("pid"u8, report.Supervisor.Pid);
        writer.WriteString("version"u8, report.Supervisor.Version);
        writer.WriteString("started_at"u8, report.Supervisor.StartedAt);
        writer.WriteEndObject();
        writer.WriteStartArray("services"u8);
        foreach (var service in report.Services)
            Write(writer, service);
        writer.WriteEndArray();
        if (report.Changes is { } changes)
            Write(writer, changes);
        writer.WriteIfAny("problems"u8, report.Problems);
    }

    /// <summary>Writes one service as a value.</summary>
    public static void Write(Utf8JsonWriter writer, ServiceStatus service)
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, service.Name);
        writer.WriteNullable("pid"u8, service.Pid);
        writer.WriteString("status"u8, service.Status);
        writer.WriteString("health"u8, service.Health);
        writer.WriteNullable("uptime_seconds"u8, service.UptimeSeconds);
        writer.WriteNumber("restarts"u8, service.Restarts);
        writer.WriteNumber("consecutive_restarts"u8, service.ConsecutiveRestarts);
        writer.WriteNullable("next_start_seconds"u8, service.NextStartSeconds);
        Write(writer, service.LastExit);
        Write(writer, service.LastProbe);
        writer.WriteIfAny("waiting_for"u8, service.WaitingFor);
        writer.WriteIfAny("failed"u8, service.Failed);
        writer.WriteIfAny("removed"u8, service.Removed ? true : null);
        writer.WriteIfAny("probe_failures"u8, service.ProbeFailures > 0 ? service.ProbeFailures : null);
        writer.WriteIfAny("cpu_percent"u8, service.CpuPercent);
        writer.WriteIfAny("memory_bytes"u8, service.MemoryBytes);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, ExitReport? exit)
    {
        if (exit is null)
        {
            writer.WriteNull("last_exit"u8);
            return;
        }
        writer.WriteStartObject("last_exit"u8);
        writer.WriteString("at"u8, exit.At);
        writer.WriteNullable("code"u8, exit.Code);
        writer.WriteString("signal"u8, exit.Signal);
        writer.WriteString("reason"u8, exit.Reason);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, ProbeReport? probe)
    {
        if (probe is null)
        {
            writer.WriteNull("last_probe"u8);
            return;
        }
        writer.WriteStartObject("last_probe"u8);
        writer.WriteString("at"u8, probe.At);
        writer.WriteBoolean("ok"u8, probe.Ok);
        writer.WriteString("detail"u8, probe.Detail);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, IReadOnlyList<ChangeReport> changes)
    {
        writer.WriteStartArray("changes"u8);
        foreach (var change in changes)
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, change.Name);
            writer.WriteString("change"u8, change.Change);
            writer.WriteIfAny("keys"u8, change.Keys);
            writer.WriteString("done"u8, change.Done);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    /// <summary>Reads what was written, from its first brace on. Members that are not known are of a later version, and passed over.</summary>
    public static StatusReport Read(ref Utf8JsonReader json, StatusReport? previous = null)
    {
        (SupervisorStatus? supervisor, List<ServiceStatus>? services, List<ChangeReport>? changes, List<string>? problems) = (null, null, null, null);
        for (json.Enter(); json.Next();)
            _ = json.Take("supervisor"u8, ref supervisor, ReadSupervisor)
                || json.Take("services"u8, ref services, ReadService)
                || json.Take("changes"u8, ref changes, ReadChange)
                || json.Take("problems"u8, ref problems, JsonExtensions.TextItem)
                || json.Pass();
        return new(supervisor ?? throw new FormatException("no supervisor is told of"), services ?? [], changes, problems);
    }

    private static SupervisorStatus ReadSupervisor(ref Utf8JsonReader json, SupervisorStatus? previous)
    {
        (int pid, string? version, DateTimeOffset startedAt) = (0, null, default);
        for (json.Enter(); json.Next();)
            _ = json.Take("pid"u8, ref pid)
                || json.Take("version"u8, ref version)
                || json.Take("started_at"u8, ref startedAt)
                || json.Pass();
        return new(pid, version ?? "", startedAt);
    }

    /// <summary>A service may share its texts with the one before it, for most are alike.</summary>
    private static ServiceStatus ReadService(ref Utf8JsonReader json, ServiceStatus? previous)
    {
        (string? name, string? status, string? health, int? pid, int restarts, int consecutiveRestarts) = (null, null, null, null, 0, 0);
        (double? uptime, double? nextStart, double? cpu, long? memory, long? probeFailures, bool failed, bool removed) = (null, null, null, null, null, false, false);
        (ExitReport? lastExit, ProbeReport? lastProbe, List<string>? waitingFor) = (null, null, null);
        for (json.Enter(); json.Next();)
            _ = json.Take("name"u8, ref name)
                || json.Take("pid"u8, ref pid)
                || json.Take("status"u8, ref status, previous?.Status)
                || json.Take("health"u8, ref health, previous?.Health)
                || json.Take("uptime_seconds"u8, ref uptime)
                || json.Take("restarts"u8, ref restarts)
                || json.Take("consecutive_restarts"u8, ref consecutiveRestarts)
                || json.Take("next_start_seconds"u8, ref nextStart)
                || json.Take("last_exit"u8, ref lastExit, ReadExit, previous?.LastExit)
                || json.Take("last_probe"u8, ref lastProbe, ReadProbe, previous?.LastProbe)
                || json.Take("waiting_for"u8, ref waitingFor, JsonExtensions.TextItem)
                || json.Take("failed"u8, ref failed)
                || json.Take("removed"u8, ref removed)
                || json.Take("probe_failures"u8, ref probeFailures)
                || json.Take("cpu_percent"u8, ref cpu)
                || json.Take("memory_bytes"u8, ref memory)
                || json.Pass();
        return new(name ?? "", pid, status ?? "", health, uptime, restarts, consecutiveRestarts, nextStart, lastExit, lastProbe, waitingFor) { Failed = failed ? true : null, Removed = removed, ProbeFailures = probeFailures ?? 0, CpuPercent = cpu, MemoryBytes = memory };
    }

    private static ExitReport ReadExit(ref Utf8JsonReader json, ExitReport? previous)
    {
        (DateTimeOffset at, int? code, string? signal, string? reason) = (default, null, null, null);
        for (json.Enter(); json.Next();)
            _ = json.Take("at"u8, ref at)
                || json.Take("code"u8, ref code)
                || json.Take("signal"u8, ref signal)
                || json.Take("reason"u8, ref reason, previous?.Reason)
                || json.Pass();
        return new(at, code, signal, reason ?? "");
    }

    private static ProbeReport ReadProbe(ref Utf8JsonReader json, ProbeReport? previous)
    {
        (DateTimeOffset at, bool ok, string? detail) = (default, false, null);
        for (json.Enter(); json.Next();)
            _ = json.Take("at"u8, ref at)
                || json.Take("ok"u8, ref ok)
                || json.Take("detail"u8, ref detail, previous?.Detail)
                || json.Pass();
        return new(at, ok, detail ?? "");
    }

    private static ChangeReport ReadChange(ref Utf8JsonReader json, ChangeReport? previous)
    {
        (string? name, string? change, List<string>? keys, string? done) = (null, null, null, null);
        for (json.Enter(); json.Next();)
            _ = json.Take("name"u8, ref name)
                || json.Take("change"u8, ref change, previous?.Change)
                || json.Take("keys"u8, ref keys, JsonExtensions.TextItem)
                || json.Take("done"u8, ref done)
                || json.Pass();
        return new(name, change ?? "", keys ?? [], done);
    }
}
