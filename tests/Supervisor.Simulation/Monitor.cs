using System.Runtime.CompilerServices;
using Supervisor.Daemon.Storage;

namespace Supervisor.Simulation;

/// <summary>Watches a run, keeps the models, and knows the invariants.</summary>
internal sealed class Monitor(World world, Scenario scenario, SimulatedMachine machine)
{
    /// <summary>Dying of SIGKILL, hearing of it, looking at a group again: what may come on top of every grace.</summary>
    private const long Slack = 2_000;

    private readonly ServiceModel[] models = [.. scenario.Services.Select(service => new ServiceModel(service))];
    private readonly List<Petition> petitions = [];
    private long lastSleep = long.MinValue;
    private long wallJump;
    private long frozenFrom = long.MinValue;
    private long frozenUntil = long.MinValue;
    private long? shutdownAt;
    private long shutdownPatience;
    private long? signalledAt;
    private long? killedAt;
    private readonly HashSet<SimulatedProcess> newcomers = [];
    private int spawns;
    private long timerFiredAt;
    private int timesFired;

    /// <summary>Whether the supervisor gets no processor time now, or there is none.</summary>
    public bool IsFrozen => Now < frozenUntil;

    /// <summary>Whether it has heard that it is to shut down.</summary>
    public bool IsShuttingDown => shutdownAt is not null;

    private long Now => world.Clock.Now;

    public void OnBoot(EditedFile file)
    {
        Configure(file);
        foreach (var (model, service) in models.Zip(scenario.Services).Where(pair => pair.Second.Autostart))
            StartWithDependencies(model);
    }

    public void OnSleep(long milliseconds) => wallJump += milliseconds;

    /// <summary>The loop is woken as it asked to be.</summary>
    public void OnWakeUp()
    {
        (timerFiredAt, timesFired) = timerFiredAt == Now ? (Now, timesFired + 1) : (Now, 1);
        Demand(timesFired <= 1_000, Invariant.TimeGoesOn, $"at {Now} the supervisor wakes itself over and over");
    }

    public void OnFreeze(long until) => FreezeUntil(Math.Max(frozenUntil, until));

    /// <summary>The loop takes a turn, and so may notice that the machine slept.</summary>
    public void OnTurn()
    {
        if (wallJump > 1_000)
            lastSleep = Now;
        wallJump = 0;
        spawns = 0;
        newcomers.Clear();
    }

    /// <summary>The supervisor has read the edited configuration.</summary>
    public void OnReload(EditedFile file)
    {
        var before = models.Select(model => (model.IsConfigured, model.Version)).ToList();
        Configure(file);
        foreach (var ((wasConfigured, version), model, i) in before.Zip(models).Select((pair, i) => (pair.First, pair.Second, i)))
        {
            if (!model.IsConfigured)
                Stop(model);
            else if (!wasConfigured)
                OnAdded(model, scenario.Services[i].Autostart);
            else if ((model.Process is null ? version : model.StartedWith ?? version) != model.Version && model.Wanted)
                Restart(model);
        }
    }

    private void OnAdded(ServiceModel model, bool isStarted)
    {
        model.IsKnown = true;
        model.Reconsider(Now);
        if (!isStarted)
            return;
        Start(model);
        if (model is { Process: not null, Stopping: null, StartedWith: { } started } && started != model.Version)
            Restart(model);
    }

    /// <summary>Has all models be as the file says; who waited for something else until now may start from now on.</summary>
    private void Configure(EditedFile file)
    {
        for (var i = 0; i < models.Length; i++)
        {
            var model = models[i];
            model.IsConfigured = file.Has(i);
            if (!model.IsConfigured)
                continue;
            if (model.Process is { StopSignalAt: null } process)
                process.StopTimeout = null;
            var names = file.DependenciesOf(i).ToList();
            var isChanged = !names.SequenceEqual(model.DependsOn) || model.Version != file.VersionOf(i);
            if (isChanged)
                model.Reconsider(Now);
            if (isChanged && model.StartDue < Now)
                model.StartDue = Now;
            (model.DependsOn, model.Version) = (names, file.VersionOf(i));
        }
        foreach (var model in models)
            model.Dependencies = [.. models.Where(other => model.DependsOn.Contains(other.Spec.Name))];
        foreach (var model in models)
            model.Dependents = [.. models.Where(other => other.Dependencies.Contains(model))];
    }

