namespace Supervisor.Daemon.Supervision;

/// <summary>Commands of the supervisor's own, such as <c>alert_cmd</c>: children like any other, of which nothing depends.</summary>
internal sealed class OwnCommands(IProcessHost host, Reaper reaper)
{
    private readonly Dictionary<TaskCompletionSource<ExitStatus>, int> running = [];

    /// <summary>Starts one.</summary>
    public void Run(SpawnRequest request, TaskCompletionSource<ExitStatus> ended)
    {
        var result = host.Spawn(request);
        if (result.Error is { } error)
        {
            ended.TrySetException(new IOException(error));
            return;
        }
        running.Add(ended, result.Pid);
        reaper.Watch(result.Pid, status =>
        {
            running.Remove(ended);
            ended.TrySetResult(status);
        });
    }

    /// <summary>Kills one that has taken too long, if it is still there.</summary>
    public void Kill(TaskCompletionSource<ExitStatus> ended)
    {
        if (running.TryGetValue(ended, out var pid))
            reaper.Signal(pid, "SIGKILL");
    }
}
