using Supervisor.Daemon.Storage;

namespace Supervisor.Daemon.Supervision;

/// <summary>The services, in the configuration's order, and how people name them.</summary>
internal sealed class ServiceSet
{
    private readonly Dictionary<string, int> generations;

    /// <param name="services">Those that there are.</param>
    /// <param name="inherited">What an earlier supervisor left, also of those that are configured no more and are gone.</param>
    public ServiceSet(IReadOnlyList<ManagedService> services, IEnumerable<ServiceRecord> inherited)
    {
        All = services;
        generations = inherited.ToDictionary(record => record.Name, record => record.State.Generation);
        Link();
    }

    /// <summary>All of them; those that are configured no more come last, until they are gone.</summary>
    public IReadOnlyList<ManagedService> All { get; private set; }

    /// <summary>Those that people may name.</summary>
    public IEnumerable<ManagedService> Configured => All.Where(service => !service.IsRetired);

    /// <summary>Has these configured, in this order, and all others last, until they are gone.</summary>
    public void Reconfigure(IReadOnlyList<ManagedService> configured)
    {
        All = [.. configured, .. All.Except(configured)];
        Link();
    }

    /// <summary>Forgets those that are configured no more, and run no more.</summary>
    public void Forget()
    {
        foreach (var service in All.Where(IsOver))
            generations[service.Name] = service.State.Generation;
        if (All.Any(IsOver))
            All = [.. All.Where(service => !IsOver(service))];
    }

    /// <summary>
    /// A service that is new to it. If one of that name was forgotten, by this supervisor or while there was none, its processes
    /// are counted on: what they set loose may be there still, marked with their number, and must not be taken for what is
    /// started now.
    /// </summary>
    public ManagedService New(ServiceConfig config) =>
        new(config) { State = ServiceState.Initial with { Generation = generations.GetValueOrDefault(config.Spec.Name) } };

    /// <summary>
    /// The services of these names or globs, each once, in the configuration's order; null names mean all.
    /// </summary>
    /// <param name="names">What was asked for.</param>
    /// <param name="unknown">The first name that is nobody's, or null.</param>
    public IReadOnlyList<ManagedService> Find(IReadOnlyList<string>? names, out string? unknown)
    {
        unknown = names?.FirstOrDefault(name => !Configured.Any(service => Glob.Matches(name, service.Name)));
        return [.. Configured.Where(service => names is null || names.Any(name => Glob.Matches(name, service.Name)))];
    }

    /// <summary>Has every service know its neighbours.</summary>
    private void Link()
    {
        var byName = All.ToDictionary(service => service.Name);
        foreach (var service in All)
            service.Dependencies = service.Config.Spec.DependsOn.Count == 0 ? [] : [.. service.Config.Spec.DependsOn.Where(byName.ContainsKey).Select(name => byName[name])];
        var dependents = All.SelectMany(service => service.Dependencies, (service, other) => (service, other)).ToLookup(pair => pair.other, pair => pair.service);
        foreach (var service in All)
            service.Dependents = dependents.Contains(service) ? [.. dependents[service]] : [];
    }

    /// <summary>These, and whatever they depend on, which comes before them; but not what only those depend on that are left out.</summary>
    public static IReadOnlyList<ManagedService> WithDependencies(IEnumerable<ManagedService> chosen, Func<ManagedService, bool> isLeftOut)
    {
        var all = new OrderedDictionary<ManagedService, bool>();
        foreach (var service in chosen)
            Add(service);
        return [.. all.Keys];

        void Add(ManagedService service)
        {
            if (all.ContainsKey(service))
                return;
            foreach (var other in service.Dependencies.Where(other => !isLeftOut(other)))
                Add(other);
            all.TryAdd(service, true);
        }
    }

    private static bool IsOver(ManagedService service) => service is { IsRetired: true, State.Phase: Phase.Stopped };
}