    public void OnAsked(Client client)
    {
        var request = client.Request;
        // Of names that are nobody's, none is obeyed.
        var configured = models.Where(model => model.IsConfigured).ToList();
        var isKnown = request.Names?.All(name => configured.Any(model => model.Spec.Name == name)) ?? true;
        var chosen = configured.Where(_ => isKnown).Where(model => request.Names is null || request.Names.Contains(model.Spec.Name)).ToList();
        if (request is Request.Shutdown)
            OnShutdown();
        else if (request is Request.Stop)
            chosen.ForEach(StopByHand);
        else if (shutdownAt is null && request is Request.Start)
            chosen.ForEach(StartWithDependencies);
        else if (shutdownAt is null && request is Request.Restart)
        {
            chosen.ForEach(Restart);
            chosen.ForEach(StartWithDependencies);
        }
        if (request is Request.Wait { Names: null })
            chosen.RemoveAll(model => !model.Wanted && model.EndedWell is null);
        petitions.Add(new(client, chosen, Now));
    }

    public void OnStopSignal(bool isSecond)
    {
        OnShutdown();
        signalledAt ??= Now;
        if (!isSecond || Now - signalledAt < 500) // Or it is the echo of the first.
            return;
        killedAt ??= Now;
        // None waits for its turn any more, and what a probe still says of it counts for nothing.
        foreach (var model in models.Where(model => model.Process is not null))
            model.Stopping ??= StopCause.Request;
    }

    /// <summary>The supervisor is gone: whoever waited for an answer knows it, and until there is another one, nothing is done in time.</summary>
    public void OnSupervisorEnded(long until)
    {
        petitions.Clear();
        FreezeUntil(until);
        (shutdownAt, shutdownPatience, killedAt, signalledAt) = (null, 0, null, null);
    }

    /// <summary>Another one goes on with this.</summary>
    /// <param name="inherited">What it knows.</param>
    /// <param name="isExact">Whether the last one wrote down all that it did.</param>
    public void OnSucceeded(IReadOnlyList<ServiceRecord> inherited, bool isExact, EditedFile file)
    {
        (lastSleep, wallJump, spawns) = (long.MinValue, 0, 0); // Of an earlier sleep it knows nothing.
        foreach (var record in inherited)
        {
            var model = models[scenario.IndexOf(record.Name)];
            var process = record.Pid is not { } pid ? null : record.StartTime is null && model.Process?.Pid == pid ? model.Process : machine.Leader(pid, record.StartTime);
            if (isExact && model.IsKnown && process is not { ProvenAt: 0 })
                Demand(model.IsAsWritten(record, process), Invariant.NothingForgotten, $"{model}, and its successor is told {record}");
            model.Rewrite(record, process, Now);
            if (process is not null)
                process.ToldGeneration = record.State.Generation;
        }
        foreach (var model in models)
            OnSucceeded(model, inherited.FirstOrDefault(record => record.Name == model.Spec.Name));
        Configure(file);
        Demand(!isExact || models.All(model => !model.IsConfigured || inherited.Any(record => record.Name == model.Spec.Name)), Invariant.NothingForgotten, $"a service is missing from what was written down");
    }

    /// <summary>What is configured no more is only stopped; what was added is new; what is run with something else is restarted.</summary>
    private void OnSucceeded(ServiceModel model, ServiceRecord? record)
    {
        if (!model.IsConfigured && record is null)
        {
            model.Vanish();
        }
        else if (!model.IsConfigured)
        {
            model.IsKnown = true;
            model.DependsOn = [];
            if (model.Process is { StopSignalAt: null } process) // Once it was told to stop, its grace is what it was then.
                process.StopTimeout = record!.Stop.Timeout;
            Stop(model);
        }
        else if (record is null)
        {
            model.Vanish();
            OnAdded(model, scenario.Services[scenario.IndexOf(model.Spec.Name)].Autostart);
        }
        else if (model is { Process: { } process, Stopping: null, StartedWith: { } started } && started != model.Version && !process.IsZombie)
            Restart(model);
    }

