using System.Collections.Immutable;

namespace Supervisor.Os;

/// <summary>The whole of what the loop asks of the operating system about processes, in libc's own words.</summary>
internal interface IProcessHost
{
    /// <summary>Starts a process that leads a session and group of its own.</summary>
    SpawnResult Spawn(SpawnRequest request);

    /// <summary>
    /// kill(2): a negative id is a process group. Nobody there is no error: they are gone, which is what was wanted.
    /// </summary>
    void Kill(int pid, string signal);

    /// <summary>A child that has ended and is not reaped, so that its id still is its own, or an adopted one that has ended; null for none.</summary>
    int? PeekEnded();

    /// <summary>Reaps a child that has ended. Its id is free from here on.</summary>
    ExitStatus Reap(int pid);

    /// <summary>Whether nothing is left of a group whose leader was reaped.</summary>
    bool IsGroupGone(int group);

    /// <summary>
    /// Everything that lives and comes of us or of an earlier supervisor, also what nobody started on purpose: orphans of
    /// a daemon's own making.
    /// </summary>
    IReadOnlyList<int> Descendants();

    /// <summary>Whether this is a child of ours, living or ended and not reaped.</summary>
    bool IsChild(int pid);

    /// <summary>
    /// Takes over, once and for all, processes that an earlier supervisor started. From here on the end of one is seen by
    /// <see cref="PeekEnded"/>; it is signalled only while it is proven to be the one, and reaped, with an exit status
    /// that nobody knows.
    /// </summary>
    void Adopt(IReadOnlyList<(int Pid, string StartTime)> processes);

    /// <summary>The living processes that carry our mark; none where the system does not tell.</summary>
    IReadOnlyList<Bearer> Bearers();

    /// <summary>What tells a process from every other that ever has the same id; null if there is none of that id.</summary>
    string? StartTimeOf(int pid);
}

/// <summary>What to start.</summary>
internal sealed record SpawnRequest
{
    /// <summary>The executable, as an absolute path.</summary>
    public required string Path { get; init; }

    /// <summary>The arguments, the program's name first.</summary>
    public required ImmutableArray<string> Argv { get; init; }

    /// <summary>The whole environment, as <c>NAME=value</c>.</summary>
    public required IReadOnlyList<string> Environment { get; init; }

    /// <summary>The folder to run in.</summary>
    public required string WorkingDir { get; init; }

    /// <summary>The file that gets stdout and stderr, appended; null for /dev/null.</summary>
    public string? LogPath { get; init; }

    /// <summary>Instead: a private file that gets them, begun anew.</summary>
    public string? OutputPath { get; init; }

    /// <summary>Instead: whether it keeps the stdout and stderr of this process.</summary>
    public bool KeepsOutput { get; init; }

    /// <summary>The service whose process it is and the user that it becomes; null for our own user.</summary>
    public (string Service, uint User)? BecomesUser { get; init; }

    /// <summary>One more descriptor to hand over, as number 3; null for none.</summary>
    public int? ExtraDescriptor { get; init; }
}

/// <summary>A process id, or what went wrong.</summary>
internal readonly record struct SpawnResult(int Pid, string? Error);
