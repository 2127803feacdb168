using System.Threading.Channels;

namespace Supervisor.Simulation;

/// <summary>
/// One run: the real loop, kernel, driver, reaper, desk and clock, on a simulated machine in virtual time. After every
/// event the loop takes a turn and every invariant is checked. The supervisor itself is killed and replaced, too, and the
/// next one has what the last one wrote down, and the machine.
/// </summary>
internal sealed class World : IProber, IAlerts, IEventSink, IStateStore, ISuccessor
{
    private readonly Scenario scenario;
    private readonly Tampering tampering;
    private readonly SimulatedMachine machine;
    private readonly EditedFile file;
    private readonly LoopEdges edges;
    private readonly PriorityQueue<Action, (long At, long Order)> agenda = new();
    private readonly Dictionary<(int Service, int Generation), int> probes = [];
    private readonly long startedAt;
    private readonly ulong noise;
    private readonly Queue<Action> mail = [];
    private long order;
    private SupervisorLoop? loop;
    private Channel<Message> inbox = Channel.CreateUnbounded<Message>();
    private IReadOnlyList<ServiceRecord> saved = [];
    private int epoch;
    private bool isShuttingDown;
    private bool childSignalPending;
    private Violation? unheard;
    private TaskCompletionSource<Reply>? downReply;

    private World(Scenario scenario, ICollection<string>? trace, Tampering tampering)
    {
        this.scenario = scenario;
        this.tampering = tampering;
        Trace = trace;
        noise = scenario.Seed * 31;
        startedAt = Clock.Now;
        machine = new(this, scenario);
        Monitor = new(this, scenario, machine);
        file = new(scenario.Services, service => service with { Spec = tampering.Spec(service.Spec) });
        edges = new LoopEdges(tampering.Host(machine), this, this, this, this, this, NoGuard.Instance, tampering.Time(Clock));
    }

    public SimulatedClock Clock { get; } = new();

    public Monitor Monitor { get; }

    /// <summary>What happened, a line each, where somebody wants to know.</summary>
    public ICollection<string>? Trace { get; }

    /// <summary>How many events there were.</summary>
    public long Events { get; private set; }

    /// <summary>Runs a scenario to its end.</summary>
    /// <returns>How many events it took.</returns>
    /// <exception cref="Violation">An invariant does not hold.</exception>
    public static long Run(Scenario scenario, ICollection<string>? trace = null, Tampering? tampering = null)
    {
        var world = new World(scenario, trace, tampering ?? Tampering.None);
        world.Live();
        return world.Events;
    }

    /// <summary>Has something happen after a while.</summary>
    public void In(long delay, Action what) => agenda.Enqueue(what, (Clock.Now + delay, order++));

    /// <summary>SIGCHLD: soon, and one for many.</summary>
    public void SignalChild()
    {
        if (childSignalPending)
            return;
        childSignalPending = true;
        In((long)((noise + (ulong)order) % 3), () =>
        {
            childSignalPending = false;
            Post(Message.ChildrenEnded.Instance);
        });
    }

    /// <summary>The loop does not wait for it, and so would not hear of a violation.</summary>
    public Task<ProbeResult> ProbeAsync(ServiceConfig service, int pid)
    {
        try
        {
            return Probe(service);
        }
        catch (Violation violation)
        {
            unheard = violation;
            return new TaskCompletionSource<ProbeResult>().Task;
        }
    }

    public void Reconfigure(SupervisorConfig config)
    {
    }

    public void Send(AlertNotice notice)
    {
        if (tampering.SendsAlerts)
            Monitor.OnAlert(scenario.IndexOf(notice.Service), notice.Event);
    }

    public void Write(EventRecord record)
    {
        Trace?.Add($"{Clock.Now - startedAt,12} {record.Service ?? "supervisor"}: {record.Text}");
        if (record.Service is { } service)
            Monitor.OnEvent(scenario.IndexOf(service), record);
    }

