namespace Supervisor.Tests.Loop;

/// <summary>A world in which processes live on, use what memory a test wants, and heartbeats get through and are counted.</summary>
internal sealed class WatchfulWorld : StillWorld
{
    private readonly Queue<int> ended = [];
    private int newest;
    private bool isMeasuring;

    /// <summary>Where heartbeats go, unless a test wants it otherwise.</summary>
    public static Uri HeartbeatUrl { get; } = new("http://127.0.0.1/beat");

    public int Beats { get; private set; }

    /// <summary>Where the newest heartbeat went.</summary>
    public Uri? LastBeat { get; private set; }

    /// <summary>How often the processes were looked at.</summary>
    public int Measurements { get; private set; }

    /// <summary>Who was looked at last.</summary>
    public IReadOnlyCollection<int> Measured { get; private set; } = [];

    /// <summary>What each group uses, by its id; those that are not there cannot be measured.</summary>
    public Dictionary<int, long> Memory { get; } = [];

    public override SpawnResult Spawn(SpawnRequest request)
    {
        if (request.Argv is not ["supervisor-https", "get"])
            return new(++newest, null);
        (Beats, LastBeat) = (Beats + 1, new(request.Variables.Single(variable => variable.Key == "SUPERVISOR_URL").Value));
        ended.Enqueue(1000 + Beats);
        return new(1000 + Beats, null);
    }

    public override int? PeekEnded() => ended.TryPeek(out var pid) ? pid : null;

    public override ExitStatus Reap(int pid)
    {
        ended.Dequeue();
        return new(0);
    }

    public override void Measure(IReadOnlyCollection<int> groups) => (Measurements, Measured, isMeasuring) = (Measurements + 1, groups, true);

    public SupervisorLoop LoopOf(params ServiceConfig[] services) => new(ConfigOf(services), new(1, "", default), Surroundings, []);

    public static SupervisorConfig ConfigOf(params ServiceConfig[] services) => new() { File = "/f.json", LogDir = "/", StateDir = "/", HeartbeatUrl = HeartbeatUrl, Services = [.. services] };

    /// <summary>Has the loop take an edited configuration up.</summary>
    public void Reload(SupervisorLoop loop, SupervisorConfig edited)
    {
        loop.OnReloadSignal();
        loop.OnConfigurationRead(new ConfigurationResult<SupervisorConfig>(edited, []));
        Turn(loop);
    }

    /// <summary>Takes a turn, and one more for what came of it.</summary>
    public void Turn(SupervisorLoop loop)
    {
        loop.Turn();
        if (ended.Count > 0)
            loop.OnChildrenEnded();
        if (isMeasuring)
        {
            isMeasuring = false;
            loop.OnMeasured(Memory.ToDictionary(one => one.Key, one => new GroupUsage(one.Value, default)));
        }
        loop.Turn();
    }

    /// <summary>Lets time pass, in steps as small as any timer's.</summary>
    public void Pass(SupervisorLoop loop, double seconds)
    {
        for (var left = seconds; left > 0; left -= 0.5)
        {
            Time.Advance(TimeSpan.FromSeconds(0.5));
            Turn(loop);
        }
    }
}
