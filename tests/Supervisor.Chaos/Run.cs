namespace Supervisor.Chaos;

/// <summary>What all parts of one run share.</summary>
internal sealed record Run(Options Options, Workspace Workspace, Fleet Fleet, Subject Subject, Findings Findings)
{
    // The state is written a moment after it changed; on a busy machine, a long one. After a full disk it is tried again later.
    private static readonly TimeSpan Unwritten = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    public Shortages Shortages { get; } = new(Shortages.Backlog);

    /// <summary>When it was killed, until the next one answered.</summary>
    public Shortages Kills { get; } = new(TimeSpan.Zero);

    /// <summary>When it was upgraded: connections break, but nobody is refused.</summary>
    public Shortages Upgrades { get; } = new(TimeSpan.Zero);

    /// <summary>Held while a limit is lowered, and while one supervisor follows another: who has just begun to start cannot do so without.</summary>
    public SemaphoreSlim Turn { get; } = new(1);

    /// <summary>When its state folder was deleted, until it was there again: it is not reached meanwhile.</summary>
    public Shortages Deletions { get; } = new(TimeSpan.Zero);

    /// <summary>When it was killed at once after that, so that its successor is told nothing.</summary>
    public Shortages Losses { get; } = new(TimeSpan.Zero);

    /// <summary>
    /// Whether what dies now may do so while no supervisor runs, and the next one is told nothing of it, or nothing new. What it leaves of its
    /// own making, such as a stray that leads a session, can be taken for it then.
    /// </summary>
    public bool MayBeForgotten => Losses.IsUnderWay || (Kills.IsUnderWay && Shortages.All.Any(shortage => shortage.Kind == Squeezer.DiskFull && (shortage.End is not { } end || end + Retry > Shortages.Now)));

    /// <summary>Whether no supervisor runs, and the last one was killed so soon after it had started this that it may not have written it down.</summary>
    public bool MayNotBeWritten(Proc? process) =>
        process is { Started: var started } && Kills.All is [.., { End: null, Begin: var killed }] && killed - started < Unwritten;

    /// <summary>What was asked for by hand, by service: a start or restart may be one more process, but is no automatic restart.</summary>
    public ManualStarts ManualStarts { get; } = new();

    /// <summary>The sizes of the logs around each full disk.</summary>
    public List<FullDisk> FullDisks { get; } = [];

    /// <summary>Numbers of lines that daemons said they had written.</summary>
    public List<Witness> Witnesses { get; } = [];

    /// <summary>Whether the supervisor could not answer, or not well, at any time since then.</summary>
    public bool WasAwaySince(TimeSpan since) => Shortages.AnySince(since) || Kills.AnySince(since) || Deletions.AnySince(since);

    /// <summary>
    /// How many launches of a service may have been forgotten: those in the second before a SIGKILL, and those since the
    /// disk was full, if it still was or had been a second earlier.
    /// </summary>
    public int Forgotten(string service)
    {
        if (Losses.Count > 0)
            return Subject.Transcript.Count(service, "started (pid", "could not be started");
        var fullDisks = Shortages.All.Where(shortage => shortage.Kind == Squeezer.DiskFull).ToList();
        return Kills.All.Select(kill => (From: kill.Begin - Unwritten, kill.Begin))
            .Select(window => (From: fullDisks.Where(disk => disk.Begin < window.Begin && (disk.End is not { } end || end + Retry > window.Begin)).Select(disk => disk.Begin).Append(window.From).Min(), To: window.Begin))
            .Sum(window => Subject.Transcript.Count(service, window.From, window.To + Unwritten, "started (pid", "could not be started"));
    }

    /// <summary>Whether a connection may have broken at any time since then.</summary>
    public bool WasInterruptedSince(TimeSpan since) => WasAwaySince(since) || Upgrades.AnySince(since);
}

/// <summary>The sizes of the logs just before the disk was filled, and just after it was freed.</summary>
internal sealed record FullDisk(IReadOnlyDictionary<string, long> Before, IReadOnlyDictionary<string, long> After);

/// <summary>A daemon's word that so many lines of this process were written.</summary>
internal sealed record Witness(string Service, int Pid, int Lines);
