namespace Supervisor.Os;

/// <summary>A soft and a hard limit of setrlimit(2).</summary>
internal sealed record ResourceLimit(ulong Soft, ulong Hard)
{
    /// <summary>The limit that this process has, and would hand on.</summary>
    /// <param name="resource">Its number.</param>
    public static unsafe ResourceLimit Own(int resource)
    {
        var limit = stackalloc ulong[2];
        return Libc.GetLimit(resource, limit) == Libc.Ok ? new(limit[0], limit[1]) : new(Platform.Current.Unlimited, Platform.Current.Unlimited);
    }
}
