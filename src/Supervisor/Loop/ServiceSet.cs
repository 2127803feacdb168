using Supervisor.Control;

namespace Supervisor.Loop;

/// <summary>The services, in the configuration's order, and how people name them.</summary>
internal sealed class ServiceSet(IReadOnlyList<ManagedService> services)
{
    public IReadOnlyList<ManagedService> All { get; } = services;

    /// <summary>
    /// The services of these names or globs, each once, in the configuration's order; null names mean all.
    /// </summary>
    /// <param name="names">What was asked for.</param>
    /// <param name="unknown">The first name that is nobody's, or null.</param>
    public IReadOnlyList<ManagedService> Find(IReadOnlyList<string>? names, out string? unknown)
    {
        unknown = names?.FirstOrDefault(name => !All.Any(service => Glob.Matches(name, service.Name)));
        return names is null ? All : [.. All.Where(service => names.Any(name => Glob.Matches(name, service.Name)))];
    }
}
