using Supervisor.Daemon.Checks;
using Supervisor.Daemon.Polling;
using Supervisor.Daemon.Storage;
using Supervisor.Daemon.Supervision;

namespace Supervisor.Simulation;

/// <summary>
/// One run: the real loop, kernel, driver, reaper, desk and clock, on a simulated machine in virtual time. The loop waits
/// for this world, which looks at every invariant, has the next thing happen, and tells the loop. The supervisor itself is
/// killed and replaced, too, and the next one has what the last one wrote down, and the machine.
/// </summary>
internal sealed class World : IWorld
{
    private readonly Scenario scenario;
    private readonly Tampering tampering;
    private readonly SimulatedMachine machine;
    private readonly IProcessHost host;
    private readonly EditedFile file;
    private readonly PriorityQueue<Action, (long At, long Order)> agenda = new();
    private readonly Dictionary<(int Service, int Generation), int> probes = [];
    private readonly long startedAt;
    private readonly ulong noise;
    private readonly Queue<Delivery> mail = [];
    private readonly Queue<Edit> edits = [];
    private long order;
    private SupervisorLoop? loop;
    private IReadOnlyList<ServiceRecord> saved = [];
    private int epoch;
    private bool isShuttingDown;
    private bool isReplaced;
    private bool childSignalPending;
    private Client? down;

    private World(Scenario scenario, ICollection<string>? trace, Tampering tampering)
    {
        this.scenario = scenario;
        this.tampering = tampering;
        Trace = trace;
        noise = scenario.Seed * 31;
        startedAt = Clock.Now;
        machine = new(this, scenario);
        host = tampering.Host(machine);
        Monitor = new(this, scenario, machine);
        file = new(scenario.Services, service => service with { Spec = tampering.Spec(service.Spec) });
    }

    public SimulatedClock Clock { get; } = new();

    public Monitor Monitor { get; }