    public Probe OnProbe(int service, Verdict verdict, TimeSpan timeout)
    {
        var model = models[service];
        Demand(model is { Process: not null, Stopping: null } && IsTimely(model.ProbeDue), Invariant.ProbesOnTime, $"s{service} is asked how it is at {Now}; due: {model.ProbeDue?.ToString() ?? "never"}");
        // Its restarts are forgotten before it is asked, for it may answer at once.
        if (model.ForgottenAt <= Now)
            model.Forget();
        model.Ask(Now);
        return new(service, model.Process!, model.Edition, Now, (long)timeout.TotalMilliseconds, verdict);
    }

    /// <summary>The answer to a probe reaches the loop.</summary>
    public void OnAnswer(Probe probe)
    {
        var model = models[probe.Service];
        if (probe.Process == model.Process && probe.Edition == model.Edition)
            model.Answer(Now);
        var slept = probe.AskedAt <= lastSleep || Now - probe.AskedAt > probe.Timeout + 1_000;
        if (slept || probe.Edition != model.Edition || probe.Process != model.Process || model.Stopping is not null)
            return;
        if (probe.Verdict == Verdict.Good)
            Praise(model);
        else if (probe.Verdict == Verdict.Bad && model.Counts(Now) && ++model.Failures == model.Spec.HealthRetries)
            model.End(StopCause.Unhealthy, Now + (long)model.Spec.Examination.TotalMilliseconds);
    }

    public void OnSpawn(int service, IReadOnlyList<SimulatedProcess> others)
    {
        var model = models[service];
        // What depends on nothing may start again in the midst of an event, and what follows for others follows after it.
        if (model.StartCounts || model.Dependencies.Count > 0)
            Coordinate();
        Demand(++spawns <= 3 * models.Length, Invariant.NeverForgotten, $"s{service} is started over and over in one turn, and nobody else is heard");
        Demand(others.Count == 0 && model.Process is null, Invariant.NeverTwo, $"s{service} is started while a process of it lives: {string.Join(", ", others)}");
        Demand(model.Wanted, Invariant.DownStaysDown, $"s{service} is started, but should be down");
        Demand(model.IsReady, Invariant.DependenciesFirst, $"s{service} is started, and depends on {model.Dependencies.FirstOrDefault(other => model.MetSince(other) is null)}");
        Demand(IsTimely(model.StartTime), Invariant.ExactBackoff, $"s{service} is started at {Now}; due: {model.StartTime?.ToString() ?? "never"}, restart {model.Streak + 1} in a row");
        Demand(!model.IsAlarming, Invariant.OneAlertOneRecovery, $"s{service} is restarted without the alert that is due");
        if (model.StartCounts)
            (model.Streak, model.Restarts) = (model.Streak + 1, model.Restarts + 1);
        model.StartDue = null;
        model.StartCounts = false;
    }

    public void OnSpawned(int service, SimulatedProcess process)
    {
        models[service].Begin(process, Now);
        newcomers.Add(process);
    }

    public void OnExamine(int service)
    {
        var model = models[service];
        Demand(model is { Process.StopSignalAt: null, Stopping: StopCause.Unhealthy }, Invariant.ExactFailures, $"s{service} is examined, but was not found unhealthy, or was told to stop already");
    }

    public void OnEvent(int service, EventRecord record)
    {
        var model = models[service];
        if (record.Event == "start_failed")
            End(model, success: false, Now);
        else if (record.Event == "exited")
            OnEnded(model);
        else if (record.Event == "cleared")
            OnGone(model);
        else if (record.Event == "examined" && model is { Process: { StopSignalAt: null } process, Stopping: not null } && process.Pid == record.Pid)
            model.SignalDue = Now;
    }

    public void OnAlert(int service, string notice)
    {
        var model = models[service];
        if (notice == "alert")
        {
            Demand(model.IsAlarming && IsTimely(model.StartTime), Invariant.OneAlertOneRecovery, $"s{service}: an alert is told, and none is due");
            model.Alerted = true;
            return;
        }
        var ranLongEnough = !model.Spec.Checked && model.ForgottenAt <= Now;
        Demand(model.Alerted && (model.RecoveryDue || ranLongEnough), Invariant.OneAlertOneRecovery, $"s{service}: a recovery is told, and none is due");
        (model.Alerted, model.RecoveryDue) = (false, false);
    }

