using System.Threading.Channels;
using Supervisor.Configuration;
using Supervisor.Control;
using Supervisor.Kernel;
using Supervisor.State;

namespace Supervisor.Loop;

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
    private readonly ServiceSet services;
    private readonly LoopClock clock;
    private readonly Reaper reaper;
    private readonly Chronicle chronicle;
    private readonly ServiceDriver driver;
    private readonly OwnCommands commands;
    private readonly RequestDesk desk;
    private readonly ShutdownPlan shutdown;

    public SupervisorLoop(SupervisorConfig config, SupervisorStatus self, LoopEdges edges, Channel<Message> inbox)
    {
        this.inbox = inbox.Reader;
        closing = inbox.Writer;
        this.edges = edges;
        services = new([.. config.Services.Select(service => new ManagedService(service))]);
        clock = new(edges.Time, inbox.Writer);
        reaper = new(edges.Host);
        chronicle = new(edges.Events, edges.Time);
        driver = new(clock, edges, new EffectRunner(config, edges, reaper, inbox.Writer), reaper, chronicle);
        commands = new(edges.Host, reaper);
        shutdown = new(services, driver, reaper, chronicle);
        desk = new(services, driver, shutdown, chronicle, new StatusReporter(self), () => clock.Now);
    }

    /// <summary>Whether a shutdown has left nothing behind.</summary>
    public bool IsDone => shutdown.IsDone;

    /// <summary>Starts what starts by itself, and runs until a shutdown has left nothing behind.</summary>
    public async Task RunAsync()
    {
        Start();
        while (!IsDone && await inbox.WaitToReadAsync().ConfigureAwait(false))
            Turn();
        Close();
    }

    /// <summary>Answers those who asked too late, and hears nobody else.</summary>
    public void Close()
    {
        closing.TryComplete();
        while (inbox.TryRead(out var message))
            if (message is Message.Asked asked)
                desk.Take(asked);
        desk.Close();
    }

    /// <summary>Starts what starts by itself.</summary>
    public void Start()
    {
        foreach (var service in services.All.Where(service => service.Config.Autostart))
            driver.Apply(service, new ServiceEvent.Start());
        driver.TickDue();
        Settle();
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
            driver.TickDue();
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
            case Message.Asked asked:
                desk.Take(asked);
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

    private void Answer(Message.ProbeAnswered answer)
    {
        var (service, generation, askedAt, result) = answer;
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
        desk.Settle();
        if (driver.TakeChanged())
            edges.State.Save([.. services.All.Select(service => new ServiceRecord(service.Name, service.State, service.StartTime))]);
        clock.WakeAt(reaper.IsWaitingForGroups ? Earlier(driver.NextDue, clock.Now + GroupPatience) : driver.NextDue);
    }

    private static TimeSpan Earlier(TimeSpan? a, TimeSpan b) => a < b ? a.Value : b;
}
