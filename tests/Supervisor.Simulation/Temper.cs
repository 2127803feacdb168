namespace Supervisor.Simulation;

/// <summary>The fate of one process, known before it is born. Times are in milliseconds.</summary>
/// <param name="SpawnFails">It cannot be started at all.</param>
/// <param name="Lifetime">How long it lives if it is left alone.</param>
/// <param name="ExitCode">The code it ends with then; null for a signal.</param>
/// <param name="ObeysAfter">How long after the stop signal it ends; null for never.</param>
/// <param name="DiesAfter">How long it takes to die of SIGKILL.</param>
/// <param name="Children">How many children it has in its group.</param>
/// <param name="HasStray">Whether one more child leaves the group and lives on.</param>
/// <param name="ReadyAfter">How long until its health answers are good.</param>
/// <param name="SickAfter">How long until they are bad for good; null for never.</param>
/// <param name="BadIn">One in so many of its answers in between is bad all the same.</param>
/// <param name="ChildrenObeyAfter">How long after the stop signal its children end; null for never.</param>
internal sealed record Temper(
    bool SpawnFails,
    long Lifetime,
    int? ExitCode,
    long? ObeysAfter,
    long DiesAfter,
    int Children,
    bool HasStray,
    long ReadyAfter,
    long? SickAfter,
    int BadIn,
    long? ChildrenObeyAfter)
{
    /// <summary>How long after its start it writes a title over its environment, and the mark is lost; null for never.</summary>
    public long? LosesMarkAfter { get; init; }

    /// <summary>How long after its start it writes its log elsewhere; null for never.</summary>
    public long? LosesLogAfter { get; init; }

    /// <summary>How long after its start it gets one more child; null for never.</summary>
    public long? LateChildAfter { get; init; }

    /// <summary>Whether what leaves its group stays in its session, as a shell's jobs do.</summary>
    public bool HasJobs { get; init; }

    /// <summary>The same, in a world that hides who is who.</summary>
    public Temper Disguised(Dice dice) => this with
    {
        HasStray = HasStray || dice.OneIn(3),
        LosesMarkAfter = dice.Pick<long?>(null, 0, dice.Between(0, 1_000)),
        LosesLogAfter = dice.Pick<long?>(null, null, dice.Between(0, 1_000)),
        LateChildAfter = dice.Pick<long?>(null, dice.Between(0, 20_000)),
        HasJobs = dice.OneIn(2),
    };

    /// <summary>Nearly always.</summary>
    private const int Never = 1_000_000;

    /// <summary>Everything goes wrong all the time: what is short on a calm machine is all there is on this one.</summary>
    public static Temper Wild(Dice dice) => new(
        SpawnFails: dice.OneIn(12),
        Lifetime: dice.Pick(dice.Between(0, 50), dice.Exponential(5_000), dice.Exponential(60_000), long.MaxValue / 4),
        ExitCode: dice.Pick<int?>(0, 1, 7, null),
        ObeysAfter: dice.Pick<long?>(0, dice.Between(1, 500), dice.Between(500, 20_000), null),
        DiesAfter: dice.Pick(0L, 0, 1, 5, dice.Between(5, 300)),
        Children: dice.Pick(0, 0, 1, 3),
        HasStray: dice.OneIn(20),
        ReadyAfter: dice.Pick(0, dice.Between(0, 2_000), dice.Between(0, 20_000), long.MaxValue / 4),
        SickAfter: dice.Pick<long?>(null, null, dice.Exponential(20_000)),
        BadIn: dice.Pick(2, 3, 5, 50),
        ChildrenObeyAfter: dice.Pick<long?>(0, dice.Between(1, 500), dice.Between(500, 20_000), null));

    /// <summary>A service as one knows them: it fails every few weeks, in every way.</summary>
    public static Temper Calm(Dice dice) => new(
        SpawnFails: dice.OneIn(200),
        Lifetime: dice.OneIn(50) ? dice.Exponential(10_000) : dice.Exponential(20L * 24 * 3600 * 1000),
        ExitCode: dice.Pick<int?>(0, 1, null),
        ObeysAfter: dice.OneIn(10) ? null : dice.Between(0, 3_000),
        DiesAfter: dice.Between(0, 3),
        Children: dice.Pick(0, 0, 0, 2),
        HasStray: dice.OneIn(500),
        ReadyAfter: dice.Between(0, 5_000),
        SickAfter: dice.OneIn(20) ? dice.Exponential(10L * 24 * 3600 * 1000) : null,
        BadIn: dice.Pick(300, 3000, Never),
        ChildrenObeyAfter: dice.OneIn(10) ? null : dice.Between(0, 3_000));
}
