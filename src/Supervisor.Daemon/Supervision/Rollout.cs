namespace Supervisor.Daemon.Supervision;

/// <summary>
/// A restart of several services: all at once, except for the instances of one definition. Of those the next has its turn
/// when the one before is well; if one does not get well, those after it are left as they are. It goes on whether or not anybody waits for it.
/// </summary>
/// <param name="chosen">All that are to be restarted.</param>
/// <param name="begin">Begins with some, and gives for each the generation that is to get well.</param>
/// <param name="judge">Says how far that generation is.</param>
internal sealed class Rollout(IReadOnlyList<ManagedService> chosen, Func<IReadOnlyList<ManagedService>, IEnumerable<int>> begin, Func<ManagedService, int, Progress> judge)
{
    private readonly ILookup<string, ManagedService> lanes = chosen.ToLookup(Lane);
    private readonly Dictionary<ManagedService, int> begun = [];
    private readonly HashSet<string> abandoned = [];

    /// <summary>Whether nobody's turn is still to come.</summary>
    public bool IsOver => chosen.All(service => Judge(service) != Progress.Pending);

    /// <summary>Begins with all whose turn it is.</summary>
    public void Advance()
    {
        abandoned.UnionWith(begun.Where(one => judge(one.Key, one.Value) == Progress.Failed).Select(one => Lane(one.Key)));
        while (Due() is { Count: > 0 } due)
            foreach (var (service, generation) in due.Zip(begin(due)))
                begun.Add(service, generation);
    }

    /// <summary>How far one is.</summary>
    public Progress Judge(ManagedService service)
    {
        if (begun.TryGetValue(service, out var generation))
            return judge(service, generation);
        return service.IsRetired || abandoned.Contains(Lane(service)) ? Progress.Failed : Progress.Pending;
    }

    /// <summary>Whether its turn has not come.</summary>
    public bool IsUntouched(ManagedService service) => !begun.ContainsKey(service);

    /// <summary>The first of each lane that is not well, if nothing was begun with it yet.</summary>
    private List<ManagedService> Due() =>
        [.. lanes.Where(lane => !abandoned.Contains(lane.Key)).Select(lane => lane.FirstOrDefault(service => IsUntouched(service) || Judge(service) != Progress.Done)).OfType<ManagedService>().Where(service => IsUntouched(service) && !service.IsRetired)];

    private static string Lane(ManagedService service) => service.Config.Definition ?? service.Name;
}
