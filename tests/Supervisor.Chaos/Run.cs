namespace Supervisor.Chaos;

/// <summary>What all parts of one run share.</summary>
internal sealed record Run(Options Options, Workspace Workspace, Fleet Fleet, Subject Subject, Findings Findings)
{
    public Shortages Shortages { get; } = new();

    /// <summary>What was asked for by hand, by service: a start or restart may be one more process, but is no automatic restart.</summary>
    public ManualStarts ManualStarts { get; } = new();

    /// <summary>The sizes of the logs around each full disk.</summary>
    public List<FullDisk> FullDisks { get; } = [];

    /// <summary>Numbers of lines that daemons said they had written.</summary>
    public List<Witness> Witnesses { get; } = [];
}

/// <summary>The sizes of the logs just before the disk was filled, and just after it was freed.</summary>
internal sealed record FullDisk(IReadOnlyDictionary<string, long> Before, IReadOnlyDictionary<string, long> After);

/// <summary>A daemon's word that so many lines of this process were written.</summary>
internal sealed record Witness(string Service, int Pid, int Lines);
