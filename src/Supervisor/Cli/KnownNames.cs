using Supervisor.Configuration;
using Supervisor.Control;

namespace Supervisor.Cli;

/// <summary>Names of services, for verbs that work without a supervisor: the configured ones, and those of the past.</summary>
internal static class KnownNames
{
    /// <summary>The configuration, if it is as it should be. It may have been edited since; that is not this verb's concern.</summary>
    public static SupervisorConfig? TryConfigured(string file) =>
        ConfigurationReader.Load(file) is ConfigurationResult<SupervisorConfig>.Valid valid ? valid.Value : null;

    /// <summary>Sees to it that each name or glob means somebody.</summary>
    /// <exception cref="UsageException">One does not.</exception>
    public static void Check(IEnumerable<string> names, SupervisorConfig? config, IEnumerable<string?> past)
    {
        var known = Of(config, past);
        foreach (var name in names)
            if (!known.Any(one => Glob.Matches(name, one)))
                throw Unknown(name, known);
    }

    /// <summary>Sees to it that a name, which is no glob, is somebody's.</summary>
    /// <exception cref="UsageException">It is not.</exception>
    public static void CheckOne(string name, SupervisorConfig? config, IEnumerable<string?> past)
    {
        var known = Of(config, past);
        if (!known.Contains(name))
            throw Unknown(name, known);
    }

    private static HashSet<string> Of(SupervisorConfig? config, IEnumerable<string?> past) =>
        [.. past.OfType<string>(), .. config?.Services.Select(service => service.Spec.Name) ?? []];

    private static UsageException Unknown(string name, IEnumerable<string> known) =>
        new($"no service is named '{name}'{(Nearest.To(name, known) is { } nearest ? $"; did you mean '{nearest}'?" : "")}");
}
