using Microsoft.Extensions.Time.Testing;

namespace Supervisor.Tests.Loop;

/// <summary>A world in which nothing happens and nothing can be started, unless a test wants it otherwise.</summary>
internal class StillWorld : IProcessHost, IWorld
{
    public Surroundings Surroundings => new(this, this, Time, Deadlines);

    public FakeTimeProvider Time { get; } = Turning.NewClock();

    public Deadlines Deadlines { get; } = new();

    public TimeSpan Now => Deadlines.NowOn(Time);

    /// <summary>What was told.</summary>
    public Recorder Events { get; } = new();

    /// <summary>What was told to people, line by line.</summary>
    public IEnumerable<string> Told => Events.All.Select(record => record.Text);

    /// <summary>Every probe that was asked for, oldest first.</summary>
    public List<(ManagedService Service, ProbeTicket Ticket)> Probes { get; } = [];

    public virtual SpawnResult Spawn(SpawnRequest request) => new(0, "no");

    public virtual void Kill(int pid, string signal)
    {
    }

    public virtual int? PeekEnded() => null;

    public virtual ExitStatus Reap(int pid) => default;

    public virtual bool BringsOrphansHome => true;

    public virtual bool HasChildIn(int group) => false;

    public virtual IReadOnlyList<int> Children() => [];

    public virtual int Missed => 0;

    public virtual IReadOnlyList<ProcessEntry> Processes() => [];

    public virtual ProcessEntry? Find(int pid) => null;

    public virtual Bearer? BearerOf(int pid) => null;

    public virtual string Moment() => "0";

    public virtual IReadOnlyList<Bearer> Bearers() => [];

    public virtual bool IsChild(int pid) => false;

    public void Adopt(IReadOnlyList<(int Pid, string StartTime)> processes)
    {
    }

    public virtual string? StartTimeOf(int pid) => null;

    public virtual void Wait(TimeSpan? until) => throw new NotSupportedException("the test takes the turns");

    public virtual void Probe(ManagedService service, ProbeTicket ticket) => Probes.Add((service, ticket));

    public void Tell(EventRecord record) => Events.Tell(record);

    /// <summary>What was noted last.</summary>
    public IReadOnlyList<ServiceRecord> Noted { get; private set; } = [];

    /// <summary>Those who wait until what was noted is safe; null if it is at once.</summary>
    public List<Action>? Unsaved { get; set; }

    public void Save(IReadOnlyList<ServiceRecord> services) => Noted = services;

    public void WhenSaved(Action action)
    {
        if (Unsaved is { } waiting)
            waiting.Add(action);
        else
            action();
    }

    public void ReadConfiguration()
    {
    }

    public virtual void Measure(IReadOnlyCollection<int> groups)
    {
    }

    public void BeforeStart(string service)
    {
    }

    public void Reconfigure(IReadOnlyList<ServiceConfig> services)
    {
    }

    /// <summary>Somebody asks.</summary>
    public static Answer Ask(SupervisorLoop loop, Request request)
    {
        var answer = new Answer();
        loop.OnAsked(new(request, null, TimeSpan.FromSeconds(60), answer.Take));
        return answer;
    }

    /// <summary>How the only service stands.</summary>
    public static ServiceStatus StatusOf(SupervisorLoop loop) => Ask(loop, new Request.Status(null)).Reply!.Report!.Services[0];
}

/// <summary>The answer to a question, once it comes.</summary>
internal sealed class Answer
{
    /// <summary>What was answered; null as long as nothing was.</summary>
    public Reply? Reply { get; private set; }

    /// <summary>Why it failed; null for success.</summary>
    public Fault? Error => Assert.IsType<Reply>(Reply).Error;

    public void Take(Reply reply)
    {
        Assert.Null(Reply);
        Reply = reply;
    }
}
