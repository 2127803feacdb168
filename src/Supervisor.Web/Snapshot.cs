using System.Text.Json;

namespace Supervisor.Web;

/// <summary>One service, and how many events of it were seen: another number says that there is news.</summary>
internal sealed record ServiceView(ServiceStatus Status, int Events)
{
    /// <summary>Whether it looks the same. What goes on with the clock does so in the browser.</summary>
    public bool LooksLike(ServiceView other) => Events == other.Events && Still(Status) == Still(other.Status);

    private static ServiceStatus Still(ServiceStatus status) => status with
    {
        UptimeSeconds = null,
        NextStartSeconds = null,
        LastProbe = null,
        CpuPercent = null,
        MemoryBytes = status.MemoryBytes is { } bytes ? bytes >> 17 : null,
    };
}

/// <summary>How everything stood at a moment, and the way to the next one. It never changes, so whoever is slow holds up nobody.</summary>
/// <param name="At">When.</param>
/// <param name="Report">What the supervisor last said; null if it never did.</param>
/// <param name="Lost">Why there is nothing newer; null while the supervisor answers.</param>
/// <param name="Services">Those of the report.</param>
internal sealed record Snapshot(DateTimeOffset At, StatusReport? Report, string? Lost, IReadOnlyList<ServiceView> Services)
{
    private readonly TaskCompletionSource<Snapshot> next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ReadOnlyMemory<byte> news;

    /// <summary>Comes when there is a newer one.</summary>
    public Task<Snapshot> Next => next.Task;

    /// <summary>The lines of <c>status</c> about services that are not well.</summary>
    public IReadOnlyList<string> Notes { get; } = Report is null || Lost is not null ? [] : StatusNotes.Of(Report.Services, At);

    /// <summary>Has another take the place of this one. What is new in it is put into words once, for all who listen.</summary>
    public void Follow(Snapshot successor)
    {
        var before = Services.ToDictionary(view => view.Status.Name);
        successor.news = successor.Message([.. successor.Services.Where(view => !before.TryGetValue(view.Status.Name, out var then) || !view.LooksLike(then))], null);
        next.SetResult(successor);
    }

    /// <summary>What is new since the one before it.</summary>
    public ReadOnlyMemory<byte> News => news;

    /// <summary>All of it.</summary>
    public ReadOnlyMemory<byte> Whole(string instance) => Message(Services, instance);

    private ReadOnlyMemory<byte> Message(IReadOnlyList<ServiceView> services, string? instance) => JsonExtensions.Line(
        writer =>
        {
            writer.WriteString("at"u8, At);
            writer.WriteNumber("age_seconds"u8, Math.Max(0, (TimeProvider.System.GetUtcNow() - At).TotalSeconds));
            writer.WriteIfAny("instance"u8, instance);
            writer.WriteString("lost"u8, Lost);
            if (Report is { Supervisor: var supervisor })
                writer.WriteString("supervisor"u8, $"supervisor {supervisor.Version}, pid {supervisor.Pid}, since {supervisor.StartedAt:yyyy-MM-ddTHH:mm:ssZ}");
            WriteTexts(writer, "names"u8, Services.Select(view => view.Status.Name));
            WriteTexts(writer, "notes"u8, Notes);
            writer.WriteStartArray("services"u8);
            foreach (var view in services)
            {
                writer.WriteStartObject();
                writer.WriteString("level"u8, LevelWord(History.LevelOf(view.Status)));
                writer.WriteNumber("events"u8, view.Events);
                writer.WritePropertyName("status"u8);
                StatusJson.Write(writer, view.Status);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        },
        EventJson.Options);

    private static string LevelWord(Level level) => level switch
    {
        Level.Unknown => "unknown",
        Level.Well => "well",
        Level.Stopped => "stopped",
        Level.Changing => "changing",
        Level.Failed => "failed",
    };

    private static void WriteTexts(Utf8JsonWriter writer, ReadOnlySpan<byte> name, IEnumerable<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts)
            writer.WriteStringValue(text);
        writer.WriteEndArray();
    }
}