    /// <summary>When the supervisor wants to be woken; null for never.</summary>
    public long? WakesAt { get; private set; }

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
            Mail(new Delivery.ChildrenEnded());
        });
    }

    /// <summary>
    /// Looks at everything, for the loop has taken a turn; then the next thing happens, and the loop hears of it: of one thing a
    /// turn, and of none while it is frozen.
    /// </summary>
    /// <exception cref="SupervisorDied">This was that thing.</exception>
    public void Wait(TimeSpan? until)
    {
        Look(until);
        while (Monitor.IsFrozen || (mail.Count == 0 && !IsWakeUpNext))
            Step();
        if (!mail.TryDequeue(out var delivery))
            WakeUp();
        Monitor.OnTurn();
        Deliver(delivery);
    }

    public void Probe(ManagedService service, ProbeTicket ticket)
    {
        var index = scenario.IndexOf(service.Name);
        var (result, delay) = Answer(index, service.Config);
        var probe = Monitor.OnProbe(index, result.Verdict, service.Config.HealthTimeout);
        var (answered, asker) = (new Delivery.Probed(probe, service, ticket, result), epoch);
        if (delay == 0 && (noise + (ulong)order) % 2 == 0)
            Deliver(answered); // As a port that refuses does: while it is being asked.
        else
            In(delay, () =>
            {
                if (epoch == asker)
                    Mail(answered);
            });
    }

    public void Tell(EventRecord record)
    {
        Trace?.Add($"{Clock.Now - startedAt,12} {record.Service ?? "supervisor"}: {record.Text}");
        if (record.Service is not { } service)
            return;
        if (record.Event is not ("alert" or "recovered"))
            Monitor.OnEvent(scenario.IndexOf(service), record);
        else if (tampering.SendsAlerts)
            Monitor.OnAlert(scenario.IndexOf(service), record.Event);
    }

    public void Save(IReadOnlyList<ServiceRecord> services) => saved = machine.Note(services);

    public void ReadConfiguration() => Mail(new Delivery.ConfigurationRead(edits.Dequeue()));

    public void Measure(IReadOnlyCollection<int> groups)
    {
    }

    public void BeforeStart(string service)
    {
    }

    public void Reconfigure(IReadOnlyList<ServiceConfig> services)
    {
    }

    private void Live()
    {
        Monitor.OnBoot(file);
        foreach (var act in scenario.Acts)
            agenda.Enqueue(() => Play(act), (startedAt + act.At, order++));
        agenda.Enqueue(ShutDown, (startedAt + scenario.Length, order++));
        IReadOnlyList<ServiceRecord> inherited = [];
        while (Supervise(inherited) is { } isExact)
            inherited = Succeed(isExact);
        loop!.Close();
        Monitor.OnEnd(down);
    }

    /// <summary>The life of one supervisor.</summary>
    /// <returns>Whether it wrote down all that it did, and left something to supervise; null if it left nothing.</returns>
    private bool? Supervise(IReadOnlyList<ServiceRecord> inherited)
    {
        try
        {
            var deadlines = new Deadlines();
            loop = new(file.Content, new(1, "simulated", Clock.GetUtcNow()), new(this, host, Clock, deadlines), inherited);
            loop.Start();
            loop.Run();
            Look(deadlines.Next);
            while (loop.IsHandingOver && (noise + (ulong)order) % 5 == 0)
            {
                loop.Stay("the successor cannot be executed");
                loop.Run();
                Look(deadlines.Next);
            }
        }
        catch (SupervisorDied death)
        {
            Crash(death.Outage ?? (long)(noise % 5_000), death.Outage is null);
            saved = death.LosesState ? machine.Forget() : saved;
            return death.Outage is not null && !death.LosesState;
        }
        if (loop.IsDone)
            return null;
        Replace();
        return true;
    }

    /// <summary>The supervisor is killed; somebody starts it again after a while.</summary>
    /// <param name="outage">How long nobody supervises anything.</param>
    /// <param name="atWork">Whether it was amid something, of which nothing is written down yet.</param>
    private void Crash(long outage, bool atWork)
    {
        if (atWork)
            Trace?.Add($"{Clock.Now - startedAt,12} -- the supervisor is killed at work");
        End(outage);
        machine.OrphanAll();
        var isOver = false;
        In(outage, () => isOver = true);
        while (!isOver)
            Step();
    }

    /// <summary>The supervisor is replaced in its place: its children stay its children.</summary>
    private void Replace()
    {
        Trace?.Add($"{Clock.Now - startedAt,12} -- the supervisor is replaced");
        saved = machine.Note(loop!.Records());
        isReplaced = true;
        End(outage: 0);
    }

    private void End(long outage)
    {
        loop = null;
        epoch++;
        mail.Clear();
        edits.Clear();
        childSignalPending = false;
        machine.OnSupervisorEnded();
        Monitor.OnSupervisorEnded(Clock.Now + outage);
    }

    /// <summary>What the next supervisor finds.</summary>
    private IReadOnlyList<ServiceRecord> Succeed(bool isExact)
    {
        var inherited = Inheritance.Of(tampering.Saved(saved), isReplaced ? [] : host.Bearers(), host, Deadlines.NowOn(Clock));
        isReplaced = false;
        Monitor.OnSucceeded(inherited, isExact, file);
        if (isShuttingDown)
            In(20_000, ShutDown);
        isShuttingDown = false;
        return inherited;
    }

    /// <summary>Everything is looked at.</summary>
    /// <param name="until">When the supervisor wants to be woken.</param>
    private void Look(TimeSpan? until)
    {
        WakesAt = tampering.WakesAt(until is { } due ? (long)Math.Ceiling(due.TotalMilliseconds) : null, Clock.Now);
        Monitor.Check();
    }

    private bool IsWakeUpNext => WakesAt is { } due && !(agenda.TryPeek(out _, out var next) && next.At < due);

    private void WakeUp()
    {
        Events++;
        Clock.AdvanceTo(Math.Max(WakesAt!.Value, Clock.Now));
        Monitor.OnWakeUp();
    }

    /// <summary>The next thing that happens.</summary>
    private void Step()
    {
        Events++;
        if (!agenda.TryDequeue(out var what, out var next))
            throw new Violation(Invariant.ShutdownEnds, "nothing will ever happen again");
        Clock.AdvanceTo(next.At);
        what();
    }

    /// <summary>Sends something to the supervisor that lives now; nobody else gets it.</summary>
    private void Mail(Delivery delivery)
    {
        if (loop is not null)
            mail.Enqueue(delivery);
    }

    /// <summary>The books hear of it when the loop does.</summary>
    private void Deliver(Delivery? delivery)
    {
        var hears = delivery is not null && tampering.Hears(delivery);
        switch (delivery)
        {
            case Delivery.ChildrenEnded when hears:
                loop!.OnChildrenEnded();
                break;
            case Delivery.StopSignal stop:
                Monitor.OnStopSignal(stop.IsSecond);
                if (hears)
                    loop!.OnStopSignal("SIGTERM");
                break;
            case Delivery.ReloadSignal reload when hears:
                edits.Enqueue(reload.Edit);
                loop!.OnReloadSignal();
                break;
            case Delivery.ConfigurationRead read:
                Apply(read.Edit);
                if (hears)
                    loop!.OnConfigurationRead(new ConfigurationResult<SupervisorConfig>(file.Content, []));
                break;
            case Delivery.Probed probed:
                Monitor.OnAnswer(probed.Probe);
                if (hears)
                    loop!.OnProbed(probed.Service, probed.Ticket, probed.Result);
                break;
            case Delivery.Asked asked:
                Monitor.OnAsked(asked.Client);
                if (hears)
                    loop!.OnAsked(asked.Client.Question);
                break;
        }
    }

    /// <summary>The file is found edited; once a shutdown has begun, nobody edits it.</summary>
    private void Apply(Edit edit)
    {
        if (Monitor.IsShuttingDown)
            return;
        file.Apply(edit);
        Monitor.OnReload(file);
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
                Ask(new Client(new Request.Wait(null), act.Amount));
                break;
            case ActKind.AbandonedWait:
                In(act.Amount % 100, Ask(new Request.Wait([name])).Leave);
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
                In(act.Amount, () => Mail(new Delivery.Nothing()));
                break;
            case ActKind.SupervisorDies when loop is null:
                break;
            case ActKind.SupervisorDies:
                throw new SupervisorDied(act.Amount % 5_000);
            case ActKind.Forge:
                machine.Forge(index, act.Amount);
                break;
            case ActKind.SupervisorDiesAndStateIsLost when loop is null:
                break;
            case ActKind.SupervisorDiesAndStateIsLost:
                throw new SupervisorDied(act.Amount % 5_000) { LosesState = true };
            case ActKind.SupervisorDiesAtWork:
                machine.KillSupervisorAfter((int)(act.Amount % 7));
                break;
            case ActKind.SupervisorIsReplaced:
                Ask(new Request.Upgrade());
                break;
            case ActKind.Reload:
                Mail(new Delivery.ReloadSignal(new(index, IsToggled: act.Amount % 3 > 0, IsChanged: act.Amount % 3 < 2)));
                break;
            case ActKind.SpuriousChildSignal:
                Mail(new Delivery.ChildrenEnded());
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(act), act.Kind, "nobody knows how to do this");
        }
    }

    /// <summary>Some of the services.</summary>
    private string[] Several(long bits) => [.. scenario.Services.Select(service => service.Spec.Name).Where((_, i) => (bits >> i) % 2 == 1)];

    /// <summary>Asks as a client does.</summary>
    private Client Ask(Request request) => Ask(new Client(request));

    private Client Ask(Client client)
    {
        Mail(new Delivery.Asked(client));
        return client;
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
            In((long)(noise % 8_000), () =>
            {
                if (loop is not null)
                    throw new SupervisorDied((long)(noise % 3_000));
            });
        Trace?.Add($"{Clock.Now - startedAt,12} -- shutdown");
        if (scenario.Seed % 3 == 0)
            down = Ask(new Request.Shutdown());
        else
            Mail(new Delivery.StopSignal(IsSecond: false));
        if (scenario.Seed % 3 == 1)
            In((long)(noise % 15_000), () =>
            {
                if (isShuttingDown)
                    Mail(new Delivery.StopSignal(IsSecond: true));
            });
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
