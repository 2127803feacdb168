using System.Threading.Channels;

namespace Supervisor.Daemon.Supervision;

/// <summary>Has the loop run a command of the supervisor's own, and waits for its end; the loop itself does not.</summary>
internal sealed class CommandRunner(ChannelWriter<Message> inbox, TimeProvider time)
{
    /// <summary>Runs it for no longer than it may take.</summary>
    /// <exception cref="IOException">It cannot be started.</exception>
    /// <exception cref="TimeoutException">It took too long, and is killed.</exception>
    public async Task<ExitStatus> RunAsync(SpawnRequest request, TimeSpan patience)
    {
        var ended = new TaskCompletionSource<ExitStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        inbox.TryWrite(new Message.RunCommand(request, ended));
        try
        {
            return await ended.Task.WaitAsync(patience, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            inbox.TryWrite(new Message.KillCommand(ended));
            throw;
        }
    }
}
