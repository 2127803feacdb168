namespace Supervisor.Daemon.Checks;

/// <summary>
/// One run of <c>health_cmd</c>; exit code 0 is good. It leads a group of its own, which is killed when its time is up, and
/// what remains of which is killed when it ends. Its output goes nowhere: a probe must not need a disk.
/// </summary>
internal sealed class CommandProber(CommandRunner commands)
{
    private readonly string[] inherited = InheritedEnvironment.Read();

    public async Task<ProbeResult> ProbeAsync(ServiceConfig service, int pid)
    {
        var cmd = service.HealthCmd;
        // Without the mark: what bears it is taken for the daemon.
        var variables = InheritedEnvironment.With(inherited, service.Environment.SetItems(
            [new("SUPERVISOR_SERVICE", service.Spec.Name), new("SUPERVISOR_PID", $"{pid}")]));
        if (ExecutableLookup.Find(cmd[0], service.WorkingDir, InheritedEnvironment.Value(variables, "PATH")) is not { } path)
            return new(Verdict.None, $"{cmd[0]}: not found, or not executable");
        try
        {
            var request = new SpawnRequest { Path = path, Argv = cmd, Environment = variables, WorkingDir = service.WorkingDir };
            var status = await commands.RunAsync(ChainLoader.By(service.Terms, request), service.HealthTimeout).ConfigureAwait(false);
            return new(status.Success ? Verdict.Good : Verdict.Bad, $"{Path.GetFileName(path)} {status}");
        }
        catch (TimeoutException)
        {
            return ProbeResult.Late(service.HealthTimeout);
        }
        catch (Exception e)
        {
            return ProbeResult.None(e);
        }
    }
}
