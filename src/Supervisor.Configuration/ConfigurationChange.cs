using System.Collections.Immutable;

namespace Supervisor.Configuration;

/// <summary>How an edited configuration differs from the one that is in force, by what is written in both.</summary>
public static class ConfigurationChange
{
    // Services are compared one by one, and what they have from the defaults with them.
    private static readonly string[] s_notByThemselves = ["$schema", "services", "include", "defaults", "log_dir", "state_dir", "control_group"];

    /// <summary>The keys of a service that are written otherwise than they were, there or in the defaults.</summary>
    public static IReadOnlyList<string> KeysOf(ServiceConfig before, ServiceConfig after) => [.. Differences(before.Written, after.Written)];

    /// <summary>The same for the keys of the top level.</summary>
    public static IReadOnlyList<string> KeysOf(SupervisorConfig before, SupervisorConfig after) =>
        [.. Differences(before.Written, after.Written).Except(s_notByThemselves)];

    /// <summary>What cannot change under a supervisor that runs: where it and its daemons have open files.</summary>
    public static ImmutableArray<Problem> Impossible(SupervisorConfig before, SupervisorConfig after) =>
    [
        .. Moved("log_dir", before.LogDir, after.LogDir, after.File),
        .. Moved("state_dir", before.StateDir, after.StateDir, after.File),
        .. before.ControlGroup == after.ControlGroup ? [] : new[] { new Problem(after.File, null, null, "control_group", "cannot change while the supervisor runs; put it back, or run upgrade, which takes it up and touches no daemon") },
    ];

    private static IEnumerable<string> Differences(ImmutableSortedDictionary<string, string> before, ImmutableSortedDictionary<string, string> after) =>
        before.Keys.Union(after.Keys).Where(key => before.GetValueOrDefault(key) != after.GetValueOrDefault(key)).Order(StringComparer.Ordinal);

    private static IEnumerable<Problem> Moved(string key, string before, string after, string file)
    {
        if (before != after)
            yield return new(file, null, null, key, $"cannot change from {before} to {after} while the supervisor runs; put it back, or run down and up");
    }
}
