namespace Supervisor.Os;

/// <summary>
/// What every daemon carries in its environment, and hands on to all that comes of it: whose it is. It is there from the
/// first instant of a process, so there is no moment in which a supervisor can die and leave a daemon that its successor
/// would not recognize.
/// </summary>
internal static class Mark
{
    private const string Service = "SUPERVISOR_SERVICE";
    private const string StateDir = "SUPERVISOR_STATE_DIR";

    /// <summary>The variables for a service.</summary>
    public static IEnumerable<KeyValuePair<string, string>> For(string service, string stateDir) =>
        [KeyValuePair.Create(Service, service), KeyValuePair.Create(StateDir, stateDir)];

    /// <summary>
    /// The living processes that carry the mark of this state folder, with their service; only those of our own user, for
    /// anybody may write anything into his own environment. Linux only.
    /// </summary>
    public static IReadOnlyList<(int Pid, string Service)> Bearers(string stateDir)
    {
        var uid = $"Uid:\t{Libc.EffectiveUser()}\t";
        return
        [
            .. from pid in ProcFiles.Processes()
               let variables = ProcFiles.Text($"/proc/{pid}/environ").Split('\0')
               where variables.Contains($"{StateDir}={stateDir}")
               let service = InheritedEnvironment.Value(variables, Service)
               where service is not null && pid != Environment.ProcessId && ProcessIdentity.StartTimeOf(pid) is not null
               where ProcFiles.Text($"/proc/{pid}/status").Contains(uid, StringComparison.Ordinal)
               select (pid, service),
        ];
    }
}
