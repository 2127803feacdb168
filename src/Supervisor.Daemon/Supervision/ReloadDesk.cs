namespace Supervisor.Daemon.Supervision;

/// <summary>Has edited configurations read, one at a time, and answers who asked for it.</summary>
internal sealed class ReloadDesk(Reload reload, ShutdownPlan shutdown, LoopEdges edges, Chronicle chronicle)
{
    private readonly Queue<ReloadOrder> orders = [];

    /// <summary>Begins, or waits until the one before is done.</summary>
    public void Take(ReloadOrder order)
    {
        orders.Enqueue(order);
        if (orders.Count == 1)
            edges.ReadConfiguration();
    }

    /// <summary>The file was read, for the one who has waited longest.</summary>
    public void OnRead(ConfigurationResult<SupervisorConfig> result)
    {
        var order = orders.Dequeue();
        if (orders.Count > 0)
            edges.ReadConfiguration();
        if (shutdown.HasBegun)
            order.Refuse(Fault.Failed, "the supervisor is shutting down", null);
        else if (reload.ProblemsOf(result) is { Count: > 0 } problems)
            Refuse(order, [.. problems.Select(problem => problem.ToString())]);
        else
            Finish(order, ((ConfigurationResult<SupervisorConfig>.Valid)result).Value);
    }

    private void Refuse(ReloadOrder order, IReadOnlyList<string> problems)
    {
        if (!order.IsTrial)
            chronicle.TellNotReloaded(problems);
        order.Refuse(Fault.BadConfiguration, $"the configuration has {problems.Count} problem{(problems.Count == 1 ? "" : "s")}; nothing was changed", problems);
    }

    private void Finish(ReloadOrder order, SupervisorConfig edited)
    {
        var changes = reload.Compare(edited);
        IReadOnlyList<ChangeReport> reports = [.. reload.CompareTop(edited), .. changes.Select(change => change.Report)];
        if (!order.IsTrial)
            changes = reload.Apply(edited, changes);
        order.Finish(changes, reports);
    }
}

/// <summary>Somebody wants the edited configuration taken up.</summary>
/// <param name="IsTrial">Only to be told what would be done.</param>
/// <param name="Refuse">Called with a code, a sentence, and the problems of the configuration, if it cannot be.</param>
/// <param name="Finish">Called with what was begun, and how it is told, if it can.</param>
internal sealed record ReloadOrder(bool IsTrial, Action<int, string, IReadOnlyList<string>?> Refuse, Action<IReadOnlyList<Change>, IReadOnlyList<ChangeReport>> Finish);
