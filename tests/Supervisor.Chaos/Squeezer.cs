namespace Supervisor.Chaos;

/// <summary>Takes away what the supervisor itself needs, one thing after the other, and gives it back.</summary>
internal sealed class Squeezer(Run run)
{
    /// <summary>The kind of shortage in which nothing can be written down.</summary>
    public const string DiskFull = "disk full";

    private readonly Random random = new(~run.Options.Seed);
    private readonly Dictionary<string, Func<CancellationToken, Task>> kinds = [];
    private readonly Dictionary<string, string> usualLimits = [];

    private string Ballast => Path.Combine(run.Workspace.Disk, "ballast");

    /// <summary>Finds out what can be taken here, and says what cannot.</summary>
    public async Task PrepareAsync()
    {
        Allow(run.Workspace.HasDisk, DiskFull, FillDiskAsync, "needs root, and leave to mount a tmpfs");
        Allow(await MayLimitAsync("nofile", "Max open files"), "no descriptors", TakeDescriptorsAsync, "prlimit is not there, or not allowed");
        Allow(!run.Workspace.User.IsRoot && await MayLimitAsync("nproc", "Max processes"), "no processes", TakeProcessesAsync, "prlimit is not there, not allowed, or runs for root");
        Allow(true, "supervisor stopped", PauseAsync, "");
    }

    /// <summary>Squeezes until it is told to stop; each kind in turn, in an order that the seed decides.</summary>
    public async Task SqueezeAsync(CancellationToken stop)
    {
        var order = kinds.Keys.ToArray();
        while (!stop.IsCancellationRequested)
        {
            random.Shuffle(order);
            foreach (var kind in order.TakeWhile(_ => !stop.IsCancellationRequested))
            {
                await WaitAsync(random.Next(3, 7), stop);
                if (!stop.IsCancellationRequested)
                    await OneAsync(kind, stop);
            }
        }
    }

    private async Task OneAsync(string kind, CancellationToken stop)
    {
        run.Findings.Count("faults", kind);
        var shortage = run.Shortages.Begin(kind);
        await kinds[kind](stop);
        shortage.End = Shortages.Now;
    }

    private void Allow(bool possible, string kind, Func<CancellationToken, Task> squeeze, string whyNot)
    {
        if (possible)
            kinds.Add(kind, squeeze);
        else
            Console.Out.WriteLine($"skipped: {kind} ({whyNot})");
    }

    /// <summary>Nothing goes in any more but into pages that the logs have already; these fill up in a few seconds.</summary>
    private async Task FillDiskAsync(CancellationToken stop)
    {
        var before = LogSizes();
        Fill();
        await WaitAsync(random.Next(4, 10), stop);
        File.Delete(Ballast);
        run.FullDisks.Add(new(before, LogSizes()));
    }

    private void Fill()
    {
        using var file = File.OpenHandle(Ballast, FileMode.Create, FileAccess.Write);
        foreach (var chunk in new[] { new byte[1 << 20], new byte[1 << 12] })
        {
            try
            {
                while (true)
                    RandomAccess.Write(file, chunk, RandomAccess.GetLength(file));
            }
            catch (IOException)
            {
                // Full, as far as pieces of this size go.
            }
        }
    }

    private Dictionary<string, long> LogSizes() => run.Fleet.All.ToDictionary(
        target => target.Name,
        target => new FileInfo(run.Workspace.LogOf(target.Name)) is { Exists: true } log ? log.Length : 0);

    /// <summary>Now none at all, now a few.</summary>
    private Task TakeDescriptorsAsync(CancellationToken stop) =>
        WithLimitAsync("nofile", "Max open files", () => Math.Max(3, (Proc.Of(run.Subject.Pid)?.Descriptors() ?? 0) + random.Next(-10, 4)), stop);

    private Task TakeProcessesAsync(CancellationToken stop) => WithLimitAsync("nproc", "Max processes", () => 1, stop);

    private async Task PauseAsync(CancellationToken stop)
    {
        Signals.Send(run.Subject.Pid, Signals.Stop);
        await WaitAsync(random.Next(1, 4), stop);
        Signals.Send(run.Subject.Pid, Signals.Continue);
    }

    /// <summary>Of the one that runs now. If it is killed meanwhile, its successor has what is usual.</summary>
    private async Task WithLimitAsync(string limit, string name, Func<int> value, CancellationToken stop)
    {
        var usual = usualLimits[name];
        await run.Turn.WaitAsync(CancellationToken.None);
        await LimitAsync(limit, $"{value()}");
        run.Turn.Release();
        await WaitAsync(random.Next(3, 8), stop);
        await LimitAsync(limit, usual);
    }

    private Task<bool> MayLimitAsync(string limit, string name) => LimitAsync(limit, usualLimits[name] = run.Subject.Proc.SoftLimit(name));

    /// <summary>The soft limit alone, so that it can be raised again; by the supervisor's own user, who needs no privilege for it.</summary>
    private Task<bool> LimitAsync(string limit, string value) =>
        Command.EndsWithAsync(0, [.. run.Workspace.User.Prefix, "prlimit", "--pid", $"{run.Subject.Pid}", $"--{limit}={value}:"]);

    private static Task WaitAsync(int seconds, CancellationToken stop) =>
        Task.Delay(TimeSpan.FromSeconds(seconds), stop).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
}
