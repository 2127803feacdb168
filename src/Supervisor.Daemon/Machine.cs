using Supervisor.Daemon.Checks;
using Supervisor.Daemon.Control;
using Supervisor.Daemon.Logs;
using Supervisor.Daemon.Polling;
using Supervisor.Daemon.Storage;
using Supervisor.Daemon.Supervision;

namespace Supervisor.Daemon;

/// <summary>
/// The real world: one poll(2) for signals, sockets, pipes and the ends of adopted processes; one worker for the disk, one for stderr.
/// </summary>
internal sealed class Machine : IWorld, IDisposable
{
    private readonly SupervisorConfig config;
    private readonly TimeProvider time;
    private readonly Poller poller = new();
    private readonly Deadlines deadlines = new();
    private readonly Worker disk;
    private readonly Worker terminal;
    private readonly PosixProcessHost host;
    private readonly SignalSource signals;
    private readonly Outbox<EventRecord> told;
    private readonly EventFile kept;
    private readonly StateFile state;
    private readonly RemoteChecks remote;
    private readonly Glance glance;
    private readonly Thrift thrift;
    private readonly Batch<(string Service, Background.Sought Sought), (int Pid, string Program)?> inBackground;
    private readonly Batch<(ManagedService Service, PortHolder.Asked Asked, ProbeTicket Ticket, ProbeResult Result), PortHolder?> vouching;
    private ControlServer? server;
    private LogKeeper? logs;
    private SupervisorLoop? loop;

    /// <summary>Listens for signals from here on, and takes events.</summary>
    /// <param name="config">What to supervise.</param>
    /// <param name="time">Its clocks.</param>
    /// <exception cref="IOException">There are no descriptors.</exception>
    public Machine(SupervisorConfig config, TimeProvider time)
    {
        (this.config, this.time) = (config, time);
        signals = SignalSource.Open();
        poller.Watch(new Inlet(this), signals.Descriptor, Descriptors.In); // The first, for it has to be heard whatever happens.
        disk = new("disk", poller, deadlines, time);
        terminal = new("stderr", poller, deadlines, time);
        told = new(terminal, new StderrLog(StatePaths.Log(config.StateDir)).Write);
        kept = new(StatePaths.Events(config.StateDir), config.LogDir, disk, record => told.Add(record), time);
        state = new(StatePaths.State(config.StateDir), ProcessIdentity.BootId(), disk, deadlines, Tell, () => thrift!.Arm(), time);
        host = HostOf(config);
        remote = new(poller, deadlines, time, StartHelper);
        glance = new(this);
        thrift = new(this);
        inBackground = new(disk, all => Background.Of([.. all.Select(one => one.Sought)]), (one, found) =>
        {
            if (found is var (pid, program))
                Tell(Chronicle.Backgrounded(time.GetUtcNow(), one.Service, pid, program));
        });
        vouching = new(disk, all => PortHolder.Strangers([.. all.Select(one => one.Asked)]), (one, stranger) => OnVouched(one.Service, one.Asked.Port, one.Ticket, one.Result, stranger));
    }

    /// <summary>The processes of this machine, as far as they are ours.</summary>
    public static PosixProcessHost HostOf(SupervisorConfig config) =>
        new(new(config.StateDir, config.LogDir, [.. config.Services.Select(service => (service.Spec.Name, service.BecomesUser?.User))]));

    /// <summary>What the loop works with.</summary>
    public Surroundings Surroundings => new(this, host, time, deadlines) { Guard = SystemdGuard.From(Environment.GetEnvironmentVariable, Environment.ProcessId) };

    /// <summary>The listening socket.</summary>
    public int Listener => server!.Listener;

    /// <summary>Takes requests from here on, and keeps the logs small.</summary>
    /// <param name="supervision">Hears of everything.</param>
    /// <param name="folder">Where the state lies.</param>
    /// <param name="listener">The listening socket that the program before this one made; null if there was none.</param>
    /// <exception cref="IOException">The socket cannot be made.</exception>
    public void Open(SupervisorLoop supervision, StateFolder folder, int? listener)
    {
        loop = supervision;
        server = new(StatePaths.Socket(config.StateDir), listener, OnAsked, poller, deadlines, time, serves: config.File, group: config.ControlGroup) { OnExchange = Hurry };
        new Presence(folder, server, () => Save(loop.Records()), poller, deadlines, Tell, time).Begin();
        logs = new(config, poller, deadlines, disk, Tell, time);
    }