    public void OnSignal(SimulatedProcess process, string signal)
    {
        if (process.Service < 0 || models[process.Service] is not { } model || model.Process != process)
            return;
        if (model.EndedAt is not null) // Or taken for it, where there are several that could be the one.
        {
            if (signal == "SIGTERM")
                Demand(IsTimely(model.SignalDue), Invariant.GraceThenKill, $"what s{process.Service} left is told to stop at {Now}; due: {model.SignalDue?.ToString() ?? "never"}");
            if (signal == "SIGKILL" && killedAt is null)
                Demand(Now >= model.KillDue, Invariant.GraceThenKill, $"what s{process.Service} left gets SIGKILL at {Now}; due: {model.KillDue?.ToString() ?? "never"}");
            return;
        }
        // What is due by itself may come in the midst of an event, and what follows for others follows after it.
        if (model.Stopping is null || !IsTimely(model.SignalDue))
            Coordinate();
        if (process.IsZombie)
            return;
        if (signal == "SIGTERM" && model is { Wanted: false, Stopping: null })
            Demand(!model.Dependents.Any(other => other.IsLeaving), Invariant.DependenciesFirst, $"s{process.Service} is told to stop before {model.Dependents.FirstOrDefault(other => other.IsLeaving)}");
        if (signal == "SIGTERM")
            Demand(model.Stopping is not null, Invariant.ExactFailures, $"s{process.Service} is told to stop; nobody asked, and it failed {model.Failures} times in a row");
        if (signal == "SIGTERM")
            Demand(IsTimely(model.SignalDue), Invariant.GraceThenKill, $"s{process.Service} is told to stop at {Now}; due: {model.SignalDue?.ToString() ?? "never"}");
        if (signal == "SIGKILL" && killedAt is null)
            Demand(IsTimely(process.StopSignalAt + Grace(model)), Invariant.GraceThenKill, $"s{process.Service} gets SIGKILL at {Now}; its stop signal came at {process.StopSignalAt?.ToString() ?? "no time"}");
    }

    /// <summary>Everything, after a turn.</summary>
    public void Check()
    {
        Coordinate();
        for (var i = 0; i < models.Length; i++)
            Check(i, models[i]);
        foreach (var model in models.Where(model => model is { IsConfigured: false, Process: null }))
        {
            model.Vanish();
            petitions.ForEach(petition => petition.Chosen.Remove(model)); // Another of that name is another service.
        }
        foreach (var petition in petitions.Where(petition => petition.Client.Reply is not null))
            Check(petition, petition.Client.Reply!);
        petitions.RemoveAll(petition => petition.Client.IsOver);
        foreach (var petition in petitions)
            Demand(Now < petition.TimeIsUp, Invariant.StatusIsTrue, $"{petition.Client.Request} was asked at {petition.AskedAt}, and is not answered at {Now}, whether or not it is done");
        if (shutdownAt is { } began)
            Demand(Now <= Math.Max(began, frozenUntil) + shutdownPatience, Invariant.ShutdownEnds, $"began at {began}, and is not over at {Now}");
        if (killedAt is { } at)
            Demand(Now <= Math.Max(at, frozenUntil) + Slack, Invariant.ShutdownEnds, $"all grace ended at {at}, with the second signal, and something is left at {Now}");
    }

    /// <summary>The supervisor has ended.</summary>
    public void OnEnd(Client? down)
    {
        Demand(!machine.Processes.Any(process => process.IsOurs || (process.IsOfService && machine.IsKnown(process))), Invariant.ShutdownEnds, $"something was left behind");
        petitions.RemoveAll(petition => petition.Client.IsOver);
        Demand(petitions.Count == 0, Invariant.ShutdownEnds, $"{petitions.Count} requests were never answered");
        Demand(down is null or { Reply: not null }, Invariant.ShutdownEnds, $"who asked for it was not told");
    }

    /// <summary>What came due in a freeze that ends this instant may not have been done yet.</summary>
    private void FreezeUntil(long until)
    {
        frozenFrom = frozenUntil < Now ? Now : frozenFrom;
        frozenUntil = until;
    }