    public void Save(IReadOnlyList<ServiceRecord> services) => saved = services;

    /// <summary>A successor is always fit; it takes its time to say so.</summary>
    public void Try() => In((long)(noise % 100), () => Post(new Message.SuccessorTried(null)));

    private void Live()
    {
        Monitor.OnBoot(file);
        Boot([]);
        foreach (var act in scenario.Acts)
            agenda.Enqueue(() => Play(act), (startedAt + act.At, order++));
        agenda.Enqueue(ShutDown, (startedAt + scenario.Length, order++));
        while (loop is not { IsDone: true })
            Step();
        loop.Close();
        Monitor.OnEnd(downReply);
        loop.Dispose();
    }

    /// <summary>A supervisor starts, and finds what is there.</summary>
    private void Boot(IReadOnlyList<ServiceRecord> inherited)
    {
        inbox = Channel.CreateUnbounded<Message>(new() { SingleReader = true });
        loop = new(file.Content, new(1, "simulated", Clock.GetUtcNow()), edges, inbox, inherited);
        Work(loop.Start);
    }

    /// <summary>The loop does something, during which it may be killed; otherwise everything is looked at.</summary>
    private void Work(Action what)
    {
        try
        {
            what();
            if (unheard is not null)
                throw unheard;
            Monitor.Check();
        }
        catch (SupervisorDied)
        {
            Trace?.Add($"{Clock.Now - startedAt,12} -- the supervisor is killed at work");
            Crash((long)(noise % 5_000), atWork: true);
        }
    }

    /// <summary>The supervisor is killed; somebody starts it again after a while.</summary>
    /// <param name="outage">How long nobody supervises anything.</param>
    /// <param name="atWork">Whether it was amid something, of which nothing is written down yet.</param>
    private void Crash(long outage, bool atWork)
    {
        if (loop is null)
            return;
        End(outage);
        machine.OrphanAll();
        In(outage, () => Succeed(isExact: !atWork));
    }

    /// <summary>The supervisor is replaced in its place: its children stay its children.</summary>
    private void Replace()
    {
        Trace?.Add($"{Clock.Now - startedAt,12} -- the supervisor is replaced");
        saved = loop!.Records();
        End(outage: 0);
        Succeed(isExact: true);
    }

    private void End(long outage)
    {
        loop!.Dispose();
        loop = null;
        epoch++;
        mail.Clear();
        childSignalPending = false;
        machine.OnSupervisorEnded();
        Monitor.OnSupervisorEnded(Clock.Now + outage);
    }

    private void Succeed(bool isExact)
    {
        var inherited = Inheritance.Of(tampering.Saved(saved), edges.Host, LoopClock.NowOn(edges.Time));
        Monitor.OnSucceeded(inherited, isExact, file);
        Boot(inherited);
        if (isShuttingDown)
            In(20_000, ShutDown);
        isShuttingDown = false;
    }

    /// <summary>The next thing that happens, then the loop's turns; none while the supervisor is frozen.</summary>
    private void Step()
    {
        Events++;
        var hasEvent = agenda.TryPeek(out _, out var next);
        if (loop is not null && Clock.TimerDue is { } due && !Monitor.IsFrozen && (!hasEvent || due <= next.At))
        {
            Clock.AdvanceTo(Math.Max(due, Clock.Now));
            Mail(() => Clock.FireTimer());
            Monitor.OnTimer();
        }
        else if (hasEvent)
        {
            Clock.AdvanceTo(next.At);
            agenda.Dequeue()();
        }
        else
        {
            throw new Violation(Invariant.ShutdownEnds, "nothing will ever happen again");
        }
        while (loop is not null && !Monitor.IsFrozen && mail.TryDequeue(out var message))
            Turn(message);
    }

    /// <summary>One message, one turn, one look at everything.</summary>
    private void Turn(Action message)
    {
        Monitor.OnTurn();
        message();
        Work(loop!.Turn);
        if (loop is { IsHandingOver: true })
            Replace();
    }