    /// <summary>Has a child be none of our affair.</summary>
    public void SetApart(int? pid) => host.Apart = pid;

    /// <summary>Hears of the ends of adopted processes from here on.</summary>
    public void WatchAdopted()
    {
        foreach (var descriptor in host.AdoptedDescriptors.ToList())
            poller.Watch(new Adopted(this), descriptor, Descriptors.In);
        glance.Arm();
    }

    public void Wait(TimeSpan? until) => poller.Wait(until - Deadlines.NowOn(time));

    public void Probe(ManagedService service, ProbeTicket ticket)
    {
        if (!ReferenceEquals(service.Check?.Config, service.Config))
            Prepare(service);
        if (service.Check is { } check)
            check.Begin(ticket.AskedAt);
        else
            AskHelper(service, ticket);
    }

    public void Tell(EventRecord record)
    {
        told.Add(record);
        kept.Write(record);
        server?.Tell(record);
    }

    public void Save(IReadOnlyList<ServiceRecord> services) => state.Save(services);

    public void WhenSaved(Action action) => state.WhenSaved(action);

    public void ReadConfiguration()
    {
        ConfigurationResult<SupervisorConfig>? result = null;
        disk.Post(() => result = ConfigurationReader.Load(config.File), () => loop!.OnConfigurationRead(result!));
    }

    public void Measure(IReadOnlyCollection<int> groups)
    {
        IReadOnlyDictionary<int, GroupUsage>? usage = null;
        disk.Post(() => usage = GroupUsage.Of(groups), () => loop!.OnMeasured(usage!));
    }

    public void SeekInBackground(ManagedService service, int pid) =>
        inBackground.Add((service.Name, new(new MarkedProcess(service.Name, config.StateDir), service.Config.Cmd[0], pid)));

    public void BeforeStart(string service)
    {
        kept.BeforeStart(service);
        logs!.BeforeStart(service);
    }

    public void Reconfigure(IReadOnlyList<ServiceConfig> services) => logs!.Keep(services);

    /// <summary>Waits until what was told and noted is written, and only so long. The loop goes on meanwhile.</summary>
    /// <returns>Whether the state is.</returns>
    public bool Flush(TimeSpan patience)
    {
        // Whoever hears of the end of this has been waited for.
        var unheard = 2;
        disk.Post(() => { }, () => unheard--);
        terminal.Post(() => { }, () => unheard--);
        for (var until = Deadlines.NowOn(time) + patience; !(unheard == 0 && state.IsSaved) && Deadlines.NowOn(time) < until;)
        {
            Hurry();
            Wait(deadlines.Next < until ? deadlines.Next : until);
            loop!.Turn();
        }
        return state.IsSaved;
    }

    /// <summary>Takes no more requests, and gives up the path of the socket for the next supervisor to take.</summary>
    public void Retire() => server!.Retire();

    /// <summary>Lets the last answers out, and only so long.</summary>
    public void Close(TimeSpan patience)
    {
        server!.Close();
        for (var until = Deadlines.NowOn(time) + patience; !server.IsEmpty && Deadlines.NowOn(time) < until;)
            Wait(until);
    }

    /// <summary>The workers' threads end with the process. One that ended just then would leave the runtime while that is being taken down, which aborts it.</summary>
    public void Dispose()
    {
        signals.Dispose();
        poller.Dispose();
    }

    /// <summary>Done once for a configuration, so that a check allocates nothing.</summary>
    private void Prepare(ManagedService service)
    {
        service.Check?.End();
        service.Check = SocketCheck.For(service.Config, poller, deadlines, result => OnAnswer(service, service.Ticket, result));
    }

    private void AskHelper(ManagedService service, ProbeTicket ticket) =>
        remote.Ask(service.Config, result => OnAnswer(service, ticket, result));

