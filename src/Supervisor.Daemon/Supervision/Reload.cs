
using Supervisor.Daemon.Polling;

namespace Supervisor.Daemon.Supervision;

/// <summary>
/// Takes up edited configurations, one after the other: of the services, only those are touched that were added, changed or removed.
/// While the machine lacks something that a service needs, what has not been edited is read again and again, too.
/// </summary>
internal sealed class Reload(SupervisorConfig initial, ServiceSet services, ServiceDriver driver, ShutdownPlan shutdown, IWorld world, Alerts alerts, HeartbeatPlan heartbeat, Chronicle chronicle, Deadlines deadlines, LoopClock clock) : Deadline
{
    private static readonly TimeSpan LackInterval = TimeSpan.FromSeconds(5);
    private static readonly ReloadOrder BySignal = new(IsTrial: false, (_, _, _) => { }, (_, _) => { });
    private static readonly ReloadOrder ByLack = new(IsTrial: true, (_, _, _) => { }, (_, _) => { });

    private readonly Queue<ReloadOrder> orders = [];
    private SupervisorConfig current = initial;

    /// <summary>Has the file read, or waits until the one before is done.</summary>
    public void Take(ReloadOrder order)
    {
        orders.Enqueue(order);
        if (orders.Count == 1)
            world.ReadConfiguration();
    }

    /// <summary>The same for SIGHUP. A reading that has not begun serves all that come before it does, so a sender that never stops is no burden.</summary>
    public void TakeSignal()
    {
        if (orders.Skip(1).Contains(BySignal))
            return;
        chronicle.TellCommand(null, "reload", null);
        Take(BySignal);
    }

    /// <summary>Looks again at what the machine lacks, if it lacks anything.</summary>
    public void Watch() => deadlines.Set(this, Lacking.Any() ? clock.Now + LackInterval : null);

    public override void OnDue(TimeSpan now)
    {
        if (Lacking.Any())
            Take(ByLack);
    }

    private IEnumerable<ManagedService> Lacking => services.Configured.Where(service => service.Config.Lack is not null);

    /// <summary>The file was read, for the one who has waited longest.</summary>
    public void OnRead(ConfigurationResult<SupervisorConfig> result)
    {
        var order = orders.Dequeue();
        if (orders.Count > 0)
            world.ReadConfiguration();
        if (shutdown.HasBegun)
            order.Refuse(Fault.Failed, "the supervisor is shutting down", null);
        else if (order == ByLack)
            Supply(result.Tentative);
        else if (result.Value is not { } edited)
            Refuse(order, result.Problems);
        else if (ConfigurationChange.Impossible(current, edited) is { Length: > 0 } problems)
            Refuse(order, problems);
        else
            Finish(order, edited);
    }

    /// <summary>Services go on with what the machine lacks no more, unless the file was edited: then it is for people to say when that counts.</summary>
    private void Supply(SupervisorConfig? read)
    {
        if (read is not null && read.Text == current.Text)
            foreach (var (service, config) in Lacking.ToList().Join(read.Services, service => service.Name, config => config.Spec.Name, (service, config) => (service, config)))
                if (config.Lack is null)
                    driver.Supply(service, config);
        Watch();
    }

    private void Refuse(ReloadOrder order, IReadOnlyList<Problem> found)
    {
        string[] problems = [.. found.Select(problem => problem.ToString())];
        if (!order.IsTrial)
            chronicle.TellNotReloaded(problems);
        order.Refuse(Fault.BadConfiguration, $"the configuration has {problems.Length} problem{(problems.Length == 1 ? "" : "s")}; nothing was changed", problems);
    }

    private void Finish(ReloadOrder order, SupervisorConfig edited)
    {
        var changes = Compare(edited);
        IReadOnlyList<ChangeReport> reports = [.. CompareTop(current, edited), .. changes.Select(change => change.Report)];
        if (!order.IsTrial)
            changes = Apply(edited, changes);
        order.Finish(changes, reports);
    }

    /// <summary>What taking it up would do, or does.</summary>
    private IReadOnlyList<Change> Compare(SupervisorConfig edited)
    {
        var known = services.All.ToDictionary(service => service.Name);
        var gone = services.Configured.ExceptBy(edited.Services.Select(service => service.Spec.Name), service => service.Name);
        return [.. edited.Services.Select(config => Compare(known.GetValueOrDefault(config.Spec.Name), config)), .. gone.Select(service => new Change(service, null, "removed", [], service.State.Phase is Phase.Stopped ? "forgotten" : "stopped"))];
    }

    /// <summary>Keys of the top level that changed, and whether they are in force at once.</summary>
    private static ChangeReport[] CompareTop(SupervisorConfig before, SupervisorConfig after) =>
        ConfigurationChange.KeysOf(before, after) is { Count: > 0 } keys ? [new(null, "changed", keys, "applied live")] : [];

