using Microsoft.Extensions.Time.Testing;
using Supervisor.Alerts;
using Supervisor.Configuration;
using Supervisor.Loop;
using Supervisor.Os;
using Supervisor.Probes;
using Supervisor.State;

namespace Supervisor.Tests.Loop;

/// <summary>A world in which nothing happens and nothing can be started, unless a test wants it otherwise.</summary>
internal class StillWorld : IProcessHost, IProber, IAlerts, IEventSink, IStateStore
{
    public LoopEdges Edges => new(this, this, this, this, this, Time);

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

    public IReadOnlyList<int> Children() => [];

    public string? StartTimeOf(int pid) => null;

    public Task<ProbeResult> ProbeAsync(ServiceConfig service) => throw new NotSupportedException();

    public void Send(AlertNotice notice) => Notices.Add(notice);

    public void Write(EventRecord record)
    {
    }

    public void Save(IReadOnlyList<ServiceRecord> services)
    {
    }
}
