using Supervisor.Daemon.Storage;

namespace Supervisor.Daemon.Supervision;

/// <summary>The services, in the configuration's order, and how people name them.</summary>
internal sealed class ServiceSet
{
    private int newest;

    /// <param name="services">Those that there are.</param>
    /// <param name="inherited">What an earlier supervisor left, also of those that are configured no more and are gone.</param>
    public ServiceSet(IReadOnlyList<ManagedService> services, IEnumerable<ServiceRecord> inherited)
    {
        All = services;
        newest = inherited.Select(record => record.State.Generation).DefaultIfEmpty(0).Max();
        Link();
    }

    /// <summary>All of them; those that are configured no more come last, until they are gone.</summary>
    public IReadOnlyList<ManagedService> All { get; private set; }

    /// <summary>Those that people may name.</summary>
    public IEnumerable<ManagedService> Configured => All.Where(service => !service.IsRetired);

    /// <summary>Those of some services that are still there, in the order of all. It looks at these alone, for of a thousand few change at a time.</summary>
    public static IReadOnlyList<ManagedService> InOrder(IEnumerable<ManagedService> some) => [.. some.Where(service => service.Index >= 0).OrderBy(service => service.Index)];

    /// <summary>Has these configured, in this order, and all others last, until they are gone.</summary>
    public void Reconfigure(IReadOnlyList<ManagedService> configured)
    {
        All = [.. configured, .. All.Except(configured)];
        Link();
    }

    /// <summary>Forgets those that are configured no more, and run no more.</summary>
    /// <returns>Whether there were any.</returns>
    public bool Forget()
    {
        var over = All.Where(IsOver).ToList();
        if (over.Count == 0)
            return false;
        newest = Math.Max(newest, over.Max(service => service.State.Generation));
        over.ForEach(service => service.Index = -1);
        All = [.. All.Except(over)];
        Link();
        return true;
    }

    /// <summary>
    /// A service that is new to it. One of that name may have been forgotten, by this supervisor or while there was none: what it set
    /// loose may be there still, marked with its number, and must not be taken for what is started now. So its processes are counted on
    /// from the highest number of any that was forgotten.
    /// </summary>
    public ManagedService New(ServiceConfig config) => new(config) { State = ServiceState.Initial with { Generation = newest } };

    /// <summary>
    /// The services of these names or globs, each once, in the configuration's order; null names mean all. The name of a definition that has
    /// instances means all of them.
    /// </summary>
    /// <param name="names">What was asked for.</param>
    /// <param name="isForLook">Whether those are meant, too, that are configured no more and not gone yet.</param>
    /// <param name="unknown">The first name that is nobody's, or null.</param>
    public IReadOnlyList<ManagedService> Find(IReadOnlyList<string>? names, bool isForLook, out string? unknown)
    {
        var among = isForLook ? All : Configured;
        unknown = names?.FirstOrDefault(name => !among.Any(service => IsMeant(service, name)));
        return [.. among.Where(service => names is null || names.Any(name => IsMeant(service, name)))];

        static bool IsMeant(ManagedService service, string name) => Glob.Matches(name, service.Name) || service.Config.Definition == name;
    }

    /// <summary>Has every service know its neighbours.</summary>
    private void Link()
    {
        for (var i = 0; i < All.Count; i++)
            All[i].Index = i;
        var byName = All.ToDictionary(service => service.Name);
        foreach (var service in All)
            service.Dependencies = service.Config.Spec.DependsOn.Count == 0 ? [] : [.. service.Config.Spec.DependsOn.Where(byName.ContainsKey).Select(name => byName[name])];
        var dependents = All.SelectMany(service => service.Dependencies, (service, other) => (service, other)).ToLookup(pair => pair.other, pair => pair.service);
        foreach (var service in All)
            service.Dependents = dependents.Contains(service) ? [.. dependents[service]] : [];
        var leaving = All.Where(service => service.LeavingPort is not null).ToList();
        foreach (var service in All)
            service.Predecessors = service.IsRetired ? [] : [.. leaving.Where(other => other != service && other.LeavingPort == service.Config.LocalPort)];
        foreach (var service in All)
            service.Successors = leaving.Contains(service) ? [.. All.Where(other => other.Predecessors.Contains(service))] : [];
    }

    /// <summary>These, and whatever they depend on, which comes before them; but not what only those depend on that are left out.</summary>
    public static IReadOnlyList<ManagedService> WithDependencies(IEnumerable<ManagedService> chosen, Func<ManagedService, bool> isLeftOut) =>
        DependencyOrder.Of(chosen, service => service.Dependencies.Where(other => !isLeftOut(other)));

    private static bool IsOver(ManagedService service) => service is { IsRetired: true, State.Phase: Phase.Stopped };
}