    /// <summary>Takes it up.</summary>
    /// <returns>The same, with those services that are new.</returns>
    private IReadOnlyList<Change> Apply(SupervisorConfig edited, IReadOnlyList<Change> changes)
    {
        var before = current;
        current = edited;
        alerts.Reconfigure(edited);
        heartbeat.Reconfigure(edited);
        var configured = changes.Where(change => change.Config is not null).Select(change => change.Service ?? services.New(change.Config!)).ToList();
        foreach (var (change, service) in changes.Zip(configured))
            Reconfigure(change, service);
        foreach (var change in changes.Where(change => change.Config is null))
            change.Service!.IsRetired = true;
        services.Reconfigure(configured);
        world.Reconfigure([.. services.All.Select(service => service.Config)]);
        if (changes.Any(change => change.Report.Change != "unchanged"))
            driver.NoteChange(services.All); // Each may have other neighbours now.
        chronicle.TellReloaded([.. CompareTop(before, edited), .. changes.Select(change => change.Report)]);
        // What somebody has stopped stays so, even if something depends on it that is new.
        var added = changes.Zip(configured).Where(pair => pair.First.Report.Change == "added").Select(pair => pair.Second).ToList();
        driver.Raise([.. added.Where(service => service.Config.Autostart)], new ServiceEvent.Start(), added.Contains);
        foreach (var service in changes.Where(change => change.Report.Done == "restarted").Select(change => change.Service!).Concat(added.Where(IsOutdated)))
            driver.Apply(service, new ServiceEvent.Restart());
        foreach (var change in changes.Where(change => change.Config is null))
            driver.Apply(change.Service!, new ServiceEvent.StopInTurn());
        return [.. changes.Zip(configured, (change, service) => change with { Service = service }), .. changes.Skip(configured.Count)];
    }

    private void Reconfigure(Change change, ManagedService service)
    {
        service.IsRetired = false;
        // What runs with something older may have to be restarted; its health is counted on all the same.
        if (change.Report is { Change: not "added", Keys.Count: 0 })
            service.Config = change.Config!;
        else if (change.Service is not null)
        {
            if (change.Report.Done != "applied live" && service.Config.LocalPort != change.Config!.LocalPort)
                service.Former = (service.LeavingPort ?? service.Config.LocalPort, service.State.Generation);
            driver.Reconfigure(service, change.Config!);
        }
    }

    /// <summary>It was removed, and came back before its turn to stop had come.</summary>
    private static bool IsOutdated(ManagedService service) =>
        service is { State: { Goal: Goal.Up, Phase: Phase.Running }, Fingerprint: { } running } && running != service.ConfiguredFingerprint;

    /// <summary>A service that was removed, and comes back before it is gone, is still the same, so that there are never two.</summary>
    private static Change Compare(ManagedService? service, ServiceConfig config)
    {
        if (service is null or { IsRetired: true })
            return new(service, config, "added", [], config.Autostart ? "started" : "not started");
        var keys = ConfigurationChange.KeysOf(service.Config, config);
        // What runs may have been started with something else than what is in force, and what does not run will be.
        var before = HasProcess(service.State) && service.Fingerprint is { } running ? running : service.ConfiguredFingerprint;
        var needsRestart = before != ServiceFingerprint.Of(config);
        return needsRestart
            ? new(service, config, "changed", keys, service.State.Goal == Goal.Up ? "restarted" : "kept for its next start")
            : keys.Count > 0 ? new(service, config, "changed", keys, "applied live") : new(service, config, "unchanged", [], null);
    }

    private static bool HasProcess(ServiceState state) => state.Phase is Phase.Running or Phase.Stopping;
}

/// <summary>What becomes of one service.</summary>
/// <param name="Service">It; null if it is new.</param>
/// <param name="Config">Its configuration from here on; null if it has none.</param>
/// <param name="Report">What people are told.</param>
internal sealed record Change(ManagedService? Service, ServiceConfig? Config, ChangeReport Report)
{
    public Change(ManagedService? service, ServiceConfig? config, string change, IReadOnlyList<string> keys, string? done)
        : this(service, config, new ChangeReport(service?.Name ?? config!.Spec.Name, change, keys, done))
    {
    }
}

/// <summary>Somebody wants the edited configuration taken up.</summary>
/// <param name="IsTrial">Only to be told what would be done.</param>
/// <param name="Refuse">Called with a code, a sentence, and the problems of the configuration, if it cannot be.</param>
/// <param name="Finish">Called with what was begun, and how it is told, if it can.</param>
internal sealed record ReloadOrder(bool IsTrial, Action<int, string, IReadOnlyList<string>?> Refuse, Action<IReadOnlyList<Change>, IReadOnlyList<ChangeReport>> Finish);
