using Supervisor.Configuration;

namespace Supervisor.Guard;

/// <summary>How long a guard has to wait for a supervisor that it asked to stop, before it may think of killing it.</summary>
internal static class StopAllowance
{
    // For a machine that is busy, as it is when everything is shut down at once.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    /// <summary>In whole seconds: the graces of those that are stopped one after the other, for they depend on each other, and a margin.</summary>
    public static int Seconds(SupervisorConfig config) => (int)Math.Ceiling((LongestChain(config) + Margin).TotalSeconds);

    private static TimeSpan LongestChain(SupervisorConfig config)
    {
        var services = config.Services.ToDictionary(service => service.Spec.Name, service => service.Spec);
        var chains = new Dictionary<string, TimeSpan>();
        return services.Keys.Select(ChainFrom).DefaultIfEmpty().Max();

        TimeSpan ChainFrom(string name) => chains.TryGetValue(name, out var known) ? known
            : chains[name] = services[name].StopTimeout + services[name].DependsOn.Select(ChainFrom).DefaultIfEmpty().Max();
    }
}
