using Supervisor.Daemon.Checks;
using Supervisor.Daemon.Storage;

namespace Supervisor.Daemon.Supervision;

/// <summary>Takes a service through one step: asks the kernel, notes what changed, has the effects done.</summary>
internal sealed class ServiceDriver(LoopClock clock, Surroundings surroundings, Launcher launcher, CommandRunner commands, Alerts alerts, Reaper reaper, Chronicle chronicle)
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);
    private static readonly ServiceEvent Tick = new ServiceEvent.Tick();

    private readonly Dictionary<ManagedService, CommandRunner.Command> examinations = [];
    private readonly HashSet<ManagedService> unsettled = [];
    private bool changed;

    /// <summary>Whether anything changed since it was last asked that has to outlive this process.</summary>
    public bool TakeChanged()
    {
        var was = changed;
        changed = false;
        return was;
    }

    /// <summary>One event.</summary>
    public void Apply(ManagedService service, ServiceEvent e)
    {
        var (before, now) = (service.State, clock.Now);
        var decision = ServiceMachine.Step(service.Spec, before, e, now);
        service.State = decision.State;
        Note(service);
        if (!IsSameStanding(before, decision.State))
            NoteChange(service);
        var leaves = (decision.Effects & Effects.Kill) != 0 || (e is ServiceEvent.LeaderEnded && before.Phase is Phase.Running);
        chronicle.TellStep(service, before, e, now, leaves && decision.State.Phase is Phase.Stopping stopping ? reaper.MembersOf(stopping.Pid, service.Name) : []);
        Do(service, before, decision.Effects);
    }

    /// <summary>Has a service go on under another configuration; a process that runs is not touched by that.</summary>
    public void Reconfigure(ManagedService service, ServiceConfig config)
    {
        service.Config = config;
        service.Edition++;
        service.State = service.State.Resumed(config.Spec, clock.Now);
        Note(service);
        NoteChange(service);
    }

    /// <summary>Has an event happen to services that are to be up after it, and so starts what they depend on and is down.</summary>
    /// <param name="services">Which.</param>
    /// <param name="e">A start or a restart.</param>
    /// <param name="mayStart">Whether this may be done to what they depend on.</param>
    public void Raise(IReadOnlyList<ManagedService> services, ServiceEvent e, Func<ManagedService, bool>? mayStart = null)
    {
        // Dependents first, so that each of these can say for whom it starts. It is started before them all the same.
        var down = ServiceSet.WithDependencies(services, service => IsDown(service) && (service.HasDoneEnough || mayStart?.Invoke(service) == false)).Except(services).Where(IsDown).Reverse().ToList();
        foreach (var service in services)
            Apply(service, e);
        foreach (var needed in down)
        {
            chronicle.TellNeeded(needed);
            Apply(needed, new ServiceEvent.Start());
        }
    }

    private static bool IsDown(ManagedService service) => service.State.Goal == Goal.Down;

    /// <summary>Passes on a signal that somebody asked for. False if there is nobody to get it.</summary>
    public bool Send(ManagedService service, Request.Signal order, Requester? by)
    {
        if (service.Record.Pid is not { } pid || !reaper.Send(pid, service.Name, order.Name, order.ToGroup))
            return false;
        chronicle.TellSignal(service, pid, order, by);
        return true;
    }

    /// <summary>Something of these has changed that is no step of theirs.</summary>
    public void NoteChange(IReadOnlyList<ManagedService> services)
    {
        foreach (var service in services)
            NoteChange(service);
    }

    /// <summary>
    /// What follows for services from how others are by now: those are asked, in their order, of whom, or of whose neighbours, something has
    /// changed. To be called between two events that come from outside, and not in the midst of one, for an event may be about several services.
    /// </summary>
    /// <returns>Whether anybody was asked.</returns>
    public bool Coordinate()
    {
        if (unsettled.Count == 0)
            return false;
        var everAsked = new HashSet<ManagedService>();
        while (unsettled.Count > 0)
        {
            var asked = ServiceSet.InOrder(unsettled);
            everAsked.UnionWith(asked);
            unsettled.Clear();
            foreach (var service in asked)
                if (Next(service) is { } next and not ServiceEvent.Ready)
                    Apply(service, next);
            // Only then what starts, for it may depend on what was just found to have to stop.
            if (unsettled.Count == 0)
                StartReady(asked);
            if (unsettled.Count > 0)
                unsettled.UnionWith(asked);
        }
        foreach (var service in ServiceSet.InOrder(everAsked))
            TellAwaited(service);
        return true;
    }

    /// <summary>Goes on with services where an earlier supervisor left off.</summary>
    public void Resume(IReadOnlyList<(ManagedService Service, ServiceRecord Record)> services)
    {
        foreach (var (service, record) in services)
        {
            // What is configured no more is wanted no more, whatever becomes of its process before that is stopped.
            var state = service.IsRetired ? record.State with { Goal = Goal.Down } : record.State;
            service.State = state.Resumed(service.Config.Spec, clock.Now);
            (service.StartTime, service.Fingerprint, service.LastExit) = (record.StartTime, record.Fingerprint, record.LastExit);
            Note(service);
            NoteChange(service);
        }
        changed = true; // Even if there is nothing yet: what is known to be down stays so.
        reaper.Adopt([.. services.Where(one => one.Record.Pid is not null).Select(one => Adopt(one.Service, one.Record, one.Record.Pid!.Value))]);
        reaper.Sweep();
        foreach (var (service, record) in services)
        {
            if (record.FalseClaim is { } claim)
                chronicle.TellFalseClaim(service, record.Pid!.Value, claim.Pid);
            if (service.State.Generation == record.State.Generation)
                Acquaint(service);
        }
    }

    private Adoption Adopt(ManagedService service, ServiceRecord record, int pid)
    {
        var generation = service.State.Generation;
        service.ProvenAt = surroundings.Host.IsStill(pid, record.StartTime) ? null : record.ProvenAt;
        var lastSignal = service.State.Phase switch
        {
            Phase.Stopping { KillAt: null } => "SIGKILL",
            Phase.Stopping { SignalAt: null, EndedAt: null } => service.Config.StopSignal,
            _ => null,
        };
        return new(pid, record.StartTime ?? "", record.ProvenAt, service.Name, generation, lastSignal, status => OnGone(service, generation, pid, status), status => OnLeft(service, generation, pid, status));
    }

    private void Acquaint(ManagedService service)
    {
        if (service.State.Phase is Phase.Running running)
            Acquaint(service, running);
        else if (service.State is { Goal: Goal.Up, Phase: Phase.Stopped })
            Apply(service, new ServiceEvent.Start()); // It was stopped by a shutdown that came to nothing.
    }

    /// <summary>A process that another supervisor started: it may be unwanted by now, or not be what is wanted.</summary>
    private void Acquaint(ManagedService service, Phase.Running running)
    {
        chronicle.TellAdopted(service, running.Pid, clock.Now - running.Since);
        if (service.IsRetired)
        {
            chronicle.Tell(chronicle.About(service, "removed", "is no longer in the configuration"));
            Apply(service, new ServiceEvent.Stop());
        }
        else
        {
            RestartIfOutdated(service);
        }
    }

    /// <summary>What the machine lacked for it is there.</summary>
    public void Supply(ManagedService service, ServiceConfig config)
    {
        chronicle.Tell(chronicle.About(service, "supplied", $"what it lacked is there: {service.Config.Lack}"));
        Reconfigure(service, config);
        if (service.State.Phase is Phase.Running)
            RestartIfOutdated(service);
    }

    /// <summary>What is wanted cannot be told from what runs while the machine lacks something of it.</summary>
    private void RestartIfOutdated(ManagedService service)
    {
        if (service.Config.Lack is null && service.Fingerprint is { } fingerprint && fingerprint != service.ConfiguredFingerprint)
        {
            chronicle.Tell(chronicle.About(service, "changed", "its configuration has changed since it was started"));
            Apply(service, new ServiceEvent.Restart());
        }
    }

    /// <summary>Its deadline follows its state: nobody sets or cancels a timer.</summary>
    private void Note(ManagedService service)
    {
        service.Tick ??= one => Apply(one, Tick);
        surroundings.Deadlines.Set(service, service.State.Due);
    }

    private void Do(ManagedService service, ServiceState before, Effects effects)
    {
        // Something has overtaken the examination, or its time is up.
        if (IsExamined(before) && !IsExamined(service.State) && examinations.Remove(service, out var examination))
            commands.Kill(examination);
        if (effects == Effects.None)
            return;
        Signal(service, effects);
        Notify(service, before, effects);
        if ((effects & Effects.Examine) != 0 && service.State.Phase is Phase.Stopping stopping)
            Examine(service, stopping);
        if ((effects & Effects.Spawn) != 0)
            Spawn(service);
        if ((effects & Effects.Probe) != 0)
            Probe(service); // Last, for the answer may come before this returns.
    }

    /// <summary>Sends the stop signal, or SIGKILL, to the group of the service's process.</summary>
    private void Signal(ManagedService service, Effects effects)
    {
        if (service.State.Phase is not Phase.Stopping stopping)
            return;
        if ((effects & Effects.Terminate) != 0)
            reaper.Signal(stopping.Pid, service.Name, service.Config.StopSignal);
        if ((effects & Effects.Kill) != 0)
            reaper.Signal(stopping.Pid, service.Name, "SIGKILL");
    }

    /// <summary>Tells the people in charge, if the step called for it.</summary>
    private void Notify(ManagedService service, ServiceState before, Effects effects)
    {
        // Whichever is more: an alert is about the restart to come, a recovery about those that were forgotten just now.
        var restarts = Math.Max(before.Streak.Restarts, service.State.Streak.Restarts);
        if ((effects & Effects.Alert) != 0)
            alerts.Send(new("alert", service.Name, restarts, $"alert: restarted {restarts} times in a row; still trying"));
        if ((effects & Effects.Recover) != 0)
            alerts.Send(new("recovered", service.Name, restarts, "recovered: it is back"));
    }

    private void Probe(ManagedService service)
    {
        var pid = service.State.Phase is Phase.Running running ? running.Pid : 0;
        service.Ticket = new(service.State.Generation, service.Edition, clock.Now, pid);
        if (service.Config.HealthCmd.IsEmpty)
            surroundings.World.Probe(service, service.Ticket);
        else
            RunHealthCommand(service, service.Ticket);
    }

    private void RunHealthCommand(ManagedService service, ProbeTicket ticket)
    {
        var (cmd, timeout) = (service.Config.HealthCmd, service.Config.HealthTimeout);
        if (Launcher.OfHealthCheck(service.Config, ticket.Pid) is not { } request)
        {
            Answer(service, ticket, ProbeResult.None(Launcher.WhyNot(service.Config, cmd)));
            return;
        }
        commands.Run(request, timeout, end => Answer(service, ticket, end switch
        {
            { IsLate: true } => ProbeResult.Late(timeout),
            { Error: { } error } => ProbeResult.None(error),
            _ => new(end.Status!.Value.Success ? Verdict.Good : Verdict.Bad, $"{Path.GetFileName(cmd[0])} {end.Status}"),
        }));
    }

    /// <summary>A probe came back.</summary>
    public void Answer(ManagedService service, ProbeTicket ticket, ProbeResult result)
    {
        if (ticket.Edition != service.Edition)
            return; // Another probe was sent meanwhile, and perhaps elsewhere.
        clock.NoticeSleep();
        if (clock.SleptThrough(ticket.AskedAt, service.Config.HealthTimeout))
            result = result with { Verdict = Verdict.None };
        if (ticket.Generation == service.State.Generation)
        {
            service.LastProbe = new(surroundings.Time.GetUtcNow(), result);
            service.ProbeFailures += result.Verdict == Verdict.Bad ? 1 : 0;
        }
        Apply(service, service.Report(ticket.Generation, result.Verdict));
    }

    /// <summary>Runs <c>before_restart_cmd</c>, of which nothing depends but when the stop signal is sent, and that not for long.</summary>
    private void Examine(ManagedService service, Phase.Stopping stopping)
    {
        var (examined, since, config) = (new ServiceEvent.Examined(service.State.Generation), clock.Now, service.Config);
        if (launcher.OfExamination(config, stopping.Pid, service.WhyUnhealthy) is not { } request)
            OnEnd(new(null, Launcher.WhyNot(config, config.BeforeRestartCmd)));
        else if (commands.Run(request, null, OnEnd) is { IsOver: false } command)
        {
            examinations[service] = command;
            command.Until = stopping.SignalAt;
        }

        void OnEnd(CommandEnd end)
        {
            if (examinations.GetValueOrDefault(service) is { IsOver: true })
                examinations.Remove(service);
            if (end.Error is { } error)
                chronicle.TellNotExamined(service, stopping.Pid, error);
            else
                chronicle.TellExamined(service, stopping.Pid, end.Status!.Value, clock.Now - since, launcher.EvidenceOf(config));
            Apply(service, examined);
        }
    }

    /// <summary>Starts what is ready, until one cannot be started: others may have to stop for that.</summary>
    private void StartReady(IReadOnlyList<ManagedService> services)
    {
        foreach (var service in services)
        {
            if (Next(service) is not ServiceEvent.Ready ready)
                continue;
            Apply(service, ready);
            if (service.State.Phase is not Phase.Running)
                return;
        }
    }

    /// <summary>Of what has to outlive this process, and of what others go by.</summary>
    private void NoteChange(ManagedService service)
    {
        changed = true;
        service.NoteChange();
        unsettled.Add(service);
        unsettled.UnionWith(service.Dependencies);
        unsettled.UnionWith(service.Dependents);
        unsettled.UnionWith(service.Successors);
    }

    private static ServiceEvent? Next(ManagedService service) =>
        Fleet.Next(service.State, service.Dependencies.Select(service.AsWanted), service.Dependents.Select(other => other.Member)) is { } next
        && !(next is ServiceEvent.Ready && service.PredecessorsNow.Any()) ? next : null;

    private void TellAwaited(ManagedService service)
    {
        string[] awaited = [.. service.AwaitedNow.Select(other => other.Name)];
        if (awaited.Length > 0 && awaited.Except(service.AwaitedAsTold).Any())
            chronicle.TellWaiting(service, awaited);
        service.AwaitedAsTold = awaited;
    }

    private static bool IsExamined(ServiceState state) => state.Phase is Phase.Stopping { SignalAt: not null };

    private void Spawn(ManagedService service)
    {
        var generation = service.State.Generation;
        var request = launcher.OfService(service.Config, generation);
        if (request is not null)
            surroundings.World.BeforeStart(service.Name);
        var result = request is null ? new(0, Launcher.WhyNot(service.Config, service.Config.Cmd)) : surroundings.Host.Spawn(request);
        if (result.Error is { } error)
        {
            service.LastExit = new(surroundings.Time.GetUtcNow(), null, $"could not be started: {error}", Requested: false, HasFailed: true);
            chronicle.TellStartFailed(service, error);
            Apply(service, new ServiceEvent.SpawnFailed(generation));
            return;
        }
        service.LastProbe = null;
        service.Complaint = null;
        (service.StartTime, service.ProvenAt) = (surroundings.Host.StartTimeOf(result.Pid), null);
        service.Fingerprint = service.ConfiguredFingerprint;
        reaper.Watch(result.Pid, service.Name, status => OnGone(service, generation, result.Pid, status), status => OnLeft(service, generation, result.Pid, status));
        Apply(service, new ServiceEvent.Spawned(generation, result.Pid));
    }

    /// <summary>The process and its whole group are gone.</summary>
    private void OnGone(ManagedService service, int generation, int pid, ExitStatus status)
    {
        if (service.State.Phase is Phase.Stopping { EndedAt: not null })
        {
            status = service.LastExit?.Status ?? status; // Perhaps an earlier supervisor alone has seen how it ended.
            chronicle.Tell(chronicle.About(service, "cleared", "all that it left behind has ended") with { Pid = pid });
        }
        else
            NoteEnd(service, pid, status);
        if (EndedSoonAndWell(service, status))
            surroundings.World.SeekInBackground(service, pid);
        Apply(service, new ServiceEvent.Exited(generation, status.Success));
    }

    /// <summary>As a program does that puts itself into the background.</summary>
    private bool EndedSoonAndWell(ManagedService service, ExitStatus status) =>
        status.Success && service.State is { Goal: Goal.Up, Phase: Phase.Running running } && service.State.Streak.Restarts == 0 && clock.Now - running.Since < Soon;

    /// <summary>The process has ended, and others of its group live on. An earlier supervisor may have known that already.</summary>
    private void OnLeft(ManagedService service, int generation, int pid, ExitStatus status)
    {
        service.ProvenAt ??= surroundings.Host.Moment();
        if (service.State.Phase is not Phase.Stopping { EndedAt: not null })
            NoteEnd(service, pid, status);
        if (EndedSoonAndWell(service, status) && reaper.StrayOf(pid, service.Name) is { } stray)
            chronicle.TellBackgrounded(service, stray);
        Apply(service, new ServiceEvent.LeaderEnded(generation, status.Success));
    }

    private void NoteEnd(ManagedService service, int pid, ExitStatus status)
    {
        var requested = service.State is { Goal: Goal.Down } or { Phase: Phase.Stopping { Cause: StopCause.Request } };
        service.LastExit = new(surroundings.Time.GetUtcNow(), status, Reason(service, status), requested, IsFailure(service, status, requested));
        chronicle.TellExit(service, pid, status, clock.Now - Since(service.State.Phase), service.LastExit.HasFailed);
    }

    private static TimeSpan? Since(Phase phase) => phase switch
    {
        Phase.Running running => running.Since,
        Phase.Stopping stopping => stopping.Since,
        _ => null,
    };

    /// <summary>It was found unhealthy; or it ended unasked, and not because its work is done.</summary>
    private static bool IsFailure(ManagedService service, ExitStatus status, bool requested) =>
        service.State.Phase is Phase.Stopping { Cause: StopCause.Unhealthy }
        || (!requested && !(status.Success && service.Config.Spec.Restart != RestartMode.Always));

    private static string Reason(ManagedService service, ExitStatus status) => service.State.Phase switch
    {
        Phase.Stopping { Cause: StopCause.Unhealthy } => $"{status}, after it was found unhealthy: {service.Complaint ?? service.LastProbe?.Result.Detail}",
        Phase.Stopping when service.State.Goal == Goal.Up => $"{status}, as a restart asked for",
        Phase.Stopping => $"{status}, as a stop asked for",
        _ => status.ToString(),
    };

    /// <summary>Probes come and go; what counts is what the next supervisor would have to know.</summary>
    private static bool IsSameStanding(ServiceState a, ServiceState b) => Standing(a) == Standing(b);

    private static ServiceState Standing(ServiceState state) => state with { Probes = new(state.Probes.Health, 0, null, false) };
}
