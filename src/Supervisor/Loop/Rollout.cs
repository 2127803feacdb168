namespace Supervisor.Loop;

/// <summary>
/// A restart of several services: all at once, except for the instances of one definition. Of those the next has its turn
/// when the one before is well; if one does not get well, those after it are left as they are.
/// </summary>
/// <param name="chosen">All that are to be restarted.</param>
/// <param name="begin">Begins with one, and gives the generation that is to get well.</param>
/// <param name="judge">Says how far that generation is.</param>
internal sealed class Rollout(IReadOnlyList<ManagedService> chosen, Func<ManagedService, int> begin, Func<ManagedService, int, Progress> judge)
{
    private readonly ILookup<string, ManagedService> lanes = chosen.ToLookup(Lane);
    private readonly Dictionary<ManagedService, int> begun = [];

    /// <summary>Begins with all whose turn it is.</summary>
    public void Advance()
    {
        foreach (var lane in lanes)
            Advance(lane);
    }

    /// <summary>How far one is.</summary>
    public Progress Judge(ManagedService service)
    {
        if (begun.TryGetValue(service, out var generation))
            return judge(service, generation);
        return lanes[Lane(service)].Any(other => begun.ContainsKey(other) && Judge(other) == Progress.Failed) ? Progress.Failed : Progress.Pending;
    }

    /// <summary>Whether its turn has not come.</summary>
    public bool IsUntouched(ManagedService service) => !begun.ContainsKey(service);

    private void Advance(IEnumerable<ManagedService> lane)
    {
        foreach (var service in lane)
        {
            if (IsUntouched(service))
                begun.Add(service, begin(service));
            if (Judge(service) != Progress.Done)
                return;
        }
    }

    private static string Lane(ManagedService service) => service.Config.Definition ?? service.Name;
}
