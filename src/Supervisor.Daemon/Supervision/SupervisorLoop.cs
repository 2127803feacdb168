using Supervisor.Daemon.Checks;
using Supervisor.Daemon.Storage;

namespace Supervisor.Daemon.Supervision;

/// <summary>
/// The owner of all state, on one thread. It waits for the world, which reports what happened by the methods named On…; after each, what
/// follows from it is done, and what is due. What is done once a turn, however much happened, is in <see cref="Settle"/>.
/// </summary>
internal sealed class SupervisorLoop
{
    private readonly Surroundings surroundings;
    private readonly Dictionary<string, ServiceRecord> inherited;
    private readonly ServiceSet services;
    private readonly LoopClock clock;
    private readonly Reaper reaper;
    private readonly Alerts alerts;
    private readonly Chronicle chronicle;
    private readonly ServiceDriver driver;
    private readonly Reload reload;
    private readonly RequestDesk desk;
    private readonly ShutdownPlan shutdown;
    private readonly Handover handover;
    private readonly GuardReport guard;
    private readonly MemoryWatch memory;
    private readonly HeartbeatPlan heartbeat;

    /// <param name="config">What to supervise.</param>
    /// <param name="self">Who does it.</param>
    /// <param name="surroundings">The world.</param>
    /// <param name="inherited">What an earlier supervisor left.</param>
    public SupervisorLoop(SupervisorConfig config, SupervisorStatus self, Surroundings surroundings, IReadOnlyList<ServiceRecord> inherited)
    {
        this.surroundings = surroundings;
        this.inherited = inherited.ToDictionary(record => record.Name);
        var (world, host, time, deadlines) = surroundings;
        services = new([.. config.Services.Select(service => new ManagedService(service)), .. Retired(config, inherited)], inherited);
        clock = new(time);
        chronicle = new(world.Tell, time);
        reaper = new(host, deadlines, clock, chronicle.TellOrphan);
        Commands = new(host, reaper, deadlines, clock);
        var launcher = new Launcher(config);
        alerts = new(config, Commands, chronicle, time);
        driver = new(clock, surroundings, launcher, Commands, alerts, reaper, chronicle);
        shutdown = new(services, driver, reaper, alerts, chronicle, deadlines, clock);
        handover = new(config, Commands, reaper, alerts, chronicle, deadlines, clock);
        guard = new(surroundings.Guard, services, deadlines);
        memory = new(world, services, driver, deadlines);
        heartbeat = new(config, alerts.Beat, services, deadlines);
        reload = new(config, services, driver, shutdown, world, alerts, heartbeat, chronicle, deadlines, clock);
        desk = new(services, driver, shutdown, handover, reload, chronicle, new StatusReporter(self), deadlines, clock, surroundings.World.WhenSaved);
    }

    /// <summary>Runs commands of the supervisor's own.</summary>
    public CommandRunner Commands { get; }

    /// <summary>Which end of a service ends the supervisor; null for none.</summary>
    public ExitRule? ExitRule { get; init; }

    /// <summary>The exit code of the program, once it is done.</summary>
    public int ExitCode => ExitRule?.CodeOf(services) ?? (int)Protocol.ExitCode.Done;

    /// <summary>Whether a shutdown has left nothing behind.</summary>
    public bool IsDone => shutdown.IsDone;

    /// <summary>Whether the successor is to be executed now.</summary>
    public bool IsHandingOver => handover.IsNow;

    /// <summary>Runs until a shutdown has left nothing behind, or until the successor is to be executed.</summary>
    public void Run()
    {
        while (!IsDone && !IsHandingOver)
        {
            surroundings.World.Wait(surroundings.Deadlines.Next);
            Turn();
        }
        if (IsHandingOver)
            alerts.Hurry();
    }

    /// <summary>The successor could not be executed; it is to run on.</summary>
    public void Stay(string error) => handover.CallOff(error);

    /// <summary>Nothing is left running: answers everybody who still waits.</summary>
    public void Close() => desk.Close();

