using System.Text.Json;
using static Supervisor.Os.Wording;

namespace Supervisor.Client;

/// <summary>The last failure of a service, told for somebody who was woken up by it.</summary>
/// <param name="service">The service's name.</param>
/// <param name="events">Its events, newest last.</param>
/// <param name="now">The time.</param>
internal sealed class Story(string service, IReadOnlyList<EventRecord> events, DateTimeOffset now)
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly List<string> lines = [];

    /// <summary>How it stands; null if no supervisor is running, or none that knows it.</summary>
    public ServiceStatus? Status { get; init; }

    /// <summary>Where its log lies; null if that is not known.</summary>
    public string? LogPath { get; init; }

    /// <summary>Whether it has a health check, as far as is known.</summary>
    public bool IsChecked { get; init; }

    /// <summary>What else may explain it, found out just now.</summary>
    public string? Hint { get; init; }

    /// <summary>The story, line by line.</summary>
    public IReadOnlyList<string> Tell()
    {
        if (Incident.LastOf(events) is not { } incident)
            return [$"{service}: {NoFailure()}", $"now: {Now()}"];
        lines.Add($"{service}: {Headline(incident)}, {Duration(Ago(incident.At))} ago ({Time(incident.At)})");
        TellSeen(incident);
        TellEnd(incident);
        TellOutput(incident);
        Section("what was done", incident.Done.Select(Line));
        Section("now", Hint is null ? [Now()] : [Now(), Hint]);
        Section("in the last 24 h", [Count()]);
        return lines;
    }

    /// <summary>The same facts as a line of JSON, and its end: what <c>why --json</c> prints. What does not apply is left out. Public, so it changes only by addition.</summary>
    public ReadOnlyMemory<byte> ToJson() => JsonExtensions.Line(WriteMembers, EventJson.Options);

    private void WriteMembers(Utf8JsonWriter writer)
    {
        var incident = Incident.LastOf(events);
        writer.WriteString("service", service);
        writer.WriteString("text", incident is null ? NoFailure() : Headline(incident));
        writer.WriteNumber("failures_last_day", Failures().Count);
        if (incident is not null)
        {
            writer.WriteString("at", incident.At);
            Write(writer, "started", incident.Started);
            Write(writer, "healthy", incident.WasHealthy);
            Write(writer, "seen", incident.Seen);
            Write(writer, "end", incident.End);
            Write(writer, "done", incident.Done);
        }
        writer.WriteIfAny("log"u8, LogPath);
        writer.WriteIfAny("hint"u8, Hint);
        if (Status is null)
            return;
        writer.WritePropertyName("now");
        StatusJson.Write(writer, Status);
    }

    private static void Write(Utf8JsonWriter writer, string name, IEnumerable<EventRecord> records)
    {
        writer.WriteStartArray(name);
        foreach (var record in records)
            Write(writer, null, record);
        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, string? name, EventRecord? record)
    {
        if (record is null)
            return;
        if (name is not null)
            writer.WritePropertyName(name);
        writer.WriteStartObject();
        EventJson.WriteMembers(writer, record);
        writer.WriteEndObject();
    }

    private string NoFailure() => events.Count == 0 ? "nothing is known of a failure" : $"no failure since {Time(events[0].At)}, as far as events go back";

    private static string Headline(Incident incident) => incident switch
    {
        { Unhealthy: not null, End: { } end } => $"was found unhealthy, then {How(end)}",
        { Unhealthy: not null } => "was found unhealthy, and has not ended yet",
        { End.Event: "start_failed" } => "could not be started",
        { End: { } end } => How(end),
        _ => "failed",
    };

    private void TellSeen(Incident incident)
    {
        var seen = incident.Seen.Select(Line).ToList();
        if (incident.Unhealthy is { Failures: not null } unhealthy)
            seen.Add($"it failed for {Duration(unhealthy.At - incident.Seen[0].At)} before it was given up{Before(incident)}");
        else if (incident is { WasHealthy: null, Started: not null } && IsChecked)
            seen.Add("it was never healthy before it ended");
        Section("what was seen", seen);
    }

    private static string Before(Incident incident) => incident.WasHealthy is { } healthy
        ? $"; it was healthy first at {Time(healthy.At)}"
        : "; it was never healthy";

    private void TellEnd(Incident incident)
    {
        if (incident.End is not { } end)
            return;
        List<string> told = [Line(end)];
        if (end.RuntimeSeconds is { } runtime)
            told.Add($"it ran for {Duration(TimeSpan.FromSeconds(runtime))}{(end.PeakMemoryBytes is { } memory ? $", and held {Memory(memory)} of memory at most" : "")}");
        Section("how it ended", told);
    }

    private void TellOutput(Incident incident)
    {
        foreach (var one in incident.Seen.Concat(incident.Done).Where(one => one is { Output.Count: > 0 }))
            Section($"what before_restart_cmd found{(one.File is { } file ? $" ({file})" : "")}", one.Output!);
        if (incident.End is not { Event: "exited" } end)
            return;
        // It is noticed a moment later, maybe only after the end.
        var lost = events.Where(one => one.Event == "log_truncated" && one.At >= (incident.Started ?? end).At).Select(Line);
        Section($"the last lines of its log{(LogPath is null ? "" : $" ({LogPath})")}", [.. lost, .. end.Output is { Count: > 0 } output ? output : ["it is empty, or could not be read"]]);
    }

    private string Now() => Status switch
    {
        null => "no supervisor is running for it",
        { Status: "backoff", NextStartSeconds: { } seconds } => $"waiting to restart: in {Duration(TimeSpan.FromSeconds(seconds))}, at {Time(now + TimeSpan.FromSeconds(seconds))}; restart {Status.ConsecutiveRestarts + 1} in a row",
        { Status: "running", Pid: { } pid, UptimeSeconds: { } seconds } => $"running (pid {pid}) for {Duration(TimeSpan.FromSeconds(seconds))}{(Status.Health is { } health ? $", {health}" : "")}",
        { Status: "stopped" or "exited", LastExit.Reason: { } reason } => $"{Status.Status}, and not started again by itself: {reason}",
        { WaitingFor: { } awaited } => $"{Status.Status}, waiting for {string.Join(", ", awaited)}",
        _ => Status.Status,
    };

    private string Count()
    {
        var failures = Failures();
        return failures.Count switch
        {
            0 => "no failure that has ended",
            1 => "this was the only failure",
            var count => $"{count} failures, the first {Duration(Ago(failures[0].At))} ago ({Time(failures[0].At)})",
        };
    }

    private List<EventRecord> Failures() => [.. events.Where(one => one.Failure == true && Ago(one.At) <= Day)];

    private void Section(string title, IEnumerable<string> content)
    {
        var indented = content.Select(line => $"  {line}").ToList();
        if (indented.Count > 0)
            lines.AddRange(["", $"{title}:", .. indented]);
    }

    private TimeSpan Ago(DateTimeOffset at) => at < now ? now - at : TimeSpan.Zero;

    private static string How(EventRecord end) => end.Text.Replace($" (pid {end.Pid})", "", StringComparison.Ordinal);

    private static string Line(EventRecord one) => $"{Time(one.At)} {one.Text}";

    private static string Time(DateTimeOffset at) => $"{at:yyyy-MM-ddTHH:mm:ssZ}";
}