    private void Check(int service, ServiceModel model)
    {
        // While the timer is due, the loop is not done with what it started in this turn; with all before, it is.
        if ((model.ForgottenAt < Now || (model.ForgottenAt == Now && !(newcomers.Contains(model.Process!) && world.WakesAt <= Now))) && model.Stopping is null)
        {
            model.Forget();
            model.RecoveryDue |= model.Alerted && !model.Spec.Checked;
        }
        Demand(!model.RecoveryDue, Invariant.OneAlertOneRecovery, $"s{service}: the recovery is not told");
        if (model.Process is { } process)
            CheckProcess(service, model, process);
        else if (model.Wanted)
            Demand(model.StartDue >= Now && world.WakesAt <= model.StartDue || (model.StartDue <= Now && !model.IsReady), Invariant.NeverForgotten, $"s{service} should be up; start due: {model.StartDue?.ToString() ?? "never"}, timer: {world.WakesAt?.ToString() ?? "never"}, now: {Now}");
    }

    private void CheckProcess(int service, ServiceModel model, SimulatedProcess process)
    {
        if (model.EndedAt is not null)
            CheckRest(service, model);
        else if (process.IsZombie)
            Demand(Now - Math.Max(process.DiedAt, frozenUntil) <= Slack, Invariant.NeverForgotten, $"s{service} died at {process.DiedAt}, and nobody noticed until {Now}");
        else if (model.Stopping is null)
            Demand(!(model.ProbeDue < Now), Invariant.ProbesOnTime, $"s{service} should have been asked how it is at {model.ProbeDue}");
        else if (!process.IsKilled)
        {
            Demand(process.StopSignalAt is not null || Now < model.SignalDue, Invariant.ExactFailures, $"s{service} should be told to stop ({model.Stopping}, {model.Failures} failures)");
            Demand((process.StopSignalAt ?? Now) + Grace(model) >= Now, Invariant.GraceThenKill, $"s{service} lives on at {Now}; its grace ended at {process.StopSignalAt + Grace(model)}, the timer is set for {world.WakesAt?.ToString() ?? "never"}");
        }
    }

    /// <summary>What is left of a group has its grace, and no more; and that it is gone is noticed.</summary>
    private void CheckRest(int service, ServiceModel model)
    {
        var rest = RestOf(model).ToList();
        Demand(Now <= Math.Max(model.KillDue ?? 0, frozenUntil) || rest.TrueForAll(member => member.IsKilled || IsLate(member, model)), Invariant.GraceThenKill, $"what s{service} left ({string.Join(", ", rest)}) lives on at {Now}; its grace ended at {model.KillDue}");
        model.EmptySince = rest.Count > 0 ? null : model.EmptySince ?? Now;
        Demand(model.EmptySince is not { } since || Now - Math.Max(since, frozenUntil) <= Slack, Invariant.NeverForgotten, $"nothing is left of s{service} since {model.EmptySince}, and nobody noticed until {Now}");
    }

    /// <summary>Whether it came when the leader had ended already, and is no child: nobody tells of it, so it is noticed at the next look.</summary>
    private bool IsLate(SimulatedProcess member, ServiceModel model) =>
        !member.IsOurs && member.StartedAt > model.EndedAt && Now <= Math.Max(model.KillDue ?? 0, frozenUntil) + Slack;

    /// <summary>Who lives of all that came of its process, and of those before it, as far as it can be told.</summary>
    private IEnumerable<SimulatedProcess> RestOf(ServiceModel model) => machine.RestOf(Array.IndexOf(models, model), model.Process!);

    private void Check(Petition petition, Reply reply)
    {
        if (petition.Client.Request is Request.Status)
            foreach (var row in reply.Report!.Services)
                CheckRow(models[scenario.IndexOf(row.Name)], row);
        if (reply.Error is { Code: Fault.TimedOut })
            Demand(IsTimely(petition.TimeIsUp), Invariant.StatusIsTrue, $"{petition.Client.Request} is answered with not done at {Now}; time is up at {petition.TimeIsUp}");
        if (reply.Error is not null)
            return;
        foreach (var model in petition.Chosen)
            Demand(IsTrue(petition, model), Invariant.StatusIsTrue, $"{petition.Client.Request} was answered with done, but {model.Spec.Name} is not");
    }

