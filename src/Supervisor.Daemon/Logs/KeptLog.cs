namespace Supervisor.Daemon.Logs;

/// <summary>A log, and how it has been growing.</summary>
internal sealed class KeptLog
{
    private long length;
    private long measuredAt;

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

    /// <summary>Whether it grew as fast as it was cut.</summary>
    public bool IsStillLarge { get; set; }

    /// <summary>Why it could not be rotated when it was last tried, or null.</summary>
    public string? Complaint { get; set; }

    /// <summary>Not to be tried before.</summary>
    public long RetryAt { get; set; }

    /// <summary>Forgets how it grew before it was cut.</summary>
    public void StartAnew(long now)
    {
        (length, measuredAt) = (OwnFile.LengthOf(Path), now);
    }

    /// <summary>Looks at its length; whether it is to be cut now.</summary>
    public bool Measure(long now, TimeProvider time)
    {
        var size = OwnFile.LengthOf(Path);
        Delay = CheckDelay.For(File.Room(size), size - length, time.GetElapsedTime(measuredAt, now));
        (length, measuredAt) = (size, now);
        return now >= RetryAt && File.IsDue(size);
    }
}
