namespace Supervisor.Daemon.Supervision;

/// <summary>Takes what people ask for, and answers when it is true.</summary>
internal sealed class RequestDesk(ServiceSet services, ServiceDriver driver, ShutdownPlan shutdown, Handover handover, ReloadDesk reloads, Chronicle chronicle, StatusReporter reporter, Func<TimeSpan> now)
{
    private readonly List<Petition> petitions = [];
    private readonly List<TaskCompletionSource<Reply>> shutdownReplies = [];

    /// <summary>Takes one request.</summary>
    public void Take(Message.Asked asked)
    {
        var (request, reply, by) = asked;
        var chosen = services.Find(request.Names, out var unknown);
        if (unknown is not null)
            Refuse(reply, Fault.UnknownName, $"no service is named '{unknown}'{Suggestion(unknown)}");
        else if (shutdown.HasBegun && request is Request.Start or Request.Restart or Request.Upgrade or Request.Reload)
            Refuse(reply, Fault.Failed, "the supervisor is shutting down");
        else
        {
            TellCommand(request, chosen, by);
            Take(request, chosen, reply);
        }
    }

    /// <summary>Answers those that can be answered now, and forgets those whose asker has lost patience.</summary>
    public void Settle() => petitions.RemoveAll(petition => petition.Reply.Task.IsCompleted || TryAnswer(petition));

    /// <summary>Nothing is left running: answers everybody.</summary>
    public void Close()
    {
        foreach (var reply in shutdownReplies)
            reply.TrySetResult(new(Report([.. services.Configured])));
        foreach (var petition in petitions)
            Refuse(petition.Reply, Fault.Failed, "the supervisor has shut down");
    }

    private void Take(Request request, IReadOnlyList<ManagedService> chosen, TaskCompletionSource<Reply> reply)
    {
        switch (request)
        {
            case Request.Status:
                reply.TrySetResult(new(Report(chosen)));
                break;
            case Request.Wait:
                petitions.Add(new(reply, Awaitable(request, chosen), service => ProgressOf.Wait(service.State)));
                break;
            case Request.Stop:
                foreach (var service in chosen)
                    driver.Apply(service, new ServiceEvent.StopInTurn());
                foreach (var service in chosen)
                    service.LastExit = service.LastExit is { } exit ? exit with { Requested = true } : null;
                driver.NoteChange(chosen);
                petitions.Add(new(reply, chosen, service => ProgressOf.Stop(service.State)));
                break;
            case Request.Start:
                driver.Raise(chosen, new ServiceEvent.Start());
                petitions.Add(new(reply, chosen, service => Started(service, 0)));
                break;
            case Request.Restart:
                Restart(chosen, reply);
                break;
            case Request.Reload reload:
                Reload(reload.IsTrial, reply);
                break;
            case Request.Overdue overdue:
                reply.TrySetResult(SoFar(petitions.Find(petition => petition.Reply == overdue.Of), overdue.Patience));
                break;
            case Request.Upgrade:
                handover.Begin(error => Refuse(reply, Fault.Failed, error));
                break;
            case Request.Shutdown:
                shutdownReplies.Add(reply);
                shutdown.Begin("down");
                break;
        }
    }

    private void TellCommand(Request request, IReadOnlyList<ManagedService> chosen, Requester? by)
    {
        var verb = request switch
        {
            Request.Start => "start",
            Request.Stop => "stop",
            Request.Restart => "restart",
            _ => null,
        };
        if (request is Request.Shutdown)
            chronicle.TellCommand(null, "shutdown", by);
        else if (request is Request.Reload { IsTrial: false })
            chronicle.TellCommand(null, "reload", by);
        else if (request is Request.Upgrade)
            chronicle.TellCommand(null, "upgrade", by);
        else if (verb is not null)
            foreach (var service in chosen)
                chronicle.TellCommand(service, verb, by);
    }

    /// <summary>Answered when all that it starts, restarts or stops has got there.</summary>
    private void Reload(bool isTrial, TaskCompletionSource<Reply> reply) => reloads.Take(new(
        isTrial,
        (code, message, problems) => reply.TrySetResult(new(Report([]) with { Problems = problems }, new(code, message))),
        (changes, reports) =>
        {
            var touched = isTrial ? [] : changes.Where(change => change.Report.Done is "started" or "restarted" or "stopped").ToDictionary(change => change.Service!);
            var wanted = touched.Keys.ToDictionary(service => service, NewestWanted);
            petitions.Add(new(reply, [.. touched.Keys], service => touched[service].Config is null ? ProgressOf.Stop(service.State) : Started(service, wanted[service])) { Changes = reports });
        }));

    private void Restart(IReadOnlyList<ManagedService> chosen, TaskCompletionSource<Reply> reply)
    {
        var rollout = new Rollout(chosen, Restart, Started);
        rollout.Advance();
        petitions.Add(new(reply, chosen, rollout.Judge) { Rollout = rollout });
    }

