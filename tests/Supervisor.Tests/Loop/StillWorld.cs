using Microsoft.Extensions.Time.Testing;

namespace Supervisor.Tests.Loop;

/// <summary>A world in which nothing happens and nothing can be started, unless a test wants it otherwise.</summary>
internal class StillWorld : IProcessHost, IProber, IAlerts, IEventSink, IStateStore, ISuccessor
{
    public LoopEdges Edges => new(this, this, this, this, this, this, NoGuard.Instance, Time);

    public FakeTimeProvider Time { get; } = new();

    /// <summary>What was sent to the people in charge.</summary>
    public List<AlertNotice> Notices { get; } = [];

    public virtual SpawnResult Spawn(SpawnRequest request) => new(0, "no");

    public void Kill(int pid, string signal)
    {
    }

    public virtual int? PeekEnded() => null;

    public virtual ExitStatus Reap(int pid) => default;

    public bool IsGroupGone(int group) => true;

    public IReadOnlyList<int> Descendants() => [];

    public virtual IReadOnlyList<Bearer> Bearers() => [];

    public bool IsChild(int pid) => false;

    public void Adopt(IReadOnlyList<(int Pid, string StartTime)> processes)
    {
    }

    public virtual string? StartTimeOf(int pid) => null;

    /// <summary>What every probe says, once it is known.</summary>
    public TaskCompletionSource<ProbeResult>? Answer { get; set; }

    /// <summary>What was told to people, line by line.</summary>
    public List<string> Told { get; } = [];

    public Task<ProbeResult> ProbeAsync(ServiceConfig service, int pid) => Answer?.Task ?? throw new NotSupportedException();

    public void Reconfigure(SupervisorConfig config)
    {
    }

    public void Send(AlertNotice notice) => Notices.Add(notice);

    public void Write(EventRecord record) => Told.Add(record.Text);

    public void Try()
    {
    }

    public void Save(IReadOnlyList<ServiceRecord> services)
    {
    }
}