    /// <summary>Sends something to the supervisor that lives now; nobody else gets it.</summary>
    private void Mail(Action message)
    {
        var addressee = epoch;
        if (loop is not null)
            mail.Enqueue(() =>
            {
                if (epoch == addressee)
                    message();
            });
    }

    private void Post(Message message) => Mail(() => Tell(message));

    private void Tell(Message message)
    {
        if (tampering.Hears(message))
            inbox.Writer.TryWrite(message);
    }

    private void Play(Act act)
    {
        var name = $"s{act.Service}";
        var index = scenario.IndexOf(name);
        if (index < 0)
            return;
        Trace?.Add($"{Clock.Now - startedAt,12} -- {act.Kind} {name} {act.Amount}");
        switch (act.Kind)
        {
            case ActKind.Start:
                Ask(new Request.Start([name]));
                break;
            case ActKind.Stop:
                Ask(new Request.Stop([name]));
                break;
            case ActKind.StopSeveral:
                Ask(new Request.Stop(Several(act.Amount)));
                break;
            case ActKind.StopSeveralRestartOne:
                Ask(new Request.Stop(Several(act.Amount)));
                Ask(new Request.Restart([name]));
                break;
            case ActKind.Restart:
                Ask(new Request.Restart([name]));
                break;
            case ActKind.RestartAll:
                Ask(new Request.Restart(null));
                break;
            case ActKind.HammerRestart:
                for (var i = 0; i < 10; i++)
                    Ask(new Request.Restart([name]));
                break;
            case ActKind.StartStopStart:
                Ask(new Request.Start([name]));
                Ask(new Request.Stop([name]));
                Ask(new Request.Start([name]));
                break;
            case ActKind.Wait:
                Ask(new Request.Wait(null));
                break;
            case ActKind.AbandonedWait:
                Ask(new Request.Wait([name])).TrySetCanceled();
                break;
            case ActKind.Status:
                Ask(new Request.Status(null));
                break;
            case ActKind.KillLeader:
                machine.Disturb(index, "SIGKILL");
                break;
            case ActKind.TermLeader:
                machine.Disturb(index, "SIGTERM");
                break;
            case ActKind.Suspend:
                machine.Disturb(index, "SIGSTOP");
                break;
            case ActKind.Continue:
                machine.Disturb(index, "SIGCONT");
                break;
            case ActKind.MachineSleeps:
                Clock.Sleep(act.Amount * 10);
                Monitor.OnSleep(act.Amount * 10);
                break;
            case ActKind.SupervisorFreezes when loop is null:
                break;
            case ActKind.SupervisorFreezes:
                Monitor.OnFreeze(Clock.Now + act.Amount);
                In(act.Amount, () => Post(Message.TimerFired.Instance));
                break;
            case ActKind.SupervisorDies:
                Crash(act.Amount % 5_000, atWork: false);
                break;
            case ActKind.SupervisorDiesAtWork:
                machine.KillSupervisorAfter((int)(act.Amount % 7));
                break;
            case ActKind.SupervisorIsReplaced:
                Post(new Message.Asked(new Request.Upgrade(), new()));
                break;
            case ActKind.Reload:
                Reload(index, act.Amount);
                break;
            case ActKind.SpuriousChildSignal:
                Post(Message.ChildrenEnded.Instance);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(act), act.Kind, "nobody knows how to do this");
        }
    }

    /// <summary>The supervisor is told to reload, and finds the file edited; once a shutdown has begun, nobody edits it.</summary>
    private void Reload(int service, long amount)
    {
        Post(Message.ReloadSignalled.Instance);
        Mail(() =>
        {
            if (!Monitor.IsShuttingDown)
            {
                Edit(service, amount % 3);
                Monitor.OnReload(file);
            }
            Tell(new Message.ConfigurationRead(new ConfigurationResult<SupervisorConfig>.Valid(file.Content)));
        });
    }

    private void Edit(int service, long kind)
    {
        if (kind > 0)
            file.Toggle(service);
        if (kind < 2)
            file.Change(service);
    }
    /// <summary>Some of the services.</summary>
    private string[] Several(long bits) => [.. scenario.Services.Select(service => service.Spec.Name).Where((_, i) => (bits >> i) % 2 == 1)];

    /// <summary>Asks as a client does; the model hears of it when the loop does.</summary>
    private TaskCompletionSource<Reply> Ask(Request request)
    {
        var reply = new TaskCompletionSource<Reply>();
        Mail(() =>
        {
            Monitor.OnAsked(request, reply);
            Tell(new Message.Asked(request, reply));
        });
        return reply;
    }

    private void ShutDown()
    {
        if (loop is null)
        {
            In(10_000, ShutDown);
            return;
        }
        isShuttingDown = true;
        if (scenario.Seed % 5 == 0 && Clock.Now - startedAt < scenario.Length + 10_000)
            In((long)(noise % 8_000), () => Crash((long)(noise % 3_000), atWork: false));
        Trace?.Add($"{Clock.Now - startedAt,12} -- shutdown");
        if (scenario.Seed % 3 == 0)
            downReply = Ask(new Request.Shutdown());
        else
            Signal(isSecond: false);
        if (scenario.Seed % 3 == 1)
            In((long)(noise % 15_000), () =>
            {
                if (isShuttingDown)
                    Signal(isSecond: true);
            });
    }

    private void Signal(bool isSecond) => Mail(() =>
    {
        Monitor.OnStopSignal(isSecond);
        Tell(new Message.StopSignalled("SIGTERM"));
    });

    private Task<ProbeResult> Probe(ServiceConfig service)
    {
        var index = scenario.IndexOf(service.Spec.Name);
        var answer = new TaskCompletionSource<ProbeResult>();
        var (result, delay) = Answer(index, service);
        var probe = Monitor.OnProbe(index, result.Verdict);
        var asker = epoch;
        In(delay, () =>
        {
            if (epoch == asker)
                Mail(() =>
                {
                    Monitor.OnAnswer(index, probe, (long)service.HealthTimeout.TotalMilliseconds);
                    answer.SetResult(result);
                });
        });
        return answer.Task;
    }

    /// <summary>What a probe will see, and when: from the process's fate, and whether it lives.</summary>
    private (ProbeResult Result, long Delay) Answer(int index, ServiceConfig service)
    {
        var timeout = (long)service.HealthTimeout.TotalMilliseconds;
        if (machine.LeaderOf(index) is not { } leader || leader.IsZombie)
            return (new(Kernel.Verdict.Bad, "connection refused"), 0);
        if (leader.IsSuspended)
            return (new(Kernel.Verdict.Bad, "no answer"), timeout);
        var count = probes[(index, leader.Generation)] = probes.GetValueOrDefault((index, leader.Generation)) + 1;
        var dice = Dice.For(noise + (ulong)leader.Generation, index, count);
        return dice.OneIn(100)
            ? (new(Kernel.Verdict.None, "no descriptor is free"), dice.Between(0, 5))
            : dice.OneIn(200)
                ? (new(Kernel.Verdict.Bad, "no answer"), timeout + dice.Between(1_001, 20_000))
                : (IsGood(leader, ref dice) ? new(Kernel.Verdict.Good, "HTTP 200") : new(Kernel.Verdict.Bad, "HTTP 503"), dice.Between(0, dice.OneIn(4) ? timeout : 3));
    }

    private bool IsGood(SimulatedProcess leader, ref Dice dice)
    {
        var age = Clock.Now - leader.StartedAt;
        return age >= leader.Temper.ReadyAfter && !(age >= leader.Temper.SickAfter) && !dice.OneIn(leader.Temper.BadIn);
    }
}
