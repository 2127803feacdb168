using System.Collections.Immutable;

namespace Supervisor.Daemon.Supervision;

/// <summary>What is needed to start a service's process, and the commands that belong to it: where the program lies, and its environment.</summary>
internal sealed class Launcher(SupervisorConfig initial)
{
    private static readonly string? OwnPath = InheritedEnvironment.Find("PATH");

    private readonly (string LogDir, string StateDir) folders = (initial.LogDir, initial.StateDir);

    /// <summary>A service's process. It bears the mark, and hands it on to all that descends from it.</summary>
    public SpawnRequest? OfService(ServiceConfig service, int generation) => Of(
        service,
        service.Cmd,
        [.. Mark.For(service.Spec.Name, generation, folders.StateDir)]) is { } request
            ? request with { LogPath = LogPath.Of(folders.LogDir, service.Spec.Name), BecomesUser = service.BecomesUser }
            : null;

    /// <summary>One run of <c>health_cmd</c>, whose output goes nowhere: a check must not need a disk.</summary>
    public static SpawnRequest? OfHealthCheck(ServiceConfig service, int pid) =>
        Of(service, service.HealthCmd, [new("SUPERVISOR_SERVICE", service.Spec.Name), new("SUPERVISOR_PID", $"{pid}")]);

    /// <summary>One run of <c>before_restart_cmd</c>, whose output is kept in a file.</summary>
    public SpawnRequest? OfExamination(ServiceConfig service, int pid, string reason) =>
        Of(
            service,
            service.BeforeRestartCmd,
            [new("SUPERVISOR_EVENT", "before_restart"), new("SUPERVISOR_SERVICE", service.Spec.Name), new("SUPERVISOR_PID", $"{pid}"), new("SUPERVISOR_REASON", reason)]) is { } request
            ? request with { OutputPath = EvidenceOf(service) }
            : null;

    /// <summary>The file that gets the output of <c>before_restart_cmd</c>.</summary>
    public string EvidenceOf(ServiceConfig service) => StatePaths.Evidence(folders.StateDir, service.Spec.Name);

    /// <summary>A command with variables of its own; null if its program cannot be found. The working folder is where it is looked for.</summary>
    public static SpawnRequest? Of(ImmutableArray<string> cmd, string folder, IReadOnlyList<KeyValuePair<string, string>> variables) =>
        ExecutableLookup.Find(cmd[0], folder, PathOf(variables)) is { } path
            ? new() { Path = path, Argv = cmd, Variables = variables, WorkingDir = folder }
            : null;

    /// <summary>Why a command of a service cannot be started.</summary>
    public static string WhyNot(ServiceConfig service, ImmutableArray<string> cmd) => service.Lack ?? WhyNot(cmd, service.WorkingDir, [.. service.Environment]);

    /// <summary>Why a command cannot be started that was not found.</summary>
    public static string WhyNot(ImmutableArray<string> cmd, string folder, IReadOnlyList<KeyValuePair<string, string>> variables) =>
        ExecutableLookup.WhyNot(cmd[0], folder, PathOf(variables));

    private static string? PathOf(IReadOnlyList<KeyValuePair<string, string>> variables) =>
        variables.LastOrDefault(variable => variable.Key == "PATH").Value ?? OwnPath;

    /// <summary>Without the mark, unless it is among the further variables: what bears it is taken for the daemon.</summary>
    private static SpawnRequest? Of(ServiceConfig service, ImmutableArray<string> cmd, IEnumerable<KeyValuePair<string, string>> more) =>
        service.Lack is null && Of(cmd, service.WorkingDir, [.. service.Environment, .. more]) is { } request ? ChainLoader.By(service.Terms, request) : null;
}
