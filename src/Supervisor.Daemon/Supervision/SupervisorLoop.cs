using System.Threading.Channels;

namespace Supervisor.Daemon.Supervision;

/// <summary>
/// The one reader of the one inbox, and the owner of all state. Everything that happens comes in as a
/// <see cref="Message"/>; everything that is done goes out through the edges.
/// </summary>
internal sealed class SupervisorLoop : IDisposable
{
    private const int LongestTurn = 1000;
    private static readonly TimeSpan GroupPatience = TimeSpan.FromMilliseconds(20);

    private readonly LoopEdges edges;
    private readonly ChannelReader<Message> inbox;
    private readonly ChannelWriter<Message> closing;
    private readonly Dictionary<string, ServiceRecord> inherited;
    private readonly ServiceSet services;
    private readonly LoopClock clock;
    private readonly Reaper reaper;
    private readonly Chronicle chronicle;
    private readonly ServiceDriver driver;
    private readonly OwnCommands commands;
    private readonly ReloadDesk reloads;
    private readonly RequestDesk desk;
    private readonly ShutdownPlan shutdown;
    private readonly Handover handover;
    private readonly GuardReport guard;
    private readonly MemoryWatch memory;
    private readonly HeartbeatPlan heartbeat;

    /// <param name="config">What to supervise.</param>
    /// <param name="self">Who does it.</param>
    /// <param name="edges">The world.</param>
    /// <param name="inbox">What reaches the loop.</param>
    /// <param name="inherited">What an earlier supervisor left.</param>
    public SupervisorLoop(SupervisorConfig config, SupervisorStatus self, LoopEdges edges, Channel<Message> inbox, IReadOnlyList<ServiceRecord> inherited)
    {
        this.inherited = inherited.ToDictionary(record => record.Name);
        this.inbox = inbox.Reader;
        closing = inbox.Writer;
        this.edges = edges;
        services = new([.. config.Services.Select(service => new ManagedService(service)), .. Retired(config, inherited)], inherited);
        clock = new(edges.Time, inbox.Writer);
        reaper = new(edges.Host);
        chronicle = new(edges.Events, edges.Time);
        driver = new(clock, edges, new EffectRunner(config, edges, reaper, inbox.Writer), reaper, chronicle);
        commands = new(edges.Host, reaper);
        shutdown = new(services, driver, reaper, chronicle);
        handover = new(edges.Successor, chronicle);
        guard = new(edges.Guard, services);
        memory = new(edges.Meter, services, driver, inbox.Writer);
        heartbeat = new(config, edges.Heartbeat, services);
        reloads = new(new Reload(config, services, driver, edges, heartbeat, chronicle), shutdown, edges, chronicle);
        desk = new(services, driver, shutdown, handover, reloads, chronicle, new StatusReporter(self), () => clock.Now);
    }

    /// <summary>Whether a shutdown has left nothing behind.</summary>
    public bool IsDone => shutdown.IsDone;

    /// <summary>Whether the successor is to be executed now. How a process ended is known to nobody else until its group is gone.</summary>
    public bool IsHandingOver => handover.IsDue && !reaper.IsWaitingForGroups;

    /// <summary>Runs until a shutdown has left nothing behind, or until the successor is to be executed.</summary>
    public async Task RunAsync()
    {
        while (!IsDone && !IsHandingOver && await inbox.WaitToReadAsync().ConfigureAwait(false))
            Turn();
    }

    /// <summary>The successor could not be executed; it is to run on.</summary>
    public void Stay(string error) => handover.CallOff(error);

    /// <summary>Answers those who asked too late, and hears nobody else.</summary>
    public void Close()
    {
        closing.TryComplete();
        while (inbox.TryRead(out var message))
            if (message is Message.Asked asked)
                desk.Take(asked);
        desk.Close();
    }

    /// <summary>Goes on with what was inherited, and starts what is new and starts by itself.</summary>
    public void Start()
    {
        driver.Resume([.. services.All.Where(service => inherited.ContainsKey(service.Name)).Select(service => (service, inherited[service.Name]))]);
        driver.Raise([.. services.Configured.Where(service => service.Config.Autostart && IsNew(service))], new ServiceEvent.Start(), IsNew);
        Advance();
        Settle();
    }

