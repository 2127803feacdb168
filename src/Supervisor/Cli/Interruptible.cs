using System.Runtime.InteropServices;

namespace Supervisor.Cli;

/// <summary>Lets Ctrl+C end a command in an orderly way.</summary>
internal static class Interruptible
{
    public static async Task<int> RunAsync(Func<CancellationToken, Task<int>> command)
    {
        using var source = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        return await command(source.Token).ConfigureAwait(false);

        void Cancel(PosixSignalContext context)
        {
            context.Cancel = true;
            source.Cancel();
        }
    }
}
