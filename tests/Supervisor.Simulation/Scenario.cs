namespace Supervisor.Simulation;

/// <summary>A run, before it is run: services, what is done to them and when, all from one seed.</summary>
/// <param name="Seed">What everything is derived from.</param>
/// <param name="Profile">How it was made: <c>wild</c>, <c>crowd</c>, <c>disguised</c> or <c>calm</c>.</param>
/// <param name="Services">The services.</param>
/// <param name="Acts">What people and fate do, in order of time.</param>
/// <param name="Length">How long it takes until it is shut down, in milliseconds.</param>
internal sealed record Scenario(ulong Seed, string Profile, IReadOnlyList<ServiceConfig> Services, IReadOnlyList<Act> Acts, long Length)
{
    private const long Minute = 60_000;
    private const long Hour = 60 * Minute;
    private const long Day = 24 * Hour;

    /// <summary>Ten minutes in which everything goes wrong.</summary>
    public static Scenario Wild(ulong seed)
    {
        var dice = new Dice(seed);
        return Wild(seed, "wild", ref dice, dice.Pick(1, 2, 5), Enum.GetValues<ActKind>().Where(kind => kind < ActKind.StopSeveral));
    }

    /// <summary>The same for five services, of which many are stopped at a time.</summary>
    public static Scenario Crowd(ulong seed)
    {
        var dice = new Dice(seed);
        return Wild(seed, "crowd", ref dice, 5, Enum.GetValues<ActKind>().Where(kind => kind < ActKind.Forge));
    }

    /// <summary>The same for three services whose processes hide whose they are, among others that say what they are not; and what was written down is lost.</summary>
    public static Scenario Disguised(ulong seed)
    {
        var dice = new Dice(seed);
        return Wild(seed, "disguised", ref dice, 3, Enum.GetValues<ActKind>());
    }

    /// <summary>Ten services for ten years.</summary>
    public static Scenario Calm(ulong seed)
    {
        var dice = new Dice(seed);
        var services = Enumerable.Range(0, 10).Select(index => Service(index, Related(CalmSpec(dice: ref dice, index), seed, index, 10))).ToList();
        var length = 3652 * Day;
        return new(seed, "calm", services, ActsOf(ref dice, services.Count, length, mean: 5 * Day, Enum.GetValues<ActKind>().Where(kind => kind < ActKind.Reload)), length);
    }

    /// <summary>Whether processes fail every few weeks, instead of all the time.</summary>
    public bool IsCalm => Profile == "calm";

    /// <summary>How much supervision it is, in service-years.</summary>
    public double ServiceYears => Services.Count * (double)Length / (365.25 * Day);

    /// <summary>Where a service stands in the list; -1 where it was left out.</summary>
    public int IndexOf(string name)
    {
        for (var i = 0; i < Services.Count; i++)
            if (Services[i].Spec.Name == name)
                return i;
        return -1;
    }

    /// <summary>The fate of one process.</summary>
    public Temper TemperOf(int service, int generation)
    {
        var dice = Dice.For(Seed, int.Parse(Services[service].Spec.Name.AsSpan(1)) + 1, generation);
        // Now and then, sixteen in a row cannot be started.
        var isBarren = Dice.For(~Seed, service, generation / 16).OneIn(IsCalm ? 1000 : 15);
        var temper = IsCalm ? Temper.Calm(dice) : Temper.Wild(dice);
        if (Profile == "disguised")
            temper = temper.Disguised(Dice.For(Seed ^ 0xD15, service, generation));
        return isBarren ? temper with { SpawnFails = true } : temper;
    }

    private static Scenario Wild(ulong seed, string profile, ref Dice dice, int count, IEnumerable<ActKind> kinds)
    {
        // With 800 ms, a pause that doubles ends in the very instant from which on failures count.
        var startPeriod = profile == "crowd" ? 800 : 1_000;
        var services = new List<ServiceConfig>();
        for (var index = 0; index < count; index++)
            services.Add(Service(index, Related(WildSpec(ref dice, index, startPeriod), seed, index, count)));
        return new(seed, profile, services, ActsOf(ref dice, count, 10 * Minute, mean: 3_000, kinds), 10 * Minute);
    }

