namespace Supervisor.Daemon;

/// <summary>
/// Keeps the logs of all services small, from tasks and threads of its own. While nobody writes it sleeps; while somebody
/// does it looks at the sizes about once a second, more often at what grows fast. One log is cut at a time, so it needs
/// no more descriptors for a thousand services than for one.
/// </summary>
internal sealed class LogKeeper : ILogs, IAsyncDisposable
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(10);

    private readonly IEventSink events;
    private readonly string folder;
    private readonly TimeProvider time;
    private readonly FolderWatch watch;
    private readonly CancellationTokenSource ended = new();
    private readonly SemaphoreSlim one = new(1);
    private readonly Task keeping;
    private volatile IReadOnlyDictionary<string, KeptLog> logs;
    private bool saidImpossible;

    /// <summary>Completes what an earlier supervisor was killed in the middle of, and begins.</summary>
    public LogKeeper(SupervisorConfig config, IEventSink events, TimeProvider time)
    {
        this.events = events;
        this.time = time;
        folder = config.LogDir;
        logs = config.Services.Select(service => new KeptLog(service, config.LogDir)).ToDictionary(log => log.Service);
        foreach (var service in Interrupted(config.LogDir))
            if (logs.TryGetValue(service, out var log))
                Try(log, log.File.Recover);
        watch = new(config.LogDir, time);
        keeping = Task.Run(KeepAsync);
    }

    /// <summary>
    /// Takes over what is configured now; to be called by one at a time. The logs of services that are no more are kept
    /// small all the same: their daemons may not have ended yet.
    /// </summary>
    public void Keep(IReadOnlyList<ServiceConfig> services)
    {
        var all = new Dictionary<string, KeptLog>(logs);
        foreach (var service in services)
            if (all.TryGetValue(service.Spec.Name, out var known))
                known.File.Policy = service.Log;
            else
                all.Add(service.Spec.Name, Added(service));
        logs = all;
    }

    public void BeforeStart(string service)
    {
        watch.Wake();
        if (!logs.TryGetValue(service, out var log) || !log.File.TryClaim())
            return;
        var isAside = false;
        Try(log, () => isAside = log.File.TryPutAside());
        if (isAside)
            _ = WorkAsync(log, log.File.Recover);
        else
            log.File.Release();
    }

    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync().ConfigureAwait(false);
        watch.Dispose();
        await Task.WhenAny(keeping, Task.Delay(LastWords, time)).ConfigureAwait(false);
    }

    /// <summary>Nobody else works on it until it is completed what an earlier supervisor may have been killed in the middle of.</summary>
    private KeptLog Added(ServiceConfig service)
    {
        var log = new KeptLog(service, folder);
        if (log.File.TryClaim())
            _ = WorkAsync(log, log.File.Recover);
        return log;
    }

    private static IEnumerable<string> Interrupted(string folder) =>
        Directory.GetFiles(folder, "*.log.cut-*").Select(path => Path.GetFileName(path)).Select(name => name[..name.LastIndexOf(".log.cut-", StringComparison.Ordinal)]);

    private async Task KeepAsync()
    {
        try
        {
            while (true)
            {
                var isArmed = watch.Arm();
                var delay = await CheckAllAsync().ConfigureAwait(false);
                if (delay is null)
                    await watch.WaitAsync(isArmed, ended.Token).ConfigureAwait(false);
                await Task.Delay(delay ?? NextDelay(), time, ended.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The supervisor ends.
        }
    }

    /// <summary>Cuts what is too large; when to look again even if nobody writes, or null.</summary>
    private async Task<TimeSpan?> CheckAllAsync()
    {
        TimeSpan? again = null;
        foreach (var log in logs.Values)
            if (log.Measure(time.GetTimestamp(), time) && log.File.TryClaim())
            {
                await WorkAsync(log, () => Rotate(log)).ConfigureAwait(false);
                if (log.IsStillLarge)
                    again = CheckDelay.Shortest;
            }
        return again;
    }

    private TimeSpan NextDelay() => logs.Values.Select(log => log.Delay).DefaultIfEmpty(CheckDelay.Longest).Min();

    /// <summary>Does something that blocks, on a thread of its own, for the pool has few, and the loop needs one.</summary>
    private async Task WorkAsync(KeptLog log, Action work)
    {
        await one.WaitAsync().ConfigureAwait(false);
        await OnItsOwnThread(() => Try(log, work)).ConfigureAwait(false);
        one.Release();
        if (log.IsStillLarge || !log.File.WantsCompression)
            log.File.Release();
        else
            _ = CompressAsync(log);
    }

    private async Task CompressAsync(KeptLog log)
    {
        await OnItsOwnThread(() => Try(log, log.File.Compress)).ConfigureAwait(false);
        log.File.Release();
    }

    private static Task OnItsOwnThread(Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Rotate(KeptLog log)
    {
        var outcome = log.File.Rotate();
        log.StartAnew(time.GetTimestamp());
        log.IsStillLarge = outcome == RotationOutcome.StillLarge;
        if (outcome != RotationOutcome.Impossible || saidImpossible)
            return;
        saidImpossible = true;
        Tell(log, "log_rotation_impossible", $"the file system of {log.Path} cannot cut a log while it is written to; logs above log_max_size are renamed when their daemon starts");
    }

    /// <summary>A failure is told once, and so is its end.</summary>
    private void Try(KeptLog log, Action work)
    {
        try
        {
            work();
            if (log.Complaint is not null)
                Tell(log, "log_rotated", "its log is rotated again");
            log.Complaint = null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.RetryAt = time.GetTimestamp() + (long)(RetryDelay.TotalSeconds * time.TimestampFrequency);
            log.IsStillLarge = false;
            if (log.Complaint is null)
                Tell(log, "log_rotation_failed", $"its log cannot be rotated, will keep trying; nothing is lost: {e.Message}");
            log.Complaint = e.Message;
        }
    }

    private void Tell(KeptLog log, string name, string text) => events.Write(new(time.GetUtcNow(), log.Service, name, text));
}
