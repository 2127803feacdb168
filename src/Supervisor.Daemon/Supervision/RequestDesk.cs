using Supervisor.Daemon.Polling;

namespace Supervisor.Daemon.Supervision;

/// <summary>Takes what people ask for, and answers when it is true.</summary>
internal sealed class RequestDesk(ServiceSet services, ServiceDriver driver, ShutdownPlan shutdown, Handover handover, Reload reload, Chronicle chronicle, StatusReporter reporter, Deadlines deadlines, LoopClock clock)
{
    private readonly List<Pending> pending = [];

    /// <summary>Takes one question.</summary>
    public void Take(Question question)
    {
        var request = question.Request;
        var chosen = services.Find(request.Names, request is Request.Status, out var unknown);
        if (unknown is not null)
            Refuse(question, Fault.UnknownName, $"no service is named '{unknown}'{Suggestion(unknown)}");
        else if (shutdown.HasBegun && request is Request.Start or Request.Restart or Request.Upgrade or Request.Reload)
            Refuse(question, Fault.Failed, "the supervisor is shutting down");
        else
        {
            TellCommand(request, chosen, question.By);
            Take(question, chosen);
            if (question.IsOver || request is Request.Shutdown)
                return;
            question.Overdue = () => question.Answer(SoFar(pending.Find(one => one.Question == question), question.Patience));
            deadlines.Set(question, clock.Now + question.Patience);
        }
    }

    /// <summary>Answers those that can be answered now, and forgets those whose asker has left, or was answered.</summary>
    public void Settle()
    {
        if (pending.Count > 0)
            pending.RemoveAll(IsOver);
    }

    /// <summary>Nothing is left running: answers everybody.</summary>
    public void Close()
    {
        foreach (var one in pending)
            if (one.Question.Request is Request.Shutdown)
                one.Question.Answer(new(Report([.. services.Configured])));
            else
                Refuse(one.Question, Fault.Failed, "the supervisor has shut down");
    }

    private bool IsOver(Pending one)
    {
        var isOver = one.Question.IsOver || TryAnswer(one);
        if (isOver)
            deadlines.Set(one.Question, null);
        return isOver;
    }