    /// <summary>Begins with these, and gives for each the generation that is to get well.</summary>
    private IEnumerable<int> Restart(IReadOnlyList<ManagedService> due)
    {
        driver.Raise(due, new ServiceEvent.Restart());
        return [.. due.Select(NewestWanted)];
    }

    /// <summary>Who waits for what somebody has stopped may wait for ever.</summary>
    private static Progress Started(ManagedService service, int generation) =>
        service.State.Phase is Phase.Waiting && service.AwaitedNow.Any(other => other.State.Goal == Goal.Down)
            ? Progress.Failed
            : ProgressOf.Start(service.State, generation);

    /// <summary>While the old process is still being stopped, or the new one has to wait, the one that is meant is the next.</summary>
    private static int NewestWanted(ManagedService service) =>
        service.State.Phase is Phase.Stopping or Phase.Waiting ? service.State.Generation + 1 : service.State.Generation;

    /// <summary>Who waits for all does not mean those that rest by design: stopped by hand, or done with their work.</summary>
    private static IReadOnlyList<ManagedService> Awaitable(Request request, IReadOnlyList<ManagedService> chosen) =>
        request.Names is null ? [.. chosen.Where(service => service.State.Goal == Goal.Up || HasFailed(service))] : chosen;

    private static bool HasFailed(ManagedService service) => service.LastExit is { Requested: false, Status: not { Success: true } };

    private bool TryAnswer(Petition petition)
    {
        if (!shutdown.HasBegun)
            petition.Rollout?.Advance();
        var judged = petition.Services.Select(service => (service, progress: petition.Progress(service))).ToList();
        if (judged.Any(one => one.progress == Progress.Pending))
            return false;
        var failed = judged.Where(one => one.progress == Progress.Failed).Select(one => Explain(petition, one.service)).ToList();
        var error = failed.Count == 0 ? null : new Fault(Fault.Failed, string.Join("; ", failed));
        return petition.Reply.TrySetResult(new(Report(petition), error));
    }

    /// <summary>How far something is; null for what is not about services, or was not begun yet.</summary>
    private Reply SoFar(Petition? petition, TimeSpan patience)
    {
        var waiting = petition?.Services.Where(service => petition.Progress(service) != Progress.Done).ToList() ?? [];
        // Instances whose turn has not come are well; then it is not they who keep it up.
        var still = Report(waiting).Services.Where(service => !service.IsWell || petition!.Rollout is null)
            .Select(service => $"{service.Name} is {service.Health ?? service.Status}{(service.WaitingFor is { } awaited ? $" for {string.Join(", ", awaited)}" : "")}");
        var message = $"not done within {Wording.Duration(patience)}{string.Concat(still.Select((one, i) => (i == 0 ? ": " : ", ") + one))}; it goes on";
        return new(petition is null ? Report([.. services.Configured]) : Report(petition), new(Fault.TimedOut, message));
    }

    private StatusReport Report(Petition petition) =>
        petition.Changes is { } changes ? Report([.. services.Configured]) with { Changes = changes } : Report(petition.Services);

    private static string Explain(Petition petition, ManagedService service) => (service.IsRetired, petition.Rollout?.IsUntouched(service)) switch
    {
        (true, _) => $"{service.Name} was removed",
        (_, true) => $"{service.Name} was not restarted",
        _ => Explain(service),
    };

    private static string Explain(ManagedService service) => service.State.Phase switch
    {
        Phase.Stopping { Cause: StopCause.Unhealthy } => $"{service.Name} is unhealthy: {service.WhyUnhealthy}; it will be tried again",
        Phase.Backoff => $"{service.Name}: {service.LastExit?.Reason}; it will be tried again",
        Phase.Waiting => $"{service.Name} is waiting for {string.Join(", ", service.AwaitedNow.Select(other => $"{other.Name}, which is {(other.State.Goal == Goal.Down ? "stopped" : "not well")}"))}",
        Phase.Stopping => $"{service.Name} is being stopped",
        Phase.Stopped when service.LastExit is { } exit => $"{service.Name} is stopped: {exit.Reason}",
        Phase.Stopped => $"{service.Name} is stopped",
        _ => $"{service.Name} was started again meanwhile",
    };

    private void Refuse(TaskCompletionSource<Reply> reply, int code, string message) =>
        reply.TrySetResult(new(Report([]), new(code, message)));

    private StatusReport Report(IReadOnlyList<ManagedService> chosen) => reporter.Report(chosen, now());

    private string Suggestion(string name) =>
        Nearest.To(name, services.Configured.Select(service => service.Name)) is { } nearest ? $"; did you mean '{nearest}'?" : "";

    private sealed record Petition(TaskCompletionSource<Reply> Reply, IReadOnlyList<ManagedService> Services, Func<ManagedService, Progress> Progress)
    {
        /// <summary>What was reloaded; null if it is not about that.</summary>
        public IReadOnlyList<ChangeReport>? Changes { get; init; }

        /// <summary>What goes on step by step; null if it is all done at once.</summary>
        public Rollout? Rollout { get; init; }
    }
}
