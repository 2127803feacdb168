using System.Text.Json;

namespace Supervisor.Daemon.Storage;

/// <summary>
/// What <c>state.json</c> holds: the version of its format, the boot it was written in (in any other, all its processes are
/// gone and its times mean nothing), the folder, the moment at which all of it was true, and what is known of each service. Times are those
/// of the machine's monotonic clock, but that moment is on the clock of the start times.
/// </summary>
internal static class StateJson
{
    /// <summary>The version that this program writes. One that is newer cannot be read.</summary>
    public const int Newest = 3;

    // What is held in memory at a time, in bytes.
    private const int Chunk = 16 * 1024;

    /// <summary>Writes it, a little at a time: that of a thousand services would be a burden to the collector.</summary>
    /// <param name="writer">Gets it.</param>
    /// <param name="bootId">What tells this boot from every other.</param>
    /// <param name="folder">The folder that it lies in.</param>
    /// <param name="provenAt">When all of it was true.</param>
    /// <param name="services">What is known of each service.</param>
    public static void Write(Utf8JsonWriter writer, string bootId, string folder, string provenAt, IReadOnlyList<ServiceRecord> services)
    {
        writer.WriteStartObject();
        writer.WriteNumber("version"u8, Newest);
        writer.WriteString("boot_id"u8, bootId);
        writer.WriteString("folder"u8, folder);
        if (FileOwner.IdAt(folder) is { } id)
            writer.WriteString("folder_id"u8, id.ToString());
        writer.WriteString("proven_at"u8, provenAt);
        writer.WriteStartArray("services"u8);
        foreach (var service in services)
        {
            Write(writer, service);
            if (writer.BytesPending > Chunk)
                writer.Flush();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
    }

    /// <summary>The services; none if it was written in another boot.</summary>
    /// <exception cref="JsonException">It makes no sense.</exception>
    /// <exception cref="NotSupportedException">It is for a newer program.</exception>
    /// <exception cref="CopiedStateException">It was written in another folder, which is still there.</exception>
    public static IReadOnlyList<ServiceRecord> Read(ReadOnlyMemory<byte> text, string bootId, string folder) =>
        JsonElement.Parse(text.Span).Read(document => document.GetProperty("version").GetInt32() is > Newest and var newer
            ? throw new NotSupportedException($"was written by a newer supervisor (format {newer}; this one knows {Newest}); start that one")
            : document.GetProperty("boot_id").Text() == bootId ? ReadServices(document, folder) : []);

    private static IReadOnlyList<ServiceRecord> ReadServices(JsonElement document, string folder)
    {
        if (document.Find("folder")?.Text() is { } origin && document.Find("folder_id")?.Text() != FileOwner.IdAt(folder)?.ToString() && FileOwner.IdAt(origin) is { } other && other != FileOwner.IdAt(folder))
            throw new CopiedStateException(folder, origin);
        var provenAt = document.Find("proven_at")?.Text() ?? "";
        return document.GetProperty("services").List(service => ReadService(service) with { ProvenAt = service.Find("proven_at")?.Text() ?? provenAt });
    }

    private static void Write(Utf8JsonWriter writer, ServiceRecord service)
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, service.Name);
        writer.WriteString("goal"u8, Enum.GetName(service.State.Goal));
        Write(writer, service.State);
        writer.WriteNumber("generation"u8, service.State.Generation);
        writer.WriteNumber("restarts"u8, service.State.Restarts);
        writer.WriteStartObject("streak"u8);
        writer.WriteNumber("restarts"u8, service.State.Streak.Restarts);
        writer.WriteNumber("excused"u8, service.State.Streak.Answered);
        writer.WriteBoolean("alerted"u8, service.State.Streak.Alerted);
        writer.WriteEndObject();
        writer.WriteStartObject("stop"u8);
        writer.WriteString("signal"u8, service.Stop.Signal);
        writer.WriteIfAny("timeout"u8, service.Stop.Timeout);
        writer.WriteEndObject();
        writer.WriteIfAny("start_time"u8, service.StartTime);
        if (service.ProvenAt.Length > 0)
            writer.WriteString("proven_at"u8, service.ProvenAt);
        if (service.LastExit is { } exit)
            Write(writer, exit);
        writer.WriteIfAny("fingerprint"u8, service.Fingerprint);
        writer.WriteEndObject();
    }

    private static ServiceRecord ReadService(JsonElement service) => new(
        service.GetProperty("name").Text(),
        new(
            service.GetProperty("goal").Word<Goal>(),
            ReadPhase(service.GetProperty("phase")),
            service.GetProperty("generation").GetInt32(),
            service.GetProperty("restarts").GetInt32(),
            ReadStreak(service.GetProperty("streak")),
            ReadProbes(service.GetProperty("phase"))),
        service.Find("start_time")?.Text(),
        service.Find("last_exit") is { } exit ? ReadExit(exit) : null,
        ReadStop(service.GetProperty("stop")),
        service.Find("fingerprint")?.Text());

    /// <summary>The phases that are over before anything is written are not kept, nor is what probes said but the judgement.</summary>
    private static void Write(Utf8JsonWriter writer, ServiceState state)
    {
        writer.WriteStartObject("phase"u8);
        switch (state.Phase)
        {
            case Phase.Running running:
                writer.WriteString("kind"u8, "Running");
                writer.WriteNumber("pid"u8, running.Pid);
                writer.WriteIfAny("since"u8, running.Since);
                writer.WriteString("health"u8, Enum.GetName(state.Probes.Health));
                writer.WriteIfAny("well_at"u8, running.WellAt);
                break;
            case Phase.Stopping stopping:
                writer.WriteString("kind"u8, "Stopping");
                writer.WriteNumber("pid"u8, stopping.Pid);
                writer.WriteIfAny("since"u8, stopping.Since);
                writer.WriteString("cause"u8, Enum.GetName(stopping.Cause));
                writer.WriteIfAny("kill_at"u8, stopping.KillAt);
                writer.WriteIfAny("signal_at"u8, stopping.SignalAt);
                writer.WriteIfAny("ended_at"u8, stopping.EndedAt);
                writer.WriteBoolean("starts_at_once"u8, stopping.StartsAtOnce);
                break;
            case Phase.Backoff backoff:
                writer.WriteString("kind"u8, "Backoff");
                writer.WriteIfAny("until"u8, backoff.Until);
                break;
            // What waits will do so again: as what is due for a restart, or wanted but down. Older programs understand that, too.
            case Phase.Waiting { IsRestart: true }:
                writer.WriteString("kind"u8, "Backoff");
                writer.WriteIfAny("until"u8, TimeSpan.Zero);
                break;
            default:
                writer.WriteString("kind"u8, "Stopped");
                if (state.Phase is Phase.Stopped { IsDone: true })
                    writer.WriteBoolean("done"u8, true);
                break;
        }
        writer.WriteEndObject();
    }

    private static Phase ReadPhase(JsonElement phase) => phase.GetProperty("kind").Text() switch
    {
        "Stopped" => new Phase.Stopped(phase.Find("done")?.GetBoolean() ?? false),
        "Backoff" => new Phase.Backoff(phase.GetProperty("until").Duration()),
        "Running" => new Phase.Running(
            ReadPid(phase),
            phase.GetProperty("since").Duration(),
            phase.Find("well_at")?.Duration()),
        "Stopping" => new Phase.Stopping(
            ReadPid(phase),
            phase.GetProperty("since").Duration(),
            phase.GetProperty("cause").Word<StopCause>(),
            phase.Find("kill_at")?.Duration(),
            phase.Find("signal_at")?.Duration(),
            phase.Find("ended_at")?.Duration(),
            phase.Find("starts_at_once")?.GetBoolean() ?? false),
        var kind => throw new FormatException($"no phase is '{kind}'"),
    };

    /// <summary>Signals to 0, 1 and negative numbers would go to others.</summary>
    private static int ReadPid(JsonElement phase) =>
        phase.GetProperty("pid").GetInt32() is > 1 and var pid ? pid : throw new FormatException("a pid is a number above 1");

    private static ProbeTally ReadProbes(JsonElement phase) =>
        phase.GetProperty("kind").Text() == "Running" ? new(phase.GetProperty("health").Word<Health>(), 0, null, false) : default;

    private static Streak ReadStreak(JsonElement streak) => new(
        streak.GetProperty("restarts").GetInt32(),
        streak.GetProperty("excused").GetInt32(),
        streak.GetProperty("alerted").GetBoolean());

    private static StopPolicy ReadStop(JsonElement stop) => new(stop.GetProperty("signal").Text(), stop.GetProperty("timeout").Duration());

    private static void Write(Utf8JsonWriter writer, LastExit exit)
    {
        writer.WriteStartObject("last_exit"u8);
        writer.WriteString("at"u8, exit.At);
        writer.WriteString("reason"u8, exit.Reason);
        writer.WriteBoolean("requested"u8, exit.Requested);
        writer.WriteBoolean("failed"u8, exit.HasFailed);
        writer.WriteBoolean("core_dumped"u8, exit.Status?.CoreDumped ?? false);
        writer.WriteIfAny("code"u8, exit.Status?.Code);
        writer.WriteIfAny("signal"u8, exit.Status?.Signal);
        writer.WriteEndObject();
    }

    private static LastExit ReadExit(JsonElement exit) => new(
        exit.GetProperty("at").GetDateTimeOffset(),
        new ExitStatus(exit.Find("code")?.GetInt32(), exit.Find("signal")?.Text(), exit.GetProperty("core_dumped").GetBoolean()),
        exit.GetProperty("reason").Text(),
        exit.GetProperty("requested").GetBoolean(),
        exit.Find("failed")?.GetBoolean() ?? exit.Find("code")?.GetInt32() is not 0);
}

/// <summary>A state that was copied together with its folder speaks of the services of the original, which is still there.</summary>
/// <param name="folder">The folder that it lies in.</param>
/// <param name="origin">The folder of the original.</param>
internal sealed class CopiedStateException(string folder, string origin) : Exception($"{StatePaths.State(folder)}: was copied from {origin}, whose services are not this one's");
