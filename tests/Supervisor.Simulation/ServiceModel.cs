using Supervisor.Daemon.Storage;

namespace Supervisor.Simulation;

/// <summary>
/// What ought to be true of one service, kept by simple book-keeping from what happened to it, and without a look at
/// the kernel.
/// </summary>
internal sealed class ServiceModel(ServiceConfig config)
{
    public ServiceSpec Spec => config.Spec;

    /// <summary>Whether it is configured; if not, it is to stop, and then to be forgotten.</summary>
    public bool IsConfigured { get; set; } = true;

    /// <summary>Whether the supervisor has it in its books.</summary>
    public bool IsKnown { get; set; } = true;

    /// <summary>How often what is probed was written otherwise.</summary>
    public int Edition { get; set; }

    /// <summary>What it is run with, by the configuration.</summary>
    public int Version { get; set; }

    /// <summary>What its process was started with; null if nobody knows.</summary>
    public int? StartedWith { get; set; }

    /// <summary>What it depends on, by the configuration; when it is there no more, by the last that had it.</summary>
    public IReadOnlyList<string> DependsOn { get; set; } = config.Spec.DependsOn;

    /// <summary>Those it depends on, and those that depend on it.</summary>
    public IReadOnlyList<ServiceModel> Dependencies { get; set; } = [];

    public IReadOnlyList<ServiceModel> Dependents { get; set; } = [];

    /// <summary>Whether it should be up.</summary>
    public bool Wanted { get; set; }

    /// <summary>Since when.</summary>
    public long WantedSince { get; set; }

    /// <summary>Since when its work is done: its last process ended by itself and with success, and that leads to no restart; null if it is not.</summary>
    public long? DoneSince { get; set; }

    /// <summary>Since when one that it depends on is as it has to be; null if it is not.</summary>
    public long? MetSince(ServiceModel other)
    {
        var isUp = other is { Wanted: true, Process: not null, Stopping: null };
        return Spec.Conditions.GetValueOrDefault(other.Spec.Name) switch
        {
            Condition.Completed => other.DoneSince,
            Condition.Started => isUp ? Math.Max(other.WantedSince, other.Process!.StartedAt) : other.DoneSince,
            _ => isUp && other.WellSince is { } well ? Math.Max(other.WantedSince, well) : null,
        };
    }

    /// <summary>Whether it may start, as far as others go.</summary>
    public bool IsReady => Dependencies.All(other => MetSince(other) is not null);

    /// <summary>Whether it has done its work, and nothing that depends on it wants more of it.</summary>
    public bool HasDoneEnough => DoneSince is not null && Dependents.All(other => !other.IsKnown || other.MetSince(this) is not null);

    /// <summary>When it has to be started: when that is due, or, if it had to wait for others then, when they had all become well.</summary>
    public long? StartTime => StartDue is { } due ? Dependencies.Select(other => MetSince(other) ?? 0).Append(due).Max() : null;

    /// <summary>Whether it should be down, and is not.</summary>
    public bool IsLeaving => !Wanted && Process is not null;

    /// <summary>Whether its process ends or has ended, to be replaced, and those that depend on it share that fate.</summary>
    public bool TakesAlong => Spec.RestartDependents && Wanted && (Process is null ? StartCounts : Stopping is not null);

    /// <summary>Whether it should be up if the shutdown that has begun is cut short; null while there is none.</summary>
    public bool? WantedBeforeShutdown { get; set; }

    /// <summary>When its next start is due, on the virtual clock; null if none is.</summary>
    public long? StartDue { get; set; }

    /// <summary>Whether that start counts as an automatic restart.</summary>
    public bool StartCounts { get; set; }

    /// <summary>Automatic restarts ever.</summary>
    public int Restarts { get; set; }

    /// <summary>Automatic restarts in a row.</summary>
    public int Streak { get; set; }

    /// <summary>How many of them were answered by a recovery.</summary>
    public int Answered { get; set; }

    public bool Alerted { get; set; }

    /// <summary>The process that was started last, while it is not gone.</summary>
    public SimulatedProcess? Process { get; set; }

    /// <summary>Why that process was told to stop; null if it was not.</summary>
    public StopCause? Stopping { get; set; }

    /// <summary>Whether somebody has asked for a start while that process is being stopped.</summary>
    public bool StartsAtOnce { get; set; }