    /// <summary>The first good answer of each process is looked at: it may be that of somebody else, who holds the service's port.</summary>
    private void OnAnswer(ManagedService service, ProbeTicket ticket, ProbeResult result)
    {
        var isFirst = result.Verdict == Verdict.Good && service.Vouched != (ticket.Generation, service.Config.LocalPort);
        // A URL may be meant to be somebody else's; a port is the service's own.
        if (isFirst && OperatingSystem.IsLinux() && service.Config is { LocalPort: { } port } && !service.Config.Written.ContainsKey("health_url"))
        {
            vouching.Add((service, new(port, ticket.Pid, service.Name), ticket, result));
            return;
        }
        if (isFirst)
            service.Vouched = (ticket.Generation, service.Config.LocalPort);
        loop!.OnProbed(service, ticket, result);
    }

    /// <summary>Two services that are checked by one port share it.</summary>
    private void OnVouched(ManagedService service, int port, ProbeTicket ticket, ProbeResult result, PortHolder? stranger)
    {
        if (stranger is null || loop!.Configured.Any(other => other.LocalPort == port && new MarkedProcess(other.Spec.Name, config.StateDir) == stranger.Mark))
            service.Vouched = (ticket.Generation, port);
        else
            result = new(Verdict.Bad, $"it was answered by pid {stranger.Pid} ({stranger.Program}), which holds port {port} and is not this service's");
        loop!.OnProbed(service, ticket, result);
    }

    private void OnAsked(Question question)
    {
        loop!.OnAsked(question);
        thrift.Arm();
    }

    /// <summary>Somebody asks something, or is answered, and may look next at what was told.</summary>
    private void Hurry()
    {
        disk.Hurry();
        terminal.Hurry();
    }

    private string? StartHelper(int socket)
    {
        var command = loop!.Commands.Run(HelperProgram.Check(socket), null, _ => { });
        return command.Error;
    }

    /// <summary>Signals.</summary>
    private sealed class Inlet(Machine machine) : Watcher
    {
        public override void OnReady(short seen)
        {
            var haveChildrenEnded = false;
            while (machine.signals.Next() is { } signal)
                switch (signal)
                {
                    case "SIGCHLD":
                        haveChildrenEnded = true;
                        break;
                    case "SIGHUP":
                        machine.loop!.OnReloadSignal();
                        break;
                    default:
                        machine.loop!.OnStopSignal(signal);
                        break;
                }
            if (haveChildrenEnded)
                machine.loop!.OnChildrenEnded();
        }
    }

    /// <summary>The end of an adopted process.</summary>
    private sealed class Adopted(Machine machine) : Watcher
    {
        public override void OnReady(short seen)
        {
            var descriptor = Descriptor;
            if (OperatingSystem.IsLinux())
                machine.poller.Forget(this); // It is closed next.
            machine.host.OnAdoptedReady(descriptor);
            machine.loop!.OnAdoptedEnded();
        }
    }

    /// <summary>
    /// Something out of the ordinary has happened: a request, or what changed the state. What it took is not needed again soon, once nothing
    /// of the kind has happened for a while; where that never comes, it is given back now and then.
    /// </summary>
    private sealed class Thrift(Machine machine) : Deadline
    {
        private const long WorthCollecting = 128 * 1024;
        private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);
        private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
        private TimeSpan? until;
        private long collected;

        public void Arm()
        {
            var now = Deadlines.NowOn(machine.time);
            until ??= now + Longest;
            machine.deadlines.Set(this, now + Delay < until ? now + Delay : until);
        }

        public override void OnDue(TimeSpan now)
        {
            until = null;
            ProgramPages.Look();
            var allocated = GC.GetTotalAllocatedBytes();
            if (allocated - collected > WorthCollecting)
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                collected = allocated;
                machine.deadlines.Set(this, now + (Delay / 2)); // Finalizers run now, on their thread, and use pages that nothing else does.
            }
            ProgramPages.GiveBack();
        }
    }

    /// <summary>A look at adopted processes of whose end no descriptor tells, for want of descriptors.</summary>
    private sealed class Glance(Machine machine) : Deadline
    {
        private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

        public void Arm() => machine.deadlines.Set(this, machine.host.HasUnseen ? Deadlines.NowOn(machine.time) + Interval : null);

        public override void OnDue(TimeSpan now)
        {
            machine.loop!.OnChildrenEnded();
            Arm();
        }
    }
}
