using Supervisor.Configuration;

namespace Supervisor.Guard;

/// <summary>How long a guard has to wait for a supervisor that it asked to stop, before it may think of killing it.</summary>
internal static class StopAllowance
{
    // For a machine that is busy, as it is when everything is shut down at once.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    /// <summary>In whole seconds: all services are stopped at once, so the longest grace of one, and a margin.</summary>
    public static int Seconds(SupervisorConfig config) =>
        (int)Math.Ceiling((config.Services.Select(service => service.Spec.StopTimeout).DefaultIfEmpty().Max() + Margin).TotalSeconds);
}
