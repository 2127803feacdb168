using Supervisor.Control;
using Supervisor.Kernel;

namespace Supervisor.Loop;

/// <summary>The services, in the configuration's order, and how people name them.</summary>
internal sealed class ServiceSet(IReadOnlyList<ManagedService> services)
{
    /// <summary>All of them; those that are configured no more come last, until they are gone.</summary>
    public IReadOnlyList<ManagedService> All { get; private set; } = services;

    /// <summary>Those that people may name.</summary>
    public IEnumerable<ManagedService> Configured => All.Where(service => !service.IsRetired);

    /// <summary>Forgets those that are configured no more, and run no more.</summary>
    public void Forget()
    {
        if (All.Any(IsOver))
            All = [.. All.Where(service => !IsOver(service))];
    }

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

    private static bool IsOver(ManagedService service) => service is { IsRetired: true, State.Phase: Phase.Stopped };
}
