namespace Supervisor.Web;

/// <summary>
/// The one who asks the supervisor how things stand, on a thread of its own: at each event, every two seconds while somebody looks, and else
/// often enough for the history. Where there is no supervisor it waits for one.
/// </summary>
internal sealed class Watcher
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Seldom = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Often = TimeSpan.FromSeconds(2);

    /// <summary>What happens in a crowd is told together.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(200);

    private readonly string configFile;
    private readonly TimeProvider clock;
    private readonly CancellationToken ending;
    private readonly UsageMeter meter = new();
    private readonly Dictionary<string, int> events = [];
    private volatile Snapshot current;
    private volatile string folder;
    private int listeners;

    /// <param name="configFile">Whose supervisor is meant.</param>
    /// <param name="folder">Its state folder.</param>
    /// <param name="clock">The time.</param>
    /// <param name="ending">Ends it.</param>
    public Watcher(string configFile, string folder, TimeProvider clock, CancellationToken ending)
    {
        (this.configFile, this.folder, this.clock, this.ending) = (configFile, folder, clock, ending);
        History = new(clock.GetUtcNow());
        current = new(clock.GetUtcNow(), null, "not connected yet", []);
    }

    /// <summary>How everything stands.</summary>
    public Snapshot Current => current;

    /// <summary>How it stood.</summary>
    public History History { get; }

    /// <summary>The supervisor's state folder. It may be another one when the next supervisor is started.</summary>
    public string Folder => folder;

    /// <summary>Begins to look; ends with the program.</summary>
    public void Start() => new Thread(Run) { IsBackground = true, Name = "watcher" }.Start();

    /// <summary>Somebody looks from now on, or does so no more.</summary>
    public void Count(int more) => Interlocked.Add(ref listeners, more);

    /// <summary>A connection of one's own to the supervisor; null if none is running.</summary>
    /// <exception cref="IOException">It does not let us in.</exception>
    public ControlClient? TryConnect() => ControlClient.TryConnect(StatePaths.Socket(folder), configFile);

    private void Run()
    {
        do
        {
            folder = ConfigurationReader.StateDirOf(configFile).Tentative ?? folder;
            string lost;
            try
            {
                lost = Watch();
            }
            catch (IOException e)
            {
                lost = e.Message;
            }
            catch (Exception e)
            {
                // The page says so, and is there when it is over.
                lost = $"internal error, please report it: {e.GetType().Name}: {e.Message}";
            }
            if (current.Lost != lost)
                Show(new(clock.GetUtcNow(), current.Report, lost, current.Services));
        }
        while (!ending.WaitHandle.WaitOne(Retry));
    }

    /// <summary>Looks until there is nothing to be seen any more, and says why.</summary>
    private string Watch()
    {
        using var client = TryConnect();
        using var notices = TryConnect();
        if (client is null || notices is null)
            return $"no supervisor is running for {configFile}";
        notices.Subscribe();
        while (true)
        {
            var reply = client.Call("status", new(), ControlClient.Grace);
            if (reply.Error is { } error)
                return error.Message;
            if (reply.Report is not { } report)
                return "the answer of the supervisor makes no sense";
            Take(meter.Widened(report));
            Await(notices);
        }
    }

    private void Take(StatusReport report)
    {
        var now = clock.GetUtcNow();
        History.Add(report, now);
        Show(new(now, report, null, [.. report.Services.Select(service => new ServiceView(service, events.GetValueOrDefault(service.Name)))]));
    }

    private void Show(Snapshot snapshot)
    {
        var before = current;
        current = snapshot;
        before.Follow(snapshot);
    }

    /// <summary>Waits until there is something new to be seen.</summary>
    private void Await(ControlClient notices)
    {
        var since = clock.GetTimestamp();
        var hasHappened = false;
        while (true)
        {
            var elapsed = clock.GetElapsedTime(since);
            var due = hasHappened ? Least : Volatile.Read(ref listeners) > 0 ? Often : Seldom;
            if (elapsed >= due)
                return;
            // Somebody may begin to look meanwhile.
            if (notices.NextEvent(due - elapsed < Retry ? due - elapsed : Retry) is not { } one)
                continue;
            hasHappened = true;
            if (one.Service is { } service)
                events[service] = events.GetValueOrDefault(service) + 1;
        }
    }
}