    /// <summary>Whether it ended with success, if it ended by itself and is not restarted; null if it did not.</summary>
    public bool? EndedWell { get; set; }

    /// <summary>Whether it is what people wait for: it has done its work, or is well, which without a health check takes a second.</summary>
    public bool IsUp(long now) => EndedWell == true || (Process is not null && WellSince is not null && (Spec.Checked || now - Process.StartedAt >= 1_000));

    /// <summary>When that process ended, while others of its group live on.</summary>
    public long? EndedAt { get; set; }

    /// <summary>Whether it ended by itself and with success then.</summary>
    public bool LeftWell { get; set; }

    /// <summary>When those have to get SIGKILL.</summary>
    public long? KillDue { get; set; }

    /// <summary>Since when none of them is left; null while one is.</summary>
    public long? EmptySince { get; set; }

    /// <summary>When that process has to get its stop signal.</summary>
    public long? SignalDue { get; set; }

    /// <summary>When the process was first found healthy; null for not yet.</summary>
    public long? HealthySince { get; set; }

    /// <summary>Probes in a row that failed and count.</summary>
    public int Failures { get; set; }

    /// <summary>When it has to be asked next how it is; null while an answer is awaited, and without a health check.</summary>
    public long? ProbeDue { get; private set; }

    /// <summary>When that is after the answer that is awaited, if it does not take too long.</summary>
    public long? NextProbe { get; private set; }

    /// <summary>Whether a recovery has to be told in this turn.</summary>
    public bool RecoveryDue { get; set; }

    /// <summary>Whether the restart that is due has to raise an alert.</summary>
    public bool IsAlarming => StartCounts && !Alerted && Streak - Answered >= Spec.AlertAfter;

    /// <summary>min(initial·2ⁿ⁻¹, max), by repeated doubling.</summary>
    public long Delay(int nth)
    {
        var (delay, max) = ((long)Spec.BackoffInitial.TotalMilliseconds, (long)Spec.BackoffMax.TotalMilliseconds);
        for (var i = 1; i < nth && delay < max && delay > 0; i++)
            delay *= 2;
        return nth == 0 ? 0 : Math.Min(delay, max);
    }

    /// <summary>Since when it has been well; null if it is not.</summary>
    public long? WellSince => Spec.Checked ? HealthySince : Process?.StartedAt;

    /// <summary>When its restarts are forgotten.</summary>
    public long? ForgottenAt => WellSince + Patience;

    private long Patience => Math.Max((long)Spec.BackoffReset.TotalMilliseconds, Delay(Streak));

    /// <summary>Whether one more failed probe now would count.</summary>
    public bool Counts(long now) => HealthySince is not null || now - Process!.StartedAt >= Spec.HealthStartPeriod.TotalMilliseconds;

    /// <summary>A process starts.</summary>
    public void Begin(SimulatedProcess process, long now)
    {
        (Process, StartedWith, Stopping, SignalDue, HealthySince, Failures) = (process, Version, null, null, null, 0);
        (EndedAt, KillDue, EmptySince, StartsAtOnce, EndedWell, DoneSince) = (null, null, null, false, null, null);
        ProbeDue = Spec.Checked ? now + ProbePause(0) : null;
    }

    /// <summary>It is asked how it is.</summary>
    public void Ask(long now) => (ProbeDue, NextProbe) = (null, now + ProbePause(now - Process!.StartedAt));

    /// <summary>It has answered, or nobody waits for that any more.</summary>
    public void Answer(long now) => ProbeDue = Math.Max(NextProbe!.Value, now);

    /// <summary>The interval; while a failure cannot count yet, 100 ms, and then as long as it has been running, if that is less.</summary>
    private long ProbePause(long age)
    {
        var (early, interval) = (Math.Max(100, age), (long)Spec.HealthInterval.TotalMilliseconds);
        return HealthySince is null && age + early < Spec.HealthStartPeriod.TotalMilliseconds ? Math.Min(early, interval) : interval;
    }

    /// <summary>Whether this is what is written down of it.</summary>
    public bool IsAsWritten(ServiceRecord record, SimulatedProcess? process) =>
        (WantedBeforeShutdown ?? Wanted) == (record.State.Goal == Goal.Up)
        && Process == process
        && DoneSince is null == record.State.Phase is not Phase.Stopped { IsDone: true }
        && (Restarts, Streak, Alerted) == (record.State.Restarts, record.State.Streak.Restarts, record.State.Streak.Alerted)
        && (StartDue is null || StartDue == DueOf(record) || (record.State.Phase is Phase.Waiting waiting && waiting.IsRestart == StartCounts));

