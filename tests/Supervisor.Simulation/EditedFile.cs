using System.Collections.Immutable;

namespace Supervisor.Simulation;

/// <summary>The configuration file of a run, which people edit: services go and come back, and are to be run otherwise.</summary>
/// <param name="services">All services that there ever are.</param>
/// <param name="told">What the supervisor is told of one.</param>
internal sealed class EditedFile(IReadOnlyList<ServiceConfig> services, Func<ServiceConfig, ServiceConfig> told)
{
    private readonly bool[] isThere = [.. services.Select(_ => true)];
    private readonly int[] versions = new int[services.Count];

    /// <summary>What is in it.</summary>
    public SupervisorConfig Content => new()
    {
        File = "/supervisor.json",
        LogDir = "/logs",
        StateDir = "/state",
        Services = [.. Enumerable.Range(0, services.Count).Where(Has).Select(index => told(Edited(index)))],
    };

    /// <summary>Whether a service is in it.</summary>
    public bool Has(int service) => isThere[service];

    /// <summary>What a service is run with.</summary>
    public int VersionOf(int service) => versions[service];

    /// <summary>What a service depends on, of those that are there.</summary>
    public IEnumerable<string> DependenciesOf(int service) => services[service].Spec.DependsOn.Where(name => Enumerable.Range(0, services.Count).Any(other => Has(other) && services[other].Spec.Name == name));

    /// <summary>Somebody edits it; but one service is always there.</summary>
    public void Apply(Edit edit)
    {
        if (edit.IsToggled)
            isThere[edit.Service] = !isThere[edit.Service] || isThere.Count(one => one) == 1;
        if (edit.IsChanged)
            versions[edit.Service]++;
    }

    private ServiceConfig Edited(int index)
    {
        var service = services[index];
        var (names, version) = (DependenciesOf(index).ToList(), $"{versions[index]}");
        return service with
        {
            Spec = service.Spec with { DependsOn = names },
            Environment = service.Environment.SetItem("VERSION", version),
            Written = ImmutableSortedDictionary<string, string>.Empty.Add("depends_on", string.Join(' ', names)).Add("environment", version),
        };
    }
}
