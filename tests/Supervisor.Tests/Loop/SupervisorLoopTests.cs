using System.Threading.Channels;

namespace Supervisor.Tests.Loop;

public sealed class SupervisorLoopTests
{
    private readonly Channel<Message> inbox = Channel.CreateUnbounded<Message>(new() { SingleReader = true });

    [Fact]
    public void A_turn_ends_even_if_the_questions_do_not()
    {
        using var loop = LoopOf(new());
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
            Ask(new Request.Status(null)).ContinueWith(_ => AskAgain(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    [Fact]
    public void A_service_that_cannot_be_started_and_has_no_backoff_keeps_nobody_else_waiting()
    {
        var world = new BarrenWorld();
        using var loop = LoopOf(world, Unchecked("a") with { BackoffInitial = TimeSpan.Zero, BackoffMax = TimeSpan.Zero }, Unchecked("b"));

        loop.Start();
        var status = Ask(new Request.Status(null));
        loop.Turn();

        Assert.True(status.IsCompletedSuccessfully);
        Assert.InRange(world.Attempts, 2, 10);
    }

    [Fact]
    public async Task Who_asks_while_it_ends_is_answered_and_who_asks_later_is_not_heard()
    {
        using var loop = LoopOf(new());
        var down = Ask(new Request.Shutdown());
        loop.Turn();
        Assert.True(loop.IsDone);
        var (status, start, wait) = (Ask(new Request.Status(null)), Ask(new Request.Start(null)), Ask(new Request.Wait(null)));

        loop.Close();

        Assert.Null((await down).Error);
        Assert.Null((await status).Error);
        Assert.Equal("the supervisor is shutting down", (await start).Error?.Message);
        Assert.Equal("the supervisor has shut down", (await wait).Error?.Message);
        Assert.False(inbox.Writer.TryWrite(Message.TimerFired.Instance));
    }

    [Fact]
    public async Task What_has_failed_is_no_longer_waited_for_once_somebody_has_stopped_it()
    {
        using var loop = LoopOf(new(), Unchecked("a") with { Restart = RestartMode.No });
        loop.Start();
        var before = Ask(new Request.Wait(null));
        loop.Turn();
        var stop = Ask(new Request.Stop(["a"]));
        var after = Ask(new Request.Wait(null));
        loop.Turn();

        Assert.Equal("a is stopped: could not be started: no", (await before).Error?.Message);
        Assert.Null((await stop).Error);
        Assert.Null((await after).Error);
    }

    [Fact]
    public void A_recovery_tells_of_as_many_restarts_as_were_forgotten_with_it()
    {
        var world = new MortalWorld();
        using var loop = LoopOf(world, Unchecked("a") with { AlertAfter = 2 });
        loop.Start();
        for (var restart = 1; restart <= 3; restart++)
        {
            world.Die();
            Turn(Message.ChildrenEnded.Instance);
            world.Time.Advance(TimeSpan.FromSeconds(1 << (restart - 1)));
            loop.Turn();
        }
        world.Time.Advance(TimeSpan.FromSeconds(60));
        loop.Turn();

        Assert.Equal([("alert", 3), ("recovered", 3)], world.Notices.Select(notice => (notice.Event, notice.Restarts)));

        void Turn(Message message)
        {
            inbox.Writer.TryWrite(message);
            loop.Turn();
        }
    }

    [Fact]
    public void What_was_asked_before_a_reload_does_not_answer_what_is_asked_since()
    {
        var world = new WatchfulWorld();
        var (before, since) = (new TaskCompletionSource<ProbeResult>(), new TaskCompletionSource<ProbeResult>());
        var service = new ServiceConfig { Spec = new() { Name = "a", Checked = true }, Cmd = ["/bin/sh"], WorkingDir = "/", HealthTimeout = TimeSpan.FromHours(1) };
        world.Answer = before;
        using var loop = world.LoopOf(service);
        loop.Start();
        world.Pass(loop, 1);
        world.Answer = since;
        var edited = WatchfulWorld.ConfigOf(service with { HealthTcp = 1, Written = service.Written.Add("health_tcp", "1") });
        world.Say(loop, Message.ReloadSignalled.Instance);
        world.Say(loop, new Message.ConfigurationRead(new ConfigurationResult<SupervisorConfig>.Valid(edited)));
        before.SetResult(new(Verdict.Good, "of old"));
        world.Pass(loop, 1);
        Assert.Equal(("starting", null), (world.StatusOf(loop).Health, world.StatusOf(loop).LastProbe));
        since.SetResult(new(Verdict.Good, "of now"));
        world.Pass(loop, 1);
        Assert.Equal(("healthy", "of now"), (world.StatusOf(loop).Health, world.StatusOf(loop).LastProbe?.Detail));
    }

    private static ServiceSpec Unchecked(string name) => new() { Name = name };

    private SupervisorLoop LoopOf(StillWorld world, params IEnumerable<ServiceSpec> specs)
    {
        var services = specs.Select(spec => new ServiceConfig { Spec = spec, Cmd = ["/bin/sh"], WorkingDir = "/" });
        return new(new() { File = "/f.json", LogDir = "/", StateDir = "/", Services = [.. services] }, new(1, "", default), world.Edges, inbox, []);
    }

    private Task<Reply> Ask(Request request)
    {
        var reply = new TaskCompletionSource<Reply>();
        inbox.Writer.TryWrite(new Message.Asked(request, reply));
        return reply.Task;
    }

    /// <summary>Nothing can be started, which is tried a bounded number of times.</summary>
    private sealed class BarrenWorld : StillWorld
    {
        public int Attempts { get; private set; }

        public override SpawnResult Spawn(SpawnRequest request) =>
            ++Attempts <= 1000 ? new(0, "no") : throw new InvalidOperationException("started over and over");
    }

    /// <summary>Processes live until they are told to die.</summary>
    private sealed class MortalWorld : StillWorld
    {
        private int newest;
        private int? dead;

        public override SpawnResult Spawn(SpawnRequest request) => new(++newest, null);

        public void Die() => dead = newest;

        public override int? PeekEnded() => dead;

        public override ExitStatus Reap(int pid)
        {
            dead = null;
            return new(1);
        }
    }
}
