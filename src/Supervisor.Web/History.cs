using System.Collections.Concurrent;
using System.Text.Json;

namespace Supervisor.Web;

/// <summary>How well a service was. The worst of some minutes is what is kept of them.</summary>
internal enum Level : byte
{
    /// <summary>Nobody has looked.</summary>
    Unknown,

    /// <summary>As it should be.</summary>
    Well,

    /// <summary>Stopped, as somebody asked for.</summary>
    Stopped,

    /// <summary>On its way: it starts, waits for another, or is being stopped.</summary>
    Changing,

    /// <summary>Not as it should be.</summary>
    Failed,
}

/// <summary>
/// The last 24 hours of each service, in steps of 5 minutes: 2 KB a service, whatever happens. One thread writes; those who read meanwhile may
/// see the newest step before or after it.
/// </summary>
/// <param name="since">When this program began to look.</param>
internal sealed class History(DateTimeOffset since)
{
    /// <summary>How many steps are kept.</summary>
    public const int Steps = 288;

    /// <summary>The length of a step.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, Track> tracks = [];

    /// <summary>How well a service is.</summary>
    public static Level LevelOf(ServiceStatus service) => service switch
    {
        { IsWell: true } => Level.Well,
        { Status: "stopped" } or { Removed: true } => Level.Stopped,
        { Status: "backoff" or "exited" } or { Health: "unhealthy" } => Level.Failed,
        _ => Level.Changing,
    };

    /// <summary>Takes down how things stand.</summary>
    public void Add(StatusReport report, DateTimeOffset now)
    {
        var step = StepOf(now);
        foreach (var service in report.Services)
            tracks.GetOrAdd(service.Name, _ => new(step)).Add(step, service);
        foreach (var (name, track) in tracks)
            if (track.Newest + Steps <= step)
                tracks.TryRemove(name, out _);
    }

    /// <summary>Writes how well each service was, as members of an object that has begun: a digit a step, the newest last.</summary>
    public void WriteLevels(Utf8JsonWriter writer, DateTimeOffset now)
    {
        WriteFrame(writer, now);
        writer.WriteStartObject("services"u8);
        foreach (var (name, track) in tracks)
            writer.WriteString(name, track.Levels(StepOf(now)));
        writer.WriteEndObject();
    }

    /// <summary>Writes all that is known of one service.</summary>
    public void Write(Utf8JsonWriter writer, string name, DateTimeOffset now)
    {
        WriteFrame(writer, now);
        if (tracks.TryGetValue(name, out var track))
            track.Write(writer, StepOf(now));
    }

    private void WriteFrame(Utf8JsonWriter writer, DateTimeOffset now)
    {
        writer.WriteString("since"u8, since);
        writer.WriteString("now"u8, now);
        writer.WriteNumber("step_seconds"u8, (int)Step.TotalSeconds);
        writer.WriteNumber("steps"u8, Steps);
    }

    private static long StepOf(DateTimeOffset time) => time.UtcTicks / Step.Ticks;

    /// <summary>Of one service; a step has its place by its number.</summary>
    private sealed class Track(long newest)
    {
        private readonly Level[] levels = new Level[Steps];
        private readonly ushort[] restarts = new ushort[Steps];
        private readonly uint[] memory = new uint[Steps];
        private int? counted;

        public long Newest { get; private set; } = newest;

        public void Add(long step, ServiceStatus service)
        {
            // A clock that was set back writes into the newest step until it has caught up.
            for (var left = Math.Min(step - Newest, Steps); left > 0; left--)
            {
                Newest = step - left + 1;
                (levels[Newest % Steps], restarts[Newest % Steps], memory[Newest % Steps]) = (Level.Unknown, 0, 0);
            }
            var at = Newest % Steps;
            levels[at] = (Level)Math.Max((byte)levels[at], (byte)LevelOf(service));
            // After down and up it is counted from zero.
            var more = counted is not { } before ? 0 : service.Restarts >= before ? service.Restarts - before : service.Restarts;
            restarts[at] = (ushort)Math.Min(restarts[at] + more, ushort.MaxValue);
            memory[at] = Math.Max(memory[at], (uint)Math.Min((service.MemoryBytes ?? 0) / 1024, uint.MaxValue));
            counted = service.Restarts;
        }

        public string Levels(long step) => string.Concat(Shown(step, levels, Level.Unknown).Select(level => (char)('0' + (byte)level)));

        public void Write(Utf8JsonWriter writer, long step)
        {
            writer.WriteString("levels"u8, Levels(step));
            Write(writer, "restarts"u8, Shown(step, restarts, (ushort)0).Select(count => (uint)count));
            Write(writer, "memory_kb"u8, Shown(step, memory, 0u));
        }

        private static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> name, IEnumerable<uint> values)
        {
            writer.WriteStartArray(name);
            foreach (var value in values)
                writer.WriteNumberValue(value);
            writer.WriteEndArray();
        }

        /// <summary>The last 24 hours up to now, without the steps at the beginning of which nothing is known.</summary>
        private IEnumerable<T> Shown<T>(long step, T[] values, T unknown)
        {
            var known = false;
            for (var at = step - Steps + 1; at <= step; at++)
            {
                var isKept = at <= Newest && at > Newest - Steps;
                known |= isKept && levels[at % Steps] != Level.Unknown;
                if (known)
                    yield return isKept ? values[at % Steps] : unknown;
            }
        }
    }
}