    /// <summary>Goes on with what was inherited, and starts what is new and starts by itself.</summary>
    public void Start()
    {
        driver.Resume([.. services.All.Where(service => inherited.ContainsKey(service.Name)).Select(service => (service, inherited[service.Name]))]);
        driver.Raise([.. services.Configured.Where(service => service.Config.Autostart && IsNew(service))], new ServiceEvent.Start(), IsNew);
        reload.Watch();
        Turn();
    }

    /// <summary>An adopted process may have ended. All processes are looked at then: once in this turn, however many ended.</summary>
    public void OnAdoptedEnded() => surroundings.Deadlines.Set(reaper, clock.Now);

    /// <summary>SIGCHLD came, or it is time to look whether a process has ended: a hint, not a count.</summary>
    public void OnChildrenEnded()
    {
        reaper.Sweep();
        Advance();
    }

    /// <summary>SIGTERM or SIGINT came: stop everything; when it comes again, at once.</summary>
    public void OnStopSignal(string signal)
    {
        shutdown.OnSignal(signal);
        Advance();
    }

    /// <summary>SIGHUP came: take up the edited configuration.</summary>
    public void OnReloadSignal()
    {
        reload.TakeSignal();
        Advance();
    }

    /// <summary>The edited configuration was read.</summary>
    public void OnConfigurationRead(ConfigurationResult<SupervisorConfig> result)
    {
        reload.OnRead(result);
        Advance();
    }

    /// <summary>A probe came back.</summary>
    public void OnProbed(ManagedService service, ProbeTicket ticket, ProbeResult result)
    {
        driver.Answer(service, ticket, result);
        Advance();
    }

    /// <summary>The groups of processes were measured.</summary>
    /// <param name="usage">What each of them uses, by its id; without those that could not be measured.</param>
    public void OnMeasured(IReadOnlyDictionary<int, GroupUsage> usage)
    {
        memory.Judge(usage, clock.Now);
        Advance();
    }

    /// <summary>Somebody wants something.</summary>
    public void OnAsked(Question question)
    {
        desk.Take(question);
        Advance();
    }

    /// <summary>What is configured now.</summary>
    public IEnumerable<ServiceConfig> Configured => services.Configured.Select(service => service.Config);

    /// <summary>What the next supervisor has to know.</summary>
    public IReadOnlyList<ServiceRecord> Records() => [.. services.All.Select(service => service.Record)];

    /// <summary>What is due, and what is done once a turn.</summary>
    public void Turn()
    {
        clock.NoticeSleep();
        Advance();
        Settle();
    }

    /// <summary>What follows from what just happened, and what is due; it may follow something from that, too.</summary>
    private void Advance()
    {
        driver.Coordinate();
        surroundings.Deadlines.Fire(clock.Now);
        driver.Coordinate();
    }

    /// <summary>What is inherited and down was stopped by hand, and stays so.</summary>
    private bool IsNew(ManagedService service) => !inherited.ContainsKey(service.Name);

    private void Settle()
    {
        ExitRule?.Settle(services, shutdown);
        shutdown.Advance();
        if (shutdown.HasBegun && handover.IsDue)
            handover.CallOff("the supervisor is shutting down");
        // An instance whose turn has come may have to wait for others, or others for it. What is answered has been noted.
        var hasChanged = false;
        do
        {
            hasChanged |= Note();
            desk.Settle();
        }
        while (driver.Coordinate());
        hasChanged |= Note();
        var now = clock.Now;
        guard.Settle(now, shutdown.HasBegun, hasChanged);
        heartbeat.Settle(now, shutdown.HasBegun, hasChanged);
    }

    /// <summary>Writes down what has changed; whether anything has.</summary>
    private bool Note()
    {
        if (!driver.TakeChanged())
            return false;
        if (services.Forget())
            surroundings.World.Reconfigure([.. services.All.Select(service => service.Config)]);
        surroundings.World.Save(Records());
        memory.Settle(clock.Now);
        return true;
    }

    private static IEnumerable<ManagedService> Retired(SupervisorConfig config, IReadOnlyList<ServiceRecord> inherited) =>
        inherited.ExceptBy(config.Services.Select(service => service.Spec.Name), record => record.Name)
            .Where(record => record.Pid is not null)
            .Select(record => new ManagedService(record.Stop.ToConfig(record.Name)) { IsRetired = true });
}
