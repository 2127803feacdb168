using System.Text.Json;
using System.Text.Json.Serialization;
using Supervisor.Kernel;
using Supervisor.Loop;
using Supervisor.Os;

namespace Supervisor.State;

/// <summary>What <c>state.json</c> holds.</summary>
/// <param name="Version">Of this format. One that is newer than <see cref="Newest"/> cannot be read.</param>
/// <param name="BootId">Of the boot it was written in. In any other, all its processes are gone and its times mean nothing.</param>
/// <param name="Services">All of them.</param>
internal sealed record StateDocument(int Version, string BootId, IReadOnlyList<StateEntry> Services)
{
    /// <summary>The version that this program writes.</summary>
    public const int Newest = 2;

    /// <summary>What stands for these services.</summary>
    public static StateDocument Of(string bootId, IReadOnlyList<ServiceRecord> services) =>
        new(Newest, bootId, [.. services.Select(StateEntry.Of)]);
}

/// <summary>One service. Times are those of the machine's monotonic clock.</summary>
internal sealed record StateEntry(
    string Name,
    Goal Goal,
    PhaseEntry Phase,
    int Generation,
    int Restarts,
    Streak Streak,
    StopPolicy Stop,
    string? StartTime = null,
    ExitEntry? LastExit = null,
    string? Fingerprint = null)
{
    /// <summary>A service's entry.</summary>
    public static StateEntry Of(ServiceRecord record) => new(
        record.Name,
        record.State.Goal,
        PhaseEntry.Of(record.State.Phase),
        record.State.Generation,
        record.State.Restarts,
        record.State.Streak,
        record.Stop,
        record.StartTime,
        record.LastExit is { } exit ? ExitEntry.Of(exit) : null,
        record.Fingerprint);

    /// <summary>The service of an entry.</summary>
    /// <exception cref="JsonException">It contradicts itself.</exception>
    public ServiceRecord ToRecord() => new(
        Name,
        new(Goal, Phase.ToPhase(), Generation, Restarts, Streak),
        StartTime,
        LastExit?.ToLastExit(),
        Stop,
        Fingerprint);
}

/// <summary>Where a service stands; what does not apply is null.</summary>
internal sealed record PhaseEntry(
    PhaseKind Kind,
    int? Pid = null,
    TimeSpan? Since = null,
    Health? Health = null,
    TimeSpan? WellAt = null,
    StopCause? Cause = null,
    TimeSpan? KillAt = null,
    TimeSpan? SignalAt = null,
    TimeSpan? Until = null)
{
    /// <summary>A phase's entry.</summary>
    public static PhaseEntry Of(Phase phase) => phase switch
    {
        Phase.Backoff backoff => new(PhaseKind.Backoff, Until: backoff.Until),
        Phase.Running running => new(PhaseKind.Running, running.Pid, running.Since, running.Probes.Health, running.WellAt),
        Phase.Stopping stopping => new(PhaseKind.Stopping, stopping.Pid, stopping.Since, Cause: stopping.Cause, KillAt: stopping.KillAt, SignalAt: stopping.SignalAt),
        // What waits will do so again: as what is due for a restart, or wanted but down. Older programs understand that, too.
        Phase.Waiting { IsRestart: true } => new(PhaseKind.Backoff, Until: TimeSpan.Zero),
        _ => new(PhaseKind.Stopped),
    };

    /// <summary>The phase of an entry. What its probes said but the judgement is not kept.</summary>
    /// <exception cref="JsonException">It contradicts itself.</exception>
    public Phase ToPhase() => this switch
    {
        { Kind: PhaseKind.Stopped } => new Phase.Stopped(),
        { Kind: PhaseKind.Backoff, Until: { } until } => new Phase.Backoff(until),
        { Kind: PhaseKind.Running, Pid: > 1 and var pid, Since: { } since, Health: { } health } => new Phase.Running(pid, since, new(health, 0, null, false), WellAt),
        { Kind: PhaseKind.Stopping, Pid: > 1 and var pid, Since: { } since, Cause: { } cause } => new Phase.Stopping(pid, since, cause, KillAt, SignalAt),
        _ => throw new JsonException($"a phase that is {Kind} lacks something"),
    };
}

/// <summary>The phases that are kept; the others are over before anything is written.</summary>
internal enum PhaseKind
{
    Stopped,
    Backoff,
    Running,
    Stopping,
}

/// <summary>How the last process ended.</summary>
internal sealed record ExitEntry(DateTimeOffset At, string Reason, bool Requested, bool CoreDumped, int? Code = null, string? Signal = null)
{
    public static ExitEntry Of(LastExit exit) =>
        new(exit.At, exit.Reason, exit.Requested, exit.Status?.CoreDumped ?? false, exit.Status?.Code, exit.Status?.Signal);

    public LastExit ToLastExit() => new(At, new ExitStatus(Code, Signal, CoreDumped), Reason, Requested);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(StateDocument))]
internal sealed partial class StateJson : JsonSerializerContext;
