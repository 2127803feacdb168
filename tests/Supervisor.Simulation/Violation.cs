namespace Supervisor.Simulation;

/// <summary>An invariant does not hold.</summary>
/// <param name="invariant">Which one.</param>
/// <param name="what">What was seen instead.</param>
internal sealed class Violation(Invariant invariant, string what) : Exception($"{(int)invariant}. {invariant}: {what}")
{
    public Invariant Invariant { get; } = invariant;
}

/// <summary>What must hold after every event; docs/internals/invariants.md says it in sentences.</summary>
internal enum Invariant
{
    NeverTwo = 1,
    NeverForgotten = 2,
    ExactBackoff = 3,
    DownStaysDown = 4,
    ReapedOnce = 5,
    GraceThenKill = 6,
    OldReportsAreVoid = 7,
    ExactFailures = 8,
    OneAlertOneRecovery = 9,
    ShutdownEnds = 10,
    NoStrangerSignalled = 11,
    StatusIsTrue = 12,
    NothingForgotten = 13,
    DependenciesFirst = 14,
    ProbesOnTime = 15,
    TimeGoesOn = 16,
}
