using System.Collections.Immutable;

namespace Supervisor.Os;

/// <summary>What a process is given that posix_spawn(3) cannot give it.</summary>
public sealed record LaunchTerms
{
    /// <summary>Who it runs as; null for whoever we are.</summary>
    public Account? User { get; init; }

    /// <summary>The group it runs in; null for that of its user.</summary>
    public uint? Group { get; init; }

    /// <summary>Its umask; null for our own, as for all that follow.</summary>
    public uint? Umask { get; init; }

    /// <summary>Its nice value.</summary>
    public int? Nice { get; init; }

    /// <summary>Its limits, by name.</summary>
    public ImmutableSortedDictionary<string, ResourceLimit> Limits { get; init; } = ImmutableSortedDictionary<string, ResourceLimit>.Empty;

    /// <summary>
    /// The steps that lead there, in the order in which they must be taken: what only root may do comes before its rights
    /// are given up. None where nothing is wanted. Who is not root has nothing to change about users and groups.
    /// </summary>
    public ImmutableArray<string> ToSteps() =>
    [
        .. Nice is { } nice ? [$"nice={nice}"] : Array.Empty<string>(),
        .. Limits.Select(limit => $"limit={limit.Key}:{limit.Value.Soft}:{limit.Value.Hard}"),
        .. Environment.IsPrivilegedProcess ? IdentitySteps() : [],
        .. Umask is { } umask ? [$"umask={umask}"] : Array.Empty<string>(),
    ];

    private IEnumerable<string> IdentitySteps()
    {
        if ((Group ?? User?.Group) is not { } group)
            yield break;
        yield return $"groups={group}:{User?.Name}";
        yield return $"group={group}";
        if (User is not null)
            yield return $"user={User.User}:{User.Name}";
    }
}

/// <summary>A soft and a hard limit of setrlimit(2).</summary>
public sealed record ResourceLimit(ulong Soft, ulong Hard)
{
    /// <summary>The limit that this process has, and would hand on.</summary>
    /// <param name="resource">Its number.</param>
    public static unsafe ResourceLimit Own(int resource)
    {
        var limit = stackalloc ulong[2];
        return Libc.GetLimit(resource, limit) == Libc.Ok ? new(limit[0], limit[1]) : new(Platform.Current.Unlimited, Platform.Current.Unlimited);
    }
}