    private void Take(Question question, IReadOnlyList<ManagedService> chosen)
    {
        switch (question.Request)
        {
            case Request.Status:
                question.Answer(new(Report(chosen)));
                break;
            case Request.Wait wait:
                pending.Add(new(question, Awaitable(wait, chosen), service => ProgressOf.Wait(service.State)));
                break;
            case Request.Stop:
                foreach (var service in chosen)
                    driver.Apply(service, new ServiceEvent.StopInTurn());
                foreach (var service in chosen)
                    service.LastExit = service.LastExit is { } exit ? exit with { Requested = true } : null;
                driver.NoteChange(chosen);
                pending.Add(new(question, chosen, service => ProgressOf.Stop(service.State)));
                break;
            case Request.Start:
                driver.Raise(chosen, new ServiceEvent.Start());
                pending.Add(new(question, chosen, service => Started(service, 0)));
                break;
            case Request.Restart:
                Restart(chosen, question);
                break;
            case Request.Reload order:
                TakeUp(order.IsTrial, question);
                break;
            case Request.Upgrade:
                handover.Begin(error => Refuse(question, Fault.Failed, error));
                break;
            case Request.Shutdown:
                pending.Add(new(question, [], _ => Progress.Pending));
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
    private void TakeUp(bool isTrial, Question question) => reload.Take(new(
        isTrial,
        (code, message, problems) => question.Answer(new(Report([]) with { Problems = problems }, new(code, message))),
        (changes, reports) =>
        {
            var touched = isTrial ? [] : changes.Where(change => change.Report.Done is "started" or "restarted" or "stopped").ToDictionary(change => change.Service!);
            var wanted = touched.Keys.ToDictionary(service => service, NewestWanted);
            pending.Add(new(question, [.. touched.Keys], service => touched[service].Config is null ? ProgressOf.Stop(service.State) : Started(service, wanted[service])) { Changes = reports });
        }));

    private void Restart(IReadOnlyList<ManagedService> chosen, Question question)
    {
        var rollout = new Rollout(chosen, Restart, Started);
        rollout.Advance();
        pending.Add(new(question, chosen, rollout.Judge) { Rollout = rollout });
    }

    /// <summary>Begins with these, and gives for each the generation that is to get well.</summary>
    private IEnumerable<int> Restart(IReadOnlyList<ManagedService> due)
    {
        driver.Raise(due, new ServiceEvent.Restart());
        return [.. due.Select(NewestWanted)];
    }

    /// <summary>Who waits for what somebody has stopped may wait for ever.</summary>
    private static Progress Started(ManagedService service, int generation) =>
        service.State.Phase is Phase.Waiting && service.AwaitedNow.Any(other => other.State.Goal == Goal.Down && !service.Predecessors.Contains(other))
            ? Progress.Failed
            : ProgressOf.Start(service.State, generation);

    /// <summary>While the old process is still being stopped, or the new one has to wait, the one that is meant is the next.</summary>
    private static int NewestWanted(ManagedService service) =>
        service.State.Phase is Phase.Stopping or Phase.Waiting ? service.State.Generation + 1 : service.State.Generation;

    /// <summary>Who waits for all does not mean those that rest by design: stopped by hand, or done with their work.</summary>
    private static IReadOnlyList<ManagedService> Awaitable(Request request, IReadOnlyList<ManagedService> chosen) =>
        request.Names is null ? [.. chosen.Where(service => service.State.Goal == Goal.Up || HasFailed(service))] : chosen;

    private static bool HasFailed(ManagedService service) => service.LastExit is { Requested: false, Status: not { Success: true } };

    private bool TryAnswer(Pending asked)
    {
        if (asked.Question.Request is Request.Shutdown)
            return false;
        if (!shutdown.HasBegun)
            asked.Rollout?.Advance();
        var judged = asked.Services.Select(service => (service, progress: asked.Progress(service))).ToList();
        if (judged.Any(one => one.progress == Progress.Pending))
            return false;
        var failed = judged.Where(one => one.progress == Progress.Failed).Select(one => Explain(asked, one.service)).ToList();
        asked.Question.Answer(new(Report(asked), failed.Count == 0 ? null : new Fault(Fault.Failed, string.Join("; ", failed))));
        return true;
    }

    /// <summary>How far something is; null for what is not about services, or was not begun yet.</summary>
    private Reply SoFar(Pending? asked, TimeSpan patience)
    {
        var waiting = asked?.Services.Where(service => asked.Progress(service) != Progress.Done).ToList() ?? [];
        // Instances whose turn has not come are well; then it is not they who keep it up.
        var still = Report(waiting).Services.Where(service => !service.IsWell || asked!.Rollout is null)
            .Select(service => $"{service.Name} is {service.Health ?? service.Status}{(service.WaitingFor is { } awaited ? $" for {string.Join(", ", awaited)}" : "")}");
        var message = $"not done within {Wording.Duration(patience)}{string.Concat(still.Select((one, i) => (i == 0 ? ": " : ", ") + one))}; it goes on";
        return new(asked is null ? Report([.. services.Configured]) : Report(asked), new(Fault.TimedOut, message));
    }

    private StatusReport Report(Pending asked) =>
        asked.Changes is { } changes ? Report([.. services.Configured]) with { Changes = changes } : Report(asked.Services);

    private static string Explain(Pending asked, ManagedService service) => (service.IsRetired, asked.Rollout?.IsUntouched(service)) switch
    {
        (true, _) => $"{service.Name} was removed",
        (_, true) => $"{service.Name} was not restarted",
        _ => Explain(service),
    };

    private static string Explain(ManagedService service) => service.State.Phase switch
    {
        Phase.Stopping { Cause: StopCause.Unhealthy } => $"{service.Name} is unhealthy: {service.WhyUnhealthy}; it will be tried again",
        Phase.Backoff or Phase.Stopping { Cause: StopCause.Exit } when service.State.Goal == Goal.Up => $"{service.Name}: {service.LastExit?.Reason}; it will be tried again",
        Phase.Waiting => $"{service.Name} is waiting for {string.Join(", ", service.AwaitedNow.Select(other => $"{other.Name}, which is {(other.State.Goal == Goal.Down ? "stopped" : "not well")}"))}",
        Phase.Stopping => $"{service.Name} is being stopped",
        Phase.Stopped when service.LastExit is { } exit => $"{service.Name} is stopped: {exit.Reason}",
        Phase.Stopped => $"{service.Name} is stopped",
        _ => $"{service.Name} was started again meanwhile",
    };

    private void Refuse(Question question, int code, string message) => question.Answer(new(Report([]), new(code, message)));

    private StatusReport Report(IReadOnlyList<ManagedService> chosen) => reporter.Report(chosen, clock.Now);

    private string Suggestion(string name) =>
        Nearest.To(name, services.Configured.Select(service => service.Name)) is { } nearest ? $"; did you mean '{nearest}'?" : "";

    /// <summary>A question that is answered when something is true of services.</summary>
    private sealed record Pending(Question Question, IReadOnlyList<ManagedService> Services, Func<ManagedService, Progress> Progress)
    {
        /// <summary>What was reloaded; null if it is not about that.</summary>
        public IReadOnlyList<ChangeReport>? Changes { get; init; }

        /// <summary>What goes on step by step; null if it is all done at once.</summary>
        public Rollout? Rollout { get; init; }
    }
}

/// <summary>A request, and whoever waits for the answer.</summary>
/// <param name="request">What is asked.</param>
/// <param name="by">Who asks; null if that is not known.</param>
/// <param name="patience">How long the asker waits; then there is an answer that says how far it is.</param>
/// <param name="reply">Gets the answer, once.</param>
internal sealed class Question(Request request, Requester? by, TimeSpan patience, Action<Reply> reply) : Deadline
{
    public Request Request => request;

    public Requester? By => by;

    public TimeSpan Patience => patience;

    /// <summary>Whether nobody waits any more: it was answered, or the asker has left.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Answers that it takes longer than the asker would wait.</summary>
    public Action? Overdue { get; set; }

    /// <summary>Answers it, unless that was done.</summary>
    public void Answer(Reply answer)
    {
        if (IsOver)
            return;
        IsOver = true;
        reply(answer);
    }

    /// <summary>The asker has left. What was asked is done all the same.</summary>
    public void Withdraw() => IsOver = true;

    public override void OnDue(TimeSpan now)
    {
        if (!IsOver)
            Overdue!();
    }
}