    private bool IsTrue(Petition petition, ServiceModel model) => petition.Client.Request switch
    {
        Request.Start or Request.Wait => model.IsUp(Now),
        Request.Restart => model.IsUp(Now) && (model.Process?.StartedAt ?? Now) >= petition.AskedAt,
        Request.Stop => model is { Process: null, Wanted: false },
        _ => true,
    };

    private void CheckRow(ServiceModel model, ServiceStatus row)
    {
        if (model.StartTime == Now || model.StartDue == Now || model.Process?.StartedAt == Now || model.ForgottenAt == Now || Now == frozenUntil)
            return; // The clock moved it on in this same turn, after the answer.
        var status = model switch
        {
            { Process: not null, Stopping: null, Wanted: true } => "running",
            { Process: not null } => "stopping",
            { Wanted: true } when model.StartDue < Now => "waiting",
            { Wanted: true } => "backoff",
            _ => model.EndedWell is null ? "stopped" : "exited",
        };
        var health = (status, model.Spec.Checked, model.HealthySince, model.Stopping) switch
        {
            ("running", true, null, _) => "starting",
            ("running", true, _, _) => "healthy",
            ("stopping", _, _, StopCause.Unhealthy) => "unhealthy",
            _ => null,
        };
        var expected = (status, health, model.Process?.Pid, model.Restarts, model.Streak, model.StartDue < Now ? null : (model.StartDue - Now) / 1000.0, (Now - model.Process?.StartedAt) / 1000.0);
        // Whether a stop came before or after the moment at which the count is forgotten cannot be told where both fell into a freeze.
        var streak = model.Wanted ? row.ConsecutiveRestarts : model.Streak;
        var told = (row.Status, row.Health, row.Pid, row.Restarts, streak, row.NextStartSeconds, row.UptimeSeconds);
        Demand(expected == told, Invariant.StatusIsTrue, $"{model.Spec.Name} is {expected}, and status tells {told}");
    }

    private void OnShutdown()
    {
        foreach (var model in models)
        {
            if (shutdownAt is null)
                model.WantedBeforeShutdown = model.Wanted;
            Stop(model);
        }
        shutdownAt ??= Now;
        shutdownPatience = Math.Max(shutdownPatience, models.Max(LongestStop));
    }

    /// <summary>What a service depends on is started with it, if it is down.</summary>
    private void StartWithDependencies(ServiceModel model)
    {
        Start(model);
        foreach (var other in model.Dependencies)
            StartIfDown(other);
    }

    private void StartIfDown(ServiceModel model)
    {
        if (model.HasDoneEnough)
            return;
        if (!model.Wanted)
            Start(model);
        foreach (var other in model.Dependencies)
            StartIfDown(other);
    }

    private void Start(ServiceModel model)
    {
        if (!model.Wanted)
            model.WantedSince = Now;
        (model.Wanted, model.EndedWell, model.DoneSince) = (true, null, null);
        if (model is { Process: not null, Stopping: null })
            return;
        model.Forget();
        if (model.Process is not null)
        {
            model.End(model.Stopping!.Value, Now);
            model.StartsAtOnce = true;
        }
        else
            (model.StartDue, model.StartCounts) = (Now, false);
    }

    private void Restart(ServiceModel model)
    {
        if (model is { Process: not null, Stopping: null })
        {
            model.Forget();
            model.End(StopCause.Request, Now);
        }
        Start(model);
    }

    private void StopByHand(ServiceModel model)
    {
        Stop(model);
        model.EndedWell = null;
    }

    private static void Stop(ServiceModel model)
    {
        model.Wanted = false;
        model.StartDue = null;
        model.StartCounts = false;
    }

    /// <summary>What follows for services from how others are: who is to stop does so once those that depend on it and are to stop, too, are gone; and restarts spread.</summary>
    private void Coordinate()
    {
        foreach (var model in models.Where(model => model.IsLeaving && !model.Dependents.Any(other => other.IsLeaving)))
            model.End(model.Stopping ?? StopCause.Request, model.Stopping is null ? Now : Math.Min(model.SignalDue ?? Now, Now));
        while (models.FirstOrDefault(model => model is { Wanted: true, Process: not null, Stopping: null } && model.Dependencies.Any(other => other.TakesAlong)) is { } shared)
        {
            shared.Forget();
            shared.End(StopCause.Request, Now);
        }
    }

