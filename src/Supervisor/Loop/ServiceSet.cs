using System.IO.Enumeration;

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
        unknown = names?.FirstOrDefault(name => !All.Any(service => Matches(name, service)));
        return names is null ? All : [.. All.Where(service => names.Any(name => Matches(name, service)))];
    }

    private static bool Matches(string name, ManagedService service) =>
        FileSystemName.MatchesSimpleExpression(name, service.Name, ignoreCase: false);
}
