using Supervisor.Daemon.Polling;
using Supervisor.Daemon.Storage;

namespace Supervisor.Daemon.Supervision;

/// <summary>
/// The world as the loop meets it, besides its processes; a simulation puts another one in its place. Only <see cref="Wait"/>
/// waits; nothing here throws.
/// </summary>
internal interface IWorld
{
    /// <summary>Waits until something happens, and reports it to the loop by its methods; but not beyond a time.</summary>
    /// <param name="until">On the monotonic clock; null for as long as it takes.</param>
    void Wait(TimeSpan? until);

    /// <summary>Asks a service's endpoint once; the loop is told by <see cref="SupervisorLoop.OnProbed"/>, perhaps before this returns.</summary>
    void Probe(ManagedService service, ProbeTicket ticket);

    /// <summary>Reports what happened, to people and to programs.</summary>
    void Tell(EventRecord record);

    /// <summary>Writes down how things stand, for a successor. A later note may overtake an earlier one.</summary>
    void Save(IReadOnlyList<ServiceRecord> services);

    /// <summary>Does something once what was noted is safe from the end of this supervisor, or it is clear that it will not be soon.</summary>
    void WhenSaved(Action action) => action();

    /// <summary>Reads the edited configuration; the loop is told by <see cref="SupervisorLoop.OnConfigurationRead"/>.</summary>
    void ReadConfiguration();

    /// <summary>Measures groups of processes; the loop is told by <see cref="SupervisorLoop.OnMeasured"/>.</summary>
    void Measure(IReadOnlyCollection<int> groups);

    /// <summary>A service's process has ended well, soon and unasked, and its group is gone: if it goes on in the background, that is to be told.</summary>
    void SeekInBackground(ManagedService service, int pid)
    {
    }

    /// <summary>A daemon is about to be started, so nobody writes to its log at this moment.</summary>
    void BeforeStart(string service);

    /// <summary>These are there now: configured, or not gone yet.</summary>
    void Reconfigure(IReadOnlyList<ServiceConfig> services);
}

/// <summary>What the loop works with.</summary>
/// <param name="World">The world.</param>
/// <param name="Host">Its processes.</param>
/// <param name="Time">Its clocks.</param>
/// <param name="Deadlines">When what is due. The world may have some here, too.</param>
internal sealed record Surroundings(IWorld World, IProcessHost Host, TimeProvider Time, Deadlines Deadlines)
{
    /// <summary>Who watches over the supervisor itself; null for nobody.</summary>
    public Guard? Guard { get; init; }
}

/// <summary>Who watches over the supervisor itself and restarts it, as systemd does.</summary>
/// <param name="Tell">Tells it something, in the words of sd_notify(3); false if it has no room for it now, so that it has to be told again.</param>
/// <param name="AliveEvery">How often it wants to be told that the loop turns; null if it does not ask.</param>
internal sealed record Guard(Func<string, bool> Tell, TimeSpan? AliveEvery);

/// <summary>What a probe was sent for. What is asked for an older process, or by an older edition of the configuration, is void.</summary>
/// <param name="Generation">Of which process.</param>
/// <param name="Edition">By which edition of its configuration.</param>
/// <param name="AskedAt">When, on the loop's clock.</param>
/// <param name="Pid">The process.</param>
internal readonly record struct ProbeTicket(int Generation, int Edition, TimeSpan AskedAt, int Pid);
