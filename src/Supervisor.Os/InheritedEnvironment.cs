using System.Collections;

namespace Supervisor.Os;

/// <summary>The environment that daemons get: the supervisor's own, without what is meant for the supervisor alone.</summary>
public static class InheritedEnvironment
{
    // A daemon that speaks sd_notify(3) with our variables would speak for us.
    private static readonly string[] Ours = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"];

    /// <summary>Each variable as <c>NAME=value</c>.</summary>
    public static string[] Read() => [.. Whole().Where(variable => !Ours.Contains(variable[..variable.IndexOf('=', 1)]))];

    /// <summary>The same with what is meant for the supervisor alone, for one that takes this one's place.</summary>
    public static string[] Whole() =>
        [.. from DictionaryEntry variable in Environment.GetEnvironmentVariables() select $"{variable.Key}={variable.Value}"];

    /// <summary>The same with variables added or replaced.</summary>
    public static string[] With(IEnumerable<string> environment, IReadOnlyDictionary<string, string> more) =>
    [
        .. environment.Where(variable => !more.ContainsKey(variable[..variable.IndexOf('=', 1)])),
        .. more.Select(variable => $"{variable.Key}={variable.Value}"),
    ];

    /// <summary>The value of one variable, or null.</summary>
    public static string? Value(IEnumerable<string> environment, string name) =>
        environment.FirstOrDefault(variable => variable.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];
}
