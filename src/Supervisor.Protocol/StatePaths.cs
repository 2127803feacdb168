namespace Supervisor.Protocol;

/// <summary>The files of a state folder that the supervisor and its clients know by name.</summary>
public static class StatePaths
{
    /// <summary>Where the supervisor of this folder listens.</summary>
    public static string Socket(string folder) => Path.Combine(folder, "supervisor.sock");

    /// <summary>Held locked by the supervisor that lives.</summary>
    public static string Lock(string folder) => Path.Combine(folder, "supervisor.lock");

    /// <summary>Where it writes down what its successor has to know.</summary>
    public static string State(string folder) => Path.Combine(folder, "state.json");

    /// <summary>Where it writes what happened.</summary>
    public static string Events(string folder) => Path.Combine(folder, "events.jsonl");

    /// <summary>The events file and the former ones, oldest first, whether or not they exist.</summary>
    public static IReadOnlyList<string> EventParts(string events) => [$"{events}.2", $"{events}.1", events];

    /// <summary>Where it keeps what <c>before_restart_cmd</c> found out about a service's process.</summary>
    public static string Evidence(string folder, string service) => Path.Combine(folder, "evidence", $"{service}.txt");

    /// <summary>The stderr of a supervisor that was started by <c>up -d</c>.</summary>
    public static string Log(string folder) => Path.Combine(folder, "supervisor.log");
}
