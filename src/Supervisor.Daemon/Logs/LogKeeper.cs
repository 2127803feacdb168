using System.Collections.Concurrent;
using Supervisor.Daemon.Polling;

namespace Supervisor.Daemon.Logs;

/// <summary>
/// Keeps the logs of all services small. While nobody writes or starts it does nothing; while somebody does, it has the worker look at the
/// sizes about once a second, more often at what grows fast. At each look one log at most is cut, so that nothing else has to
/// wait long for the worker, and no more descriptors are needed for a thousand services than for one.
/// </summary>
internal sealed class LogKeeper : Watcher
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(10);

    private readonly Action<EventRecord> tell;
    private readonly string folder;
    private readonly TimeProvider time;
    private readonly Worker disk;
    private readonly Deadlines deadlines;
    private readonly Dictionary<string, KeptLog> logs;
    private readonly FolderWatch watch;
    private readonly ConcurrentQueue<EventRecord> found = new();
    private bool isLooking;
    private bool isCompressing;
    private bool isArmed;
    private bool saidImpossible;

    /// <summary>Completes what an earlier supervisor was killed in the middle of, and begins.</summary>
    /// <param name="config">Whose logs they are, and where they lie.</param>
    /// <param name="poller">Tells when somebody writes to one (inotify(7)).</param>
    /// <param name="deadlines">When to look again.</param>
    /// <param name="disk">Who looks, and cuts.</param>
    /// <param name="tell">Hears what went wrong.</param>
    /// <param name="time">The clock.</param>
    public LogKeeper(SupervisorConfig config, Poller poller, Deadlines deadlines, Worker disk, Action<EventRecord> tell, TimeProvider time)
    {
        (this.deadlines, this.disk, this.tell, this.time, folder, watch) = (deadlines, disk, tell, time, config.LogDir, new(config.LogDir));
        logs = config.Services.Select(service => new KeptLog(service, config.LogDir)).ToDictionary(log => log.Service);
        foreach (var service in Interrupted(config.LogDir))
            if (logs.TryGetValue(service, out var log))
                Try(log, log.File.Recover);
        TellFound();
        if (watch.Descriptor >= 0)
            poller.Watch(this, watch.Descriptor, Descriptors.In);
        if (OperatingSystem.IsLinux())
            Look(); // Elsewhere no file system can cut a log while it is written to.
    }

    /// <summary>
    /// Takes over who is there now: those that are configured, and those whose daemons have not ended yet.
    /// </summary>
    public void Keep(IReadOnlyList<ServiceConfig> services)
    {
        foreach (var gone in logs.Keys.Except(services.Select(service => service.Spec.Name)).ToList())
            logs.Remove(gone);
        foreach (var service in services)
            if (logs.TryGetValue(service.Spec.Name, out var known))
                known.File.Policy = service.Log;
            else
                Add(new(service, folder));
    }

    /// <summary>
    /// A daemon is about to be started, so nobody writes to its log at this moment: one that is too large is renamed, and the rest is
    /// the worker's. Of one that is small this costs a look at its length.
    /// </summary>
    public void BeforeStart(string service)
    {
        var log = logs.GetValueOrDefault(service);
        var length = log?.Begin();
        if (length is null)
            MakeFolder();
        if (log is null || !log.File.TryClaim())
            return;
        var isAside = false;
        if (length > log.File.Policy.MaxSize || log.Complaint is not null)
            Try(log, () => isAside = log.File.TryPutAside());
        TellFound();
        if (isAside)
            Recover(log);
        else
            log.File.Release();
        // The folder may be another by now, which was moved away and made again: the next look watches that one.
        isArmed = false;
        if (!isLooking && Due is null && OperatingSystem.IsLinux())
            deadlines.Set(this, Now + NextDelay());
    }

    /// <summary>Somebody writes: look when the fastest of the logs may have become too large.</summary>
    public override void OnReady(short seen)
    {
        watch.Drain();
        isArmed = false;
        if (!isLooking && Due is null)
            deadlines.Set(this, Now + NextDelay());
    }

    public override void OnDue(TimeSpan now) => Look();

    private TimeSpan Now => Deadlines.NowOn(time);

    private static IEnumerable<string> Interrupted(string folder) => !Directory.Exists(folder) ? [] :
        Directory.GetFiles(folder, "*.log.cut-*").Select(path => Path.GetFileName(path)).Select(name => name[..name.LastIndexOf(".log.cut-", StringComparison.Ordinal)]);

    /// <summary>Somebody may have deleted it.</summary>
    private void MakeFolder()
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The start fails, and says why.
        }
    }

    /// <summary>From here on, the next write is noticed, once.</summary>
    private void Arm() => isArmed = watch.Arm();

    /// <summary>Before it is looked at, somebody may have been killed in the midst of cutting it.</summary>
    private void Add(KeptLog log)
    {
        logs.Add(log.Service, log);
        if (log.File.TryClaim())
            Recover(log);
    }

    private void Look()
    {
        Arm();
        KeptLog[] all = [.. logs.Values];
        var isMoreToDo = false;
        isLooking = true;
        disk.Post(() => isMoreToDo = CutOne(all), () =>
        {
            isLooking = false;
            OnDone();
            if (isMoreToDo)
                deadlines.Set(this, Now + CheckDelay.Shortest);
            else if (!isArmed) // Somebody has written meanwhile, maybe to what was looked at already.
                deadlines.Set(this, Now + NextDelay());
        });
    }

    /// <summary>On the worker: cuts the first log that is too large; whether to look again even if nobody writes.</summary>
    private bool CutOne(KeptLog[] all)
    {
        foreach (var log in all)
        {
            var isDue = log.Measure(time.GetTimestamp(), time);
            if (log.HasLoss)
                Find(log, "log_truncated", "its log was truncated, and what was in it is lost: something opened it anew, as > /dev/stderr does; >&2 and >> /dev/stderr do not");
            if (!isDue || !log.File.TryClaim())
                continue;
            Try(log, () => Rotate(log));
            log.File.Release();
            return true;
        }
        return false;
    }

    private TimeSpan NextDelay() => logs.Values.Select(log => log.Delay).DefaultIfEmpty(CheckDelay.Longest).Min();

    private void Recover(KeptLog log) => Post(log, () =>
    {
        log.File.Recover();
        log.IsToCompress = true;
    });

    private void Post(KeptLog log, Action work, Action? done = null) => disk.Post(
        () =>
        {
            Try(log, work);
            log.File.Release();
        },
        () =>
        {
            done?.Invoke();
            OnDone();
        });

    /// <summary>The worker is done with something. Archives are compressed one at a time: it takes long, and others wait for the worker, too.</summary>
    private void OnDone()
    {
        TellFound();
        if (isCompressing || logs.Values.FirstOrDefault(log => log.IsToCompress && log.File.TryClaim()) is not { } next)
            return;
        isCompressing = true;
        Post(next, () => next.IsToCompress = next.File.CompressOne(), () => isCompressing = false);
    }

    private void Rotate(KeptLog log)
    {
        RotationOutcome outcome;
        try
        {
            outcome = log.File.Rotate();
        }
        finally
        {
            log.StartAnew(time.GetTimestamp());
        }
        log.IsToCompress = outcome != RotationOutcome.StillLarge;
        if (outcome != RotationOutcome.Impossible || saidImpossible)
            return;
        saidImpossible = true;
        Find(log, "log_rotation_impossible", $"the file system of {log.Path} cannot cut a log while it is written to; logs above log_max_size are renamed when their daemon starts");
    }

    /// <summary>A failure is told once, and so is its end.</summary>
    private void Try(KeptLog log, Action work)
    {
        try
        {
            work();
            if (log.Complaint is not null)
                Find(log, "log_rotated", "its log is rotated again");
            log.Complaint = null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.RetryAt = time.GetTimestamp() + (long)(RetryDelay.TotalSeconds * time.TimestampFrequency);
            log.IsToCompress = false;
            if (log.Complaint is null)
                Find(log, "log_rotation_failed", $"its log cannot be rotated, will keep trying; nothing is lost: {e.Message}");
            log.Complaint = e.Message;
        }
    }

    /// <summary>Maybe on the worker, so it is told later, by the loop.</summary>
    private void Find(KeptLog log, string name, string text) => found.Enqueue(new(time.GetUtcNow(), log.Service, name, text));

    private void TellFound()
    {
        while (found.TryDequeue(out var record))
            tell(record);
    }
}
