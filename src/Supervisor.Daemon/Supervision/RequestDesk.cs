using Supervisor.Daemon.Polling;

namespace Supervisor.Daemon.Supervision;

/// <summary>Takes what people ask for, and answers when it is true.</summary>
internal sealed class RequestDesk(ServiceSet services, ServiceDriver driver, ShutdownPlan shutdown, Handover handover, Reload reload, Chronicle chronicle, StatusReporter reporter, Deadlines deadlines, LoopClock clock, Action<Action> whenSaved)
{
    private static readonly TimeSpan SavePatience = TimeSpan.FromSeconds(1);

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
            deadlines.Set(question, question.Until = clock.Now + question.Patience);
        }
    }

    /// <summary>Answers those that can be answered now, and forgets those whose asker has left, or was answered; but what was begun is brought to its end.</summary>
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
        if (!shutdown.HasBegun)
            one.Rollout?.Advance();
        var isOver = (one.Question.IsOver || TryAnswer(one)) && (shutdown.HasBegun || one.Rollout?.IsOver != false);
        deadlines.Set(one.Question, one.Question.IsOver ? null : isOver ? one.Question.Until : Next(one));
        return isOver;
    }

    /// <summary>When it is looked again even if nothing happens: the asker's patience ends, or somebody has run for long enough.</summary>
    private TimeSpan? Next(Pending one) =>
        one.Services.Select(ProgressOf.ProvenAt).Where(at => at > clock.Now).Append(one.Question.IsOver ? null : one.Question.Until).Min();

    private void Take(Question question, IReadOnlyList<ManagedService> chosen)
    {
        switch (question.Request)
        {
            case Request.Status:
                question.Answer(new(Report(chosen)));
                break;
            case Request.Wait wait:
                var last = chosen.ToDictionary(service => service, service => wait.Restarts + (service.State.Phase is Phase.Backoff ? service.State.Generation + 1 : NewestWanted(service)));
                pending.Add(new(question, Awaitable(wait, chosen), service => ProgressOf.Wait(service, last[service], clock.Now)));
                break;
            case Request.Stop:
                foreach (var service in chosen)
                    driver.Apply(service, new ServiceEvent.StopInTurn());
                foreach (var service in chosen)
                    service.LastExit = service.LastExit is { } exit ? exit with { Requested = true } : null;
                driver.NoteChange(chosen);
                pending.Add(new(question, chosen, ProgressOf.Stop));
                break;
            case Request.Start:
                driver.Raise(chosen, new ServiceEvent.Start());
                var meant = chosen.ToDictionary(service => service, NewestWanted);
                pending.Add(new(question, chosen, service => Started(service, meant[service])));
                break;
            case Request.Restart:
                Restart(chosen, question);
                break;
            case Request.Signal order:
                Send(order, chosen, question);
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

    /// <summary>Who asks for all means those that have a process; who names some means each of them.</summary>
    private void Send(Request.Signal order, IReadOnlyList<ManagedService> chosen, Question question)
    {
        var missed = chosen.Where(service => !driver.Send(service, order, question.By)).ToList();
        if (missed.Count > 0 && (order.Names is not null || missed.Count == chosen.Count))
            Refuse(question, Fault.Failed, string.Join("; ", Report(missed).Services.Select(service => $"{service.Name} has no process that could get {order.Name}: it is {service.Status}")));
        else
            question.Answer(new(Report(chosen)));
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
            pending.Add(new(question, [.. touched.Keys], service => touched[service].Config is null ? ProgressOf.Stop(service) : Started(service, wanted[service])) { Changes = reports });
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

    private Progress Started(ManagedService service, int generation) => ProgressOf.Start(service, generation, clock.Now);

    /// <summary>While the old process is still being stopped, or the new one has to wait, the one that is meant is the next.</summary>
    private static int NewestWanted(ManagedService service) =>
        service.State.Phase is Phase.Stopping or Phase.Waiting ? service.State.Generation + 1 : service.State.Generation;

    /// <summary>Who waits for all does not mean those that rest because somebody wants it so.</summary>
    private static IReadOnlyList<ManagedService> Awaitable(Request request, IReadOnlyList<ManagedService> chosen) =>
        request.Names is null ? [.. chosen.Where(service => service.State.Goal == Goal.Up || service.FinalExit is not null)] : chosen;

    private bool TryAnswer(Pending asked)
    {
        if (asked.Question.Request is Request.Shutdown)
            return false;
        var judged = asked.Services.Select(service => (service, progress: asked.Progress(service))).ToList();
        // The first failure settles it, whatever the others come to.
        if (judged.All(one => one.progress != Progress.Failed) && judged.Any(one => one.progress == Progress.Pending))
            return false;
        var failed = judged.Where(one => one.progress == Progress.Failed).Select(one => Explain(asked, one.service)).ToList();
        var reply = new Reply(Report(asked), failed.Count == 0 ? null : new Fault(Fault.Failed, string.Join("; ", failed)));
        Answer(asked.Question, reply);
        return true;
    }

    /// <summary>Whoever was told that something is stopped may rely on that, even if this supervisor is killed the next moment. No disk keeps anybody waiting for long.</summary>
    private void Answer(Question question, Reply reply)
    {
        question.Overdue = () => question.Answer(reply);
        question.Until = clock.Now + SavePatience;
        whenSaved(question.Overdue);
    }

    /// <summary>How far something is; null for what is not about services, or was not begun yet.</summary>
    private Reply SoFar(Pending? asked, TimeSpan patience)
    {
        var waiting = asked?.Services.Where(service => asked.Progress(service) != Progress.Done).ToList() ?? [];
        // Instances whose turn has not come are well; then it is not they who keep it up.
        var still = waiting.Zip(Report(waiting).Services).Where(pair => !pair.Second.IsWell || asked!.Rollout?.IsUntouched(pair.First) != true)
            .Select(pair => $"{pair.Second.Name} {Standing(pair.First, pair.Second)}");
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

    private static string Explain(ManagedService service) => service.State switch
    {
        _ when service.FinalExit is { } exit => $"{service.Name}: {exit.Reason}; it is not restarted",
        { Goal: Goal.Down, Phase: Phase.Stopped } => $"{service.Name} is stopped{(service.LastExit is { } exit ? $": {exit.Reason}" : "")}",
        { Goal: Goal.Down } => $"{service.Name} is being stopped",
        { Phase: Phase.Stopping { Cause: StopCause.Unhealthy, StartsAtOnce: false } } => $"{service.Name} is unhealthy: {service.WhyUnhealthy}; it will be tried again",
        { Phase: Phase.Waiting } when service.AwaitedNow.Any() => $"{service.Name} is waiting for {string.Join(", ", service.AwaitedNow.Select(Awaited))}",
        _ when service.LastExit is { Requested: false } exit => $"{service.Name}: {exit.Reason}; it will be tried again",
        _ => $"{service.Name} was started again meanwhile",
    };

    private static string Awaited(ManagedService other) =>
        $"{other.Name}, which is {(other.FinalExit is not null ? "not restarted" : other.State.Goal == Goal.Down ? "stopped" : "not well")}";

    /// <summary>How it is while it is waited for, and why, as far as that is known.</summary>
    private static string Standing(ManagedService service, ServiceStatus status)
    {
        var standing = status switch
        {
            { Status: "backoff" } => "is in backoff",
            { Status: "running", Health: null } => $"has not run for {Wording.Duration(ProgressOf.Probation)} yet",
            { WaitingFor: { } awaited } => $"is {status.Status} for {string.Join(", ", awaited)}",
            _ => $"is {status.Health ?? status.Status}",
        };
        var why = service.State.Phase switch
        {
            Phase.Stopping { Cause: StopCause.Unhealthy } => service.WhyUnhealthy,
            Phase.Running when service.LastProbe is { Result: { Verdict: Verdict.Bad, Detail: var detail } } => detail,
            not Phase.Waiting when service.LastExit is { Requested: false } exit => exit.Reason,
            _ => null,
        };
        return why is null ? standing : $"{standing}: {why}";
    }

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

    /// <summary>When the asker's patience ends; null for never.</summary>
    public TimeSpan? Until { get; set; }

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
        if (!IsOver && now >= Until)
            Overdue!();
    }
}