    /// <summary>From here on, what is written down of it is what is true.</summary>
    public void Rewrite(ServiceRecord record, SimulatedProcess? process, long now)
    {
        var state = record.State;
        WantedBeforeShutdown = null;
        (Wanted, Restarts, Alerted) = (state.Goal == Goal.Up, state.Restarts, state.Streak.Alerted);
        (Streak, Answered) = (state.Streak.Restarts, state.Streak.Answered);
        (StartDue, StartCounts) = state.Phase is Phase.Waiting waiting ? (now, waiting.IsRestart) : (DueOf(record), DueOf(record) is not null);
        WantedSince = now;
        DoneSince = state.Phase is Phase.Stopped { IsDone: true } ? now : null;
        LeftWell = record.LastExit?.Status is { Success: true };
        StartedWith = record.Fingerprint is null ? null : StartedWith;
        (Process, Failures, RecoveryDue) = (process, 0, false);
        ProbeDue = Spec.Checked ? now : null;
        Stopping = state.Phase is Phase.Stopping { Cause: var cause } ? cause : null;
        SignalDue = state.Phase is Phase.Stopping { SignalAt: { } signalAt } ? (long)signalAt.TotalMilliseconds : 0;
        (EndedAt, KillDue, EmptySince) = (null, null, null);
        StartsAtOnce = state.Phase is Phase.Stopping { StartsAtOnce: true };
        EndedWell = state is { Goal: Goal.Down, Phase: Phase.Stopped or Phase.Stopping { Cause: StopCause.Exit } } && record.LastExit is { Requested: false, HasFailed: var failed } ? !failed : null;
        if (state.Phase is Phase.Stopping { EndedAt: { } endedAt } left)
            (EndedAt, KillDue) = ((long)endedAt.TotalMilliseconds, (long)(left.KillAt ?? default).TotalMilliseconds);
        if (process is not null && state.Phase is not Phase.Stopping { SignalAt: null })
            process.StopSignalAt = null; // If it was sent, nobody knows.
        HealthySince = state switch
        {
            { Phase: Phase.Running { WellAt: { } wellAt }, Probes.Health: Health.Healthy } => (long)wellAt.TotalMilliseconds - Patience,
            { Phase: Phase.Running, Probes.Health: Health.Healthy } => HealthySince ?? process!.StartedAt,
            _ => null,
        };
        if (state is not { Goal: Goal.Up, Phase: Phase.Stopped })
            return;
        StartDue = now; // A shutdown that was cut short had stopped it.
        Forget();
    }

    public override string ToString() => $"{Spec.Name} is (wanted: {Wanted}, process: {Process?.Pid}, due: {StartDue}, restarts: {Restarts}, {Streak} in a row, alerted: {Alerted})";

    private static long? DueOf(ServiceRecord record) => record.State.Phase is Phase.Backoff { Until: var until } ? (long)until.TotalMilliseconds : null;

    /// <summary>The process has to end. Whoever asks for that does not wait for an examination.</summary>
    public void End(StopCause cause, long signalDue)
    {
        Stopping = cause;
        if (Process!.StopSignalAt is null)
            SignalDue = signalDue;
    }

    /// <summary>It is asked anew, and what was asked before is void.</summary>
    public void Reconsider(long now)
    {
        (Failures, Edition) = (0, Edition + 1);
        ProbeDue = Spec.Checked && Process is not null ? now : null;
    }

    /// <summary>It is gone, and nothing of it is remembered.</summary>
    public void Vanish()
    {
        (IsKnown, Wanted, StartDue, StartCounts) = (false, false, null, false);
        (Process, StartedWith, Stopping, SignalDue, HealthySince, ProbeDue) = (null, null, null, null, null, null);
        (EndedAt, KillDue, EmptySince, StartsAtOnce, EndedWell, DoneSince) = (null, null, null, false, null, null);
        (Restarts, Alerted, RecoveryDue, WantedBeforeShutdown) = (0, false, false, null);
        Forget();
    }

    /// <summary>The count starts anew.</summary>
    public void Forget() => (Streak, Answered) = (0, 0);
}