    private static ServiceConfig Service(int index, ServiceSpec spec) => new()
    {
        Spec = spec,
        Cmd = ["/bin/sh"],
        WorkingDir = "/",
        BeforeRestartCmd = spec.Examination > TimeSpan.Zero ? ["/bin/sh"] : [],
        BeforeRestartTimeout = spec.Examination,
        HealthUrl = spec.Checked ? new Uri($"http://127.0.0.1:{1000 + index}/") : null,
        HealthTimeout = spec.HealthInterval < TimeSpan.FromSeconds(1) ? spec.HealthInterval : TimeSpan.FromSeconds(1),
        Autostart = index % 4 != 3,
    };

    private static ServiceSpec WildSpec(ref Dice dice, int index, int startPeriod) => new()
    {
        Name = $"s{index}",
        Checked = !dice.OneIn(4),
        HealthInterval = TimeSpan.FromMilliseconds(dice.Pick(100, 500, 2_000)),
        HealthRetries = dice.Pick(1, 2, 3, 5),
        HealthStartPeriod = TimeSpan.FromMilliseconds(dice.Pick(0, startPeriod, 10_000)),
        Restart = dice.Pick(RestartMode.Always, RestartMode.Always, RestartMode.Always, RestartMode.OnFailure, RestartMode.No),
        BackoffInitial = TimeSpan.FromMilliseconds(dice.Pick(0, 10, 100, 1_000)),
        BackoffMax = TimeSpan.FromMilliseconds(dice.Pick(1_000, 5_000, 60_000)),
        BackoffReset = TimeSpan.FromMilliseconds(dice.Pick(0, 1_000, 60_000)),
        AlertAfter = dice.Pick(0, 1, 3, 10),
        StopTimeout = TimeSpan.FromMilliseconds(dice.Pick(0, 100, 1_000, 10_000)),
        Examination = TimeSpan.FromMilliseconds(dice.Pick(0, 0, 1, 100, 2_000, 10_000)),
    };

    /// <summary>Depends on some of those before it or, in every other run, after it, so on none that depends on it.</summary>
    private static ServiceSpec Related(ServiceSpec spec, ulong seed, int index, int count)
    {
        var dice = Dice.For(~seed, index, count);
        var others = Enumerable.Range(0, count).Where(other => seed % 2 == 0 ? other < index : other > index);
        var chosen = new List<string>();
        foreach (var other in others)
            if (dice.OneIn(3))
                chosen.Add($"s{other}");
        var restartsDependents = dice.OneIn(3);
        var conditions = new Dictionary<string, Condition>();
        foreach (var name in chosen)
            conditions[name] = dice.Pick(Condition.Healthy, Condition.Healthy, Condition.Started, count == 10 ? Condition.Healthy : Condition.Completed);
        return spec with { DependsOn = chosen, Conditions = conditions, RestartDependents = restartsDependents };
    }

    private static ServiceSpec CalmSpec(ref Dice dice, int index) => new()
    {
        Name = $"s{index}",
        Checked = !dice.OneIn(3),
        HealthInterval = TimeSpan.FromMilliseconds(dice.Pick(30 * Minute, Hour, 6 * Hour)),
        Restart = dice.Pick(RestartMode.Always, RestartMode.Always, RestartMode.OnFailure),
        Examination = TimeSpan.FromSeconds(index % 2 == 0 ? 10 : 0),
    };

    private static List<Act> ActsOf(ref Dice dice, int services, long length, long mean, IEnumerable<ActKind> kinds)
    {
        ActKind[] choices = [.. kinds];
        var acts = new List<Act>();
        for (var at = dice.Exponential(mean); at < length; at += dice.Exponential(mean))
            acts.Add(new(at, dice.Pick<ActKind>(choices), dice.Below(services), dice.Between(1, 20_000)));
        return acts;
    }
}

/// <summary>Something that people or fate do.</summary>
/// <param name="At">When, in milliseconds from the start.</param>
/// <param name="Kind">What.</param>
/// <param name="Service">To which service: the number in its name.</param>
/// <param name="Amount">How long, where that makes sense, in milliseconds.</param>
internal sealed record Act(long At, ActKind Kind, int Service, long Amount);

/// <summary>What people or fate do.</summary>
internal enum ActKind
{
    Start,
    Stop,
    Restart,
    RestartAll,
    HammerRestart,
    StartStopStart,
    Wait,
    AbandonedWait,
    Status,
    KillLeader,
    TermLeader,
    Suspend,
    Continue,
    MachineSleeps,
    SupervisorFreezes,
    SpuriousChildSignal,
    SupervisorDies,
    SupervisorDiesAtWork,
    SupervisorIsReplaced,
    Reload,
    StopSeveral,
    StopSeveralRestartOne,
    Forge,
    SupervisorDiesAndStateIsLost,
}
