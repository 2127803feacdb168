using System.Threading.Channels;

namespace Supervisor.Tests.Loop;

/// <summary>A world in which processes live on, use what memory a test wants, and heartbeats are counted.</summary>
internal sealed class WatchfulWorld : StillWorld, IGroupMeter, IHeartbeat
{
    private readonly Channel<Message> inbox = Channel.CreateUnbounded<Message>(new() { SingleReader = true });
    private int newest;

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

    public override SpawnResult Spawn(SpawnRequest request) => new(++newest, null);

    public Task<IReadOnlyDictionary<int, GroupUsage>> MeasureAsync(IReadOnlyCollection<int> groups)
    {
        (Measurements, Measured) = (Measurements + 1, groups);
        return Task.FromResult<IReadOnlyDictionary<int, GroupUsage>>(Memory.ToDictionary(one => one.Key, one => new GroupUsage(one.Value, default)));
    }

    public void Beat(Uri url) => (Beats, LastBeat) = (Beats + 1, url);

    public SupervisorLoop LoopOf(params ServiceConfig[] services) => new(
        ConfigOf(services),
        new(1, "", default),
        Edges with { Meter = this, Heartbeat = this },
        inbox,
        []);

    public static SupervisorConfig ConfigOf(params ServiceConfig[] services) => new() { File = "/f.json", LogDir = "/", StateDir = "/", HeartbeatUrl = HeartbeatUrl, Services = [.. services] };

    public void Say(SupervisorLoop loop, Message message)
    {
        inbox.Writer.TryWrite(message);
        loop.Turn();
    }

    /// <summary>How the only service stands.</summary>
    public ServiceStatus StatusOf(SupervisorLoop loop)
    {
        var reply = new TaskCompletionSource<Reply>();
        Say(loop, new Message.Asked(new Request.Status(null), reply));
        return reply.Task.Result.Report.Services[0];
    }

    /// <summary>Lets time pass, in steps as small as any timer's.</summary>
    public void Pass(SupervisorLoop loop, double seconds)
    {
        for (var left = seconds; left > 0; left -= 0.5)
        {
            Time.Advance(TimeSpan.FromSeconds(0.5));
            loop.Turn();
            loop.Turn();
        }
    }
}
