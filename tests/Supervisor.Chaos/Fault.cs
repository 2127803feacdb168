namespace Supervisor.Chaos;

/// <summary>What is done to a daemon.</summary>
internal enum FaultKind
{
    /// <summary>SIGKILL to the process alone: its children are left behind.</summary>
    Kill,

    /// <summary>SIGSTOP, for good.</summary>
    Freeze,

    /// <summary>SIGSTOP, and SIGCONT a while later.</summary>
    Slow,

    /// <summary>It accepts and never answers.</summary>
    Hang,

    /// <summary>It answers 503.</summary>
    Sick,

    /// <summary>It answers 503 a few times, and then 200 again.</summary>
    BrieflySick,

    /// <summary>It dies by SIGABRT.</summary>
    Crash,

    /// <summary>It exits.</summary>
    Exit,

    /// <summary>It ignores SIGTERM.</summary>
    Deaf,

    /// <summary>It starts a child that ignores SIGTERM.</summary>
    Fork,

    /// <summary>A tenth of all are killed at once.</summary>
    Massacre,
}

/// <summary>One planned fault.</summary>
/// <param name="At">When, from the beginning.</param>
/// <param name="Kind">What.</param>
/// <param name="Victim">To whom, as an index.</param>
internal sealed record Fault(TimeSpan At, FaultKind Kind, int Victim)
{
    /// <summary>All of a run, as its seed has it; the more services, the denser.</summary>
    public static IEnumerable<Fault> Plan(Options options)
    {
        var random = new Random(options.Seed);
        var kinds = Enum.GetValues<FaultKind>();
        var mean = TimeSpan.FromSeconds(20) / options.Services;
        for (var at = TimeSpan.Zero; at < TimeSpan.FromMinutes(options.Minutes); at += mean * -Math.Log(1 - random.NextDouble()))
        {
            // Once in a while is enough.
            var kind = kinds[random.Next(kinds.Length - (random.Next(20) == 0 ? 0 : 1))];
            yield return new(at, kind, random.Next(options.Services));
        }
    }
}