    /// <summary>What follows from what just happened, and what is due; it may follow something from that, too.</summary>
    private void Advance()
    {
        driver.Coordinate(services.All);
        driver.TickDue();
        driver.Coordinate(services.All);
    }

    /// <summary>
    /// Takes what is in the inbox, and does what is to be done about it. An end is put to it, for some clients ask again
    /// faster than all are answered, and what is done once per turn must not wait until they tire.
    /// </summary>
    public void Turn()
    {
        clock.NoticeSleep();
        for (var left = LongestTurn; left > 0 && inbox.TryRead(out var message); left--)
        {
            Handle(message);
            Advance();
        }
        Settle();
    }

    public void Dispose() => clock.Dispose();

    private void Handle(Message message)
    {
        switch (message)
        {
            case Message.ChildrenEnded:
                reaper.Sweep();
                break;
            case Message.TimerFired:
                clock.Disarmed();
                reaper.Sweep();
                break;
            case Message.ProbeAnswered answer:
                Answer(answer);
                break;
            case Message.GroupsMeasured measured:
                memory.Judge(measured.Usage, clock.Now);
                break;
            case Message.Asked asked:
                desk.Take(asked);
                break;
            case Message.SuccessorTried tried:
                handover.OnTried(tried.Error);
                break;
            case Message.ReloadSignalled:
                chronicle.TellCommand(null, "reload", null);
                reloads.Take(new(IsTrial: false, (_, _, _) => { }, (_, _) => { }));
                break;
            case Message.ConfigurationRead read:
                reloads.OnRead(read.Result);
                break;
            case Message.StopSignalled stop:
                shutdown.OnSignal(stop.Signal);
                break;
            case Message.RunCommand run:
                commands.Run(run.Request, run.Ended);
                break;
            case Message.KillCommand kill:
                commands.Kill(kill.Ended);
                break;
        }
    }

    /// <summary>What is inherited and down was stopped by hand, and stays so.</summary>
    private bool IsNew(ManagedService service) => !inherited.ContainsKey(service.Name);

    private void Answer(Message.ProbeAnswered answer)
    {
        var (service, generation, edition, askedAt, result) = answer;
        if (edition != service.Edition)
            return; // Another probe was sent meanwhile, and perhaps elsewhere.
        if (clock.SleptThrough(askedAt, service.Config.HealthTimeout))
            result = result with { Verdict = Verdict.None };
        if (generation == service.State.Generation)
            service.LastProbe = new(edges.Time.GetUtcNow(), result);
        driver.Apply(service, new ServiceEvent.Probed(generation, result.Verdict));
    }

    /// <summary>What is done once per turn, however many messages it took.</summary>
    private void Settle()
    {
        shutdown.Advance();
        if (shutdown.HasBegun && handover.IsDue)
            handover.CallOff("the supervisor is shutting down");
        // An instance whose turn has come may have to wait for others, or others for it.
        do
            desk.Settle();
        while (driver.Coordinate(services.All));
        if (services.Forget() | driver.TakeChanged())
            edges.State.Save(Records());
        var guardDue = guard.Settle(clock.Now, shutdown.HasBegun);
        TimeSpan? groupsDue = reaper.IsWaitingForGroups || shutdown.IsWaitingForRest ? clock.Now + GroupPatience : null;
        var heartbeatDue = heartbeat.Settle(clock.Now, shutdown.HasBegun);
        clock.WakeAt(Earliest(driver.NextDue, guardDue, groupsDue, memory.Settle(clock.Now), heartbeatDue));
    }

    /// <summary>What the next supervisor has to know.</summary>
    public IReadOnlyList<ServiceRecord> Records() => [.. services.All.Select(service => service.Record)];

    private static IEnumerable<ManagedService> Retired(SupervisorConfig config, IReadOnlyList<ServiceRecord> inherited) =>
        inherited.ExceptBy(config.Services.Select(service => service.Spec.Name), record => record.Name)
            .Where(record => record.Pid is not null)
            .Select(record => new ManagedService(record.Stop.ToConfig(record.Name)) { IsRetired = true });

    private static TimeSpan? Earliest(params ReadOnlySpan<TimeSpan?> times)
    {
        TimeSpan? earliest = null;
        foreach (var time in times)
            earliest = earliest <= time ? earliest : time ?? earliest;
        return earliest;
    }
}
