using System.Threading.Channels;

namespace Supervisor.Daemon.Supervision;

/// <summary>Turns what the kernel decided into what the machine does.</summary>
internal sealed class EffectRunner(SupervisorConfig config, LoopEdges edges, Reaper reaper, ChannelWriter<Message> inbox)
{
    private readonly string[] environment = InheritedEnvironment.Read();

    /// <summary>Sends the stop signal, or SIGKILL, to the group of the service's process.</summary>
    public void Signal(ManagedService service, Effects effects)
    {
        if (service.State.Phase is not Phase.Stopping stopping)
            return;
        if (effects.HasFlag(Effects.Terminate))
            Terminate(stopping.Pid, service.Config.StopSignal);
        if (effects.HasFlag(Effects.Kill))
            reaper.Signal(stopping.Pid, "SIGKILL");
    }

    /// <summary>Starts the service's process.</summary>
    public SpawnResult Spawn(ServiceConfig service, int generation)
    {
        var variables = Environment(service, generation);
        var path = ExecutableLookup.Find(service.Cmd[0], service.WorkingDir, InheritedEnvironment.Value(variables, "PATH"));
        if (path is null)
            return new(0, $"{service.Cmd[0]}: not found, or not executable");
        edges.Logs?.BeforeStart(service.Spec.Name);
        return edges.Host.Spawn(ChainLoader.By(service.Terms, new()
        {
            Path = path,
            Argv = service.Cmd,
            Environment = variables,
            WorkingDir = service.WorkingDir,
            LogPath = LogPath.Of(config.LogDir, service.Spec.Name),
            BecomesUser = service.BecomesUser,
        }));
    }

    /// <summary>Starts the command that examines the service's process, with a group of its own.</summary>
    public SpawnResult Examine(ManagedService service, int pid, string reason)
    {
        var (name, cmd, folder) = (service.Name, service.Config.BeforeRestartCmd, service.Config.WorkingDir);
        // Without the mark: what bears it is taken for the daemon.
        var variables = InheritedEnvironment.With(environment, service.Config.Environment.SetItems(
        [
            new("SUPERVISOR_EVENT", "before_restart"), new("SUPERVISOR_SERVICE", name), new("SUPERVISOR_PID", $"{pid}"), new("SUPERVISOR_REASON", reason),
        ]));
        var path = ExecutableLookup.Find(cmd[0], folder, InheritedEnvironment.Value(variables, "PATH"));
        if (path is null)
            return new(0, $"{cmd[0]}: not found, or not executable");
        return edges.Host.Spawn(ChainLoader.By(service.Config.Terms, new() { Path = path, Argv = cmd, Environment = variables, WorkingDir = folder, OutputPath = EvidenceOf(service) }));
    }

    /// <summary>The file that gets its output.</summary>
    public string EvidenceOf(ManagedService service) => StatePaths.Evidence(config.StateDir, service.Name);

    /// <summary>Asks the health endpoint; the answer comes by the inbox.</summary>
    public async void Probe(ManagedService service, TimeSpan now)
    {
        var (generation, edition) = (service.State.Generation, service.Edition);
        var pid = service.State.Phase is Phase.Running running ? running.Pid : 0;
        var result = await edges.Prober.ProbeAsync(service.Config, pid).ConfigureAwait(false);
        inbox.TryWrite(new Message.ProbeAnswered(service, generation, edition, now, result));
    }

    /// <summary>Tells the people in charge, if the step called for it.</summary>
    public void Notify(ManagedService service, ServiceState before, Effects effects)
    {
        // Whichever is more: an alert is about the restart to come, a recovery about those that were forgotten just now.
        var restarts = Math.Max(before.Streak.Restarts, service.State.Streak.Restarts);
        if (effects.HasFlag(Effects.Alert))
            edges.Alerts.Send(new("alert", service.Name, restarts, $"alert: restarted {restarts} times in a row; still trying"));
        if (effects.HasFlag(Effects.Recover))
            edges.Alerts.Send(new("recovered", service.Name, restarts, "recovered: it is back"));
    }

    /// <summary>A stopped process sees no signal but SIGKILL until it is continued.</summary>
    private void Terminate(int pid, string signal)
    {
        reaper.Signal(pid, signal);
        reaper.Signal(pid, "SIGCONT");
    }

    private string[] Environment(ServiceConfig service, int generation) =>
        InheritedEnvironment.With(environment, service.Environment.SetItems(Mark.For(service.Spec.Name, generation, config.StateDir)));
}
