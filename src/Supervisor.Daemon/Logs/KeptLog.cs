namespace Supervisor.Daemon.Logs;

/// <summary>A log, and how it has been growing.</summary>
internal sealed class KeptLog
{
    private Sight seen;
    private object? begun;
    private long measuredAt;
    private bool isLossTold;

    public KeptLog(ServiceConfig service, string folder)
    {
        (Service, Path) = (service.Spec.Name, LogPath.Of(folder, service.Spec.Name));
        File = new(Path, service.Log);
    }

    public string Service { get; }

    public string Path { get; }

    public RotatingFile File { get; }

    /// <summary>When to look at it again, if it goes on like this.</summary>
    public TimeSpan Delay { get; private set; } = CheckDelay.Longest;

    /// <summary>Whether archives of it may be left to be compressed. One that grows as fast as it is cut has none compressed.</summary>
    public bool IsToCompress { get; set; }

    /// <summary>Why it could not be rotated when it was last tried, or null.</summary>
    public string? Complaint { get; set; }

    /// <summary>Not to be tried before.</summary>
    public long RetryAt { get; set; }

    /// <summary>
    /// Whether somebody else has shortened it, which is to be told once for each process: who opens it anew may truncate it, though he that
    /// appends cannot, and so <c>&gt; /dev/stderr</c> does.
    /// </summary>
    public bool HasLoss { get; private set; }

    /// <summary>Another process is about to write to it. Called by the loop, while the worker may be measuring.</summary>
    /// <returns>Its length, in bytes; null if it is not there.</returns>
    public long? Begin()
    {
        var sight = Look();
        Volatile.Write(ref begun, sight);
        return sight.Inode == 0 ? null : sight.Length;
    }

    /// <summary>Forgets how it grew before it was cut.</summary>
    public void StartAnew(long now) => (seen, measuredAt) = (Look(), now);

    /// <summary>Looks at its length; whether it is to be cut now.</summary>
    public bool Measure(long now, TimeProvider time)
    {
        var (former, at, start) = (seen, measuredAt, Interlocked.Exchange(ref begun, null));
        StartAnew(now);
        Delay = CheckDelay.For(File.Room(seen.Length), seen.Length - former.Length, time.GetElapsedTime(at, now));
        isLossTold &= start is null;
        HasLoss = !isLossTold && seen.IsLessThan(start is Sight then ? then : former);
        isLossTold |= HasLoss;
        return now >= RetryAt && File.IsDue(seen.Length);
    }

    private Sight Look() => new(FileOwner.Glance(Path));

    /// <summary>How long it was, and which file.</summary>
    private readonly record struct Sight(long Length, ulong Inode)
    {
        public Sight((long Length, ulong Inode) file)
            : this(file.Length, file.Inode)
        {
        }

        public bool IsLessThan(Sight former) => Inode == former.Inode && Length < former.Length;
    }
}