    /// <summary>How long it may take until a service is gone, once it and what depends on it were told to stop.</summary>
    private static long LongestStop(ServiceModel model) => Grace(model) + Slack + model.Dependents.Select(LongestStop).DefaultIfEmpty().Max();

    private void Praise(ServiceModel model)
    {
        model.Failures = 0;
        if (model.HealthySince is not null)
            return;
        model.HealthySince = Now;
        model.RecoveryDue = model.Alerted;
        if (model.Alerted)
            model.Answered = model.Streak;
    }

    /// <summary>A process has ended: alone, or others of its group live on.</summary>
    private void OnEnded(ServiceModel model)
    {
        var process = model.Process!;
        if (!RestOf(model).Any() && !machine.HasObeyedNow(Array.IndexOf(models, model), process))
        {
            OnGone(model);
            return;
        }
        if (model.Stopping is null)
        {
            if (model.ForgottenAt <= Now)
                model.Forget();
            Decide(model, process.IsSuccess);
            (model.Stopping, model.SignalDue, model.LeftWell) = (StopCause.Exit, Now, process.IsSuccess);
            model.KillDue = Now + (model.Wanted ? Math.Min(Grace(model), model.Delay(model.Streak + 1)) : Grace(model));
        }
        else
        {
            model.SignalDue = process.StopSignalAt is null ? Now : model.SignalDue;
            model.KillDue = (process.StopSignalAt ?? Now) + Grace(model);
        }
        (model.EndedAt, model.HealthySince) = (Now, null);
    }

    private void OnGone(ServiceModel model)
    {
        var (process, stopping, endedAt) = (model.Process!, model.Stopping, model.EndedAt);
        if (stopping is null && model.ForgottenAt <= Now)
            model.Forget();
        (model.Process, model.Stopping, model.SignalDue, model.HealthySince) = (null, null, null, null);
        (model.EndedAt, model.KillDue, model.EmptySince) = (null, null, null);
        if (model.Wanted && (stopping == StopCause.Request || model.StartsAtOnce))
            (model.StartDue, model.StartCounts) = (Now, false);
        else
        {
            var isSuccess = stopping is null ? process.IsSuccess : stopping == StopCause.Exit && model.LeftWell;
            if (isSuccess && !ComesBack(model, success: true))
                model.DoneSince = Now;
            End(model, success: stopping is null && process.IsSuccess, endedAt ?? Now);
        }
    }

    private void End(ServiceModel model, bool success, long at)
    {
        Decide(model, success);
        if (model.Wanted)
            (model.StartDue, model.StartCounts) = (Math.Max(Now, at + model.Delay(model.Streak + 1)), true);
    }

    /// <summary>It has ended: whether it comes back.</summary>
    private static void Decide(ServiceModel model, bool success)
    {
        if (model.Wanted && !ComesBack(model, success))
            (model.Wanted, model.EndedWell) = (false, success);
    }

    private static bool ComesBack(ServiceModel model, bool success) =>
        model.Spec.Restart == RestartMode.Always || (model.Spec.Restart == RestartMode.OnFailure && !success);

    /// <summary>On time; or, where that fell into a freeze of the supervisor, right after it.</summary>
    private bool IsTimely(long? due) => due == Now || (due >= frozenFrom && due < frozenUntil && Now == frozenUntil);

    private static long Grace(ServiceModel model) => (long)(model.Process?.StopTimeout ?? model.Spec.StopTimeout).TotalMilliseconds;

    private static void Demand(bool holds, Invariant invariant, [InterpolatedStringHandlerArgument(nameof(holds))] Objection otherwise)
    {
        if (!holds)
            throw new Violation(invariant, otherwise.ToString());
    }

    private sealed record Petition(Client Client, List<ServiceModel> Chosen, long AskedAt)
    {
        public long TimeIsUp => AskedAt + Client.Patience;
    }
}