/// <summary>The last failure of a service, found in its events.</summary>
/// <param name="Started">The start of the process that failed; null if there was none, or if it is not known any more.</param>
/// <param name="WasHealthy">When that process was first healthy; null for never.</param>
/// <param name="Seen">What led to it: failed probes, the verdict, what was done to the process.</param>
/// <param name="End">The end of the process, or the failed start; null if it has not ended yet.</param>
/// <param name="Done">What followed, up to the health of the next process.</param>
internal sealed record Incident(
    EventRecord? Started,
    EventRecord? WasHealthy,
    IReadOnlyList<EventRecord> Seen,
    EventRecord? End,
    IReadOnlyList<EventRecord> Done)
{
    private static readonly TimeSpan Related = TimeSpan.FromMinutes(1);

    /// <summary>When it came to a head.</summary>
    public DateTimeOffset At => (End ?? Seen[^1]).At;

    /// <summary>When the health check gave it up; null if it did not.</summary>
    public EventRecord? Unhealthy => Seen.LastOrDefault(one => one.Event == "unhealthy");

    /// <summary>The last one among the events of one service; null for none.</summary>
    public static Incident? LastOf(IReadOnlyList<EventRecord> events)
    {
        var at = LastIndex(events, events.Count, one => one is { Failure: true } or { Event: "unhealthy" });
        if (at < 0)
            return null;
        var failure = events[at];
        var start = failure.Pid is null ? -1 : LastIndex(events, at, one => one.Event == "started" && one.Pid == failure.Pid);
        var life = events.Take(at).Skip(start + 1).Where(one => one.Pid is not null && one.Pid == failure.Pid).ToList();
        return new(
            start < 0 ? null : events[start],
            life.FirstOrDefault(one => one.Event == "healthy"),
            [.. SeenIn(life, failure), .. failure.Event == "unhealthy" ? new[] { failure } : []],
            failure.Event == "unhealthy" ? null : failure,
            [.. DoneAfter(events.Skip(at + 1))]);
    }

    /// <summary>The failed probes of the last row of them, if they have to do with it, and all that came after.</summary>
    private static IEnumerable<EventRecord> SeenIn(List<EventRecord> life, EventRecord failure)
    {
        var verdict = life.FindLastIndex(one => one.Event == "unhealthy");
        var first = life.FindLastIndex(verdict < 0 ? life.Count - 1 : verdict, one => one is { Event: "probe_failed", Failures: 1 });
        return life.Skip(Math.Max(0, first < 0 ? verdict : first))
            .Where(one => one.Event is not ("started" or "healthy") && (verdict >= 0 || failure.At - one.At < Related || one.Event != "probe_failed"));
    }

    private static IEnumerable<EventRecord> DoneAfter(IEnumerable<EventRecord> after)
    {
        var started = false;
        foreach (var one in after)
        {
            if (one.Event.StartsWith("log_", StringComparison.Ordinal))
                continue; // What befalls the log may come at any time.
            if (one.Event is "probe_failed" || (started && one.Event is not ("healthy" or "recovered")))
                yield break;
            yield return one;
            started |= one.Event == "started";
            if (one.Event is "healthy" or "recovered")
                yield break;
        }
    }

    private static int LastIndex(IReadOnlyList<EventRecord> events, int before, Func<EventRecord, bool> isIt)
    {
        for (var i = before - 1; i >= 0; i--)
            if (isIt(events[i]))
                return i;
        return -1;
    }
}
