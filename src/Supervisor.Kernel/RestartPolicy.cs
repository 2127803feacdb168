namespace Supervisor.Kernel;

/// <summary>When a service that ended is started again: arithmetic alone.</summary>
public static class RestartPolicy
{
    /// <summary>Whether a process that ended by itself is started again.</summary>
    public static bool Restarts(RestartMode mode, bool success) => mode switch
    {
        RestartMode.Always => true,
        RestartMode.OnFailure => !success,
        RestartMode.No => false,
    };

    /// <summary>
    /// The delay before the <paramref name="nth"/> restart in a row: min(initial·2ⁿ⁻¹, max), and none for n = 0.
    /// Doubling a <see cref="double"/> is exact and cannot overflow into a short delay, whatever n is.
    /// </summary>
    public static TimeSpan Delay(ServiceSpec spec, int nth)
    {
        if (nth == 0)
            return TimeSpan.Zero;
        return TimeSpan.FromTicks((long)Math.Min(Math.ScaleB(spec.BackoffInitial.Ticks, nth - 1), spec.BackoffMax.Ticks));
    }

    /// <summary>How long a service must be well until its restarts are forgotten: never less than the delay it last waited.</summary>
    public static TimeSpan Reset(ServiceSpec spec, Streak streak) =>
        TimeSpan.FromTicks(Math.Max(spec.BackoffReset.Ticks, Delay(spec, streak.Restarts).Ticks));
}
