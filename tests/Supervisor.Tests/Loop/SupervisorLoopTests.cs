using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Supervisor.Alerts;
using Supervisor.Configuration;
using Supervisor.Control;
using Supervisor.Guard;
using Supervisor.Loop;
using Supervisor.Os;
using Supervisor.Probes;
using Supervisor.State;

namespace Supervisor.Tests.Loop;

public sealed class SupervisorLoopTests
{
    [Fact]
    public void A_turn_ends_even_if_the_questions_do_not()
    {
        var inbox = Channel.CreateUnbounded<Message>(new() { SingleReader = true });
        var config = new SupervisorConfig { File = "/f.json", LogDir = "/", StateDir = "/", Services = [] };
        using var loop = new SupervisorLoop(config, new(1, "", default), Nobody.Edges, inbox);
        var asked = 0;
        AskAgain();

        loop.Turn();

        Assert.InRange(asked, 2, 100_000);
        Assert.True(inbox.Reader.TryPeek(out _));

        void AskAgain()
        {
            if (++asked > 1_000_000)
                return;
            // Answered on the loop's own thread, so the next question is always there before the loop looks for it.
            var reply = new TaskCompletionSource<Reply>();
            reply.Task.ContinueWith(_ => AskAgain(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            inbox.Writer.TryWrite(new Message.Asked(new Request.Status(null), reply));
        }
    }

    /// <summary>A world in which nothing happens.</summary>
    private sealed class Nobody : IProcessHost, IProber, IAlerts, IEventSink, IStateStore
    {
        private static readonly Nobody Instance = new();

        public static LoopEdges Edges { get; } = new(Instance, Instance, Instance, Instance, Instance, NoGuard.Instance, new FakeTimeProvider());

        public SpawnResult Spawn(SpawnRequest request) => new(0, "no");

        public void Kill(int pid, string signal)
        {
        }

        public int? PeekEnded() => null;

        public ExitStatus Reap(int pid) => default;

        public bool IsGroupGone(int group) => true;

        public IReadOnlyList<int> Children() => [];

        public string? StartTimeOf(int pid) => null;

        public Task<ProbeResult> ProbeAsync(ServiceConfig service) => throw new NotSupportedException();

        public void Send(AlertNotice notice)
        {
        }

        public void Write(EventRecord record)
        {
        }

        public void Save(IReadOnlyList<ServiceRecord> services)
        {
        }
    }
}
