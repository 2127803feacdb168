using System.Runtime.InteropServices;

namespace Supervisor.Daemon;

/// <summary>
/// Process 1, as in a container: starts this same program as a child, which is the supervisor, passes signals on to it,
/// and reaps whatever the kernel hands to process 1. It ends when the supervisor ends, and the kernel then kills the rest.
/// </summary>
/// <remarks>
/// The supervisor cannot be process 1 itself: there the .NET runtime, once somebody registers for SIGCHLD, reaps every
/// child behind our back (SignalHandlerLoop in pal_signal.c), and nobody would learn how a daemon ended. Hence nothing
/// here may register for SIGCHLD, nor use <see cref="Console.Out"/>, which does so on a terminal.
/// </remarks>
internal static unsafe class FirstProcess
{
    private const int AnyChild = -1;
    private const int Interrupted = 4; // EINTR
    private const int UsageSize = 256;

    /// <summary>What a shell adds to the number of the signal that ended a process.</summary>
    private const int SignalExit = 128;

    /// <summary>Runs the supervisor with these arguments, and gives its exit code.</summary>
    public static int Run(IReadOnlyList<string> args)
    {
        var child = new TaskCompletionSource<int>();
        // Before the child is there, so that no signal is lost meanwhile. It ignores SIGUSR1 and the like, so they end here.
        PosixSignalRegistration[] registrations = [.. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP, PosixSignal.SIGQUIT }.Select(signal => PassOn(signal, child.Task))];
        var result = Spawner.Spawn(new()
        {
            Path = Environment.ProcessPath!,
            Argv = ["supervisor", .. args],
            Environment = InheritedEnvironment.Whole(),
            WorkingDir = Environment.CurrentDirectory,
            KeepsOutput = true,
        });
        if (result.Error is { } error)
            return UpCommand.Fail(error);
        child.SetResult(result.Pid);
        var code = ReapUntilEndOf(result.Pid);
        foreach (var registration in registrations)
            registration.Dispose();
        return code;
    }

    private static PosixSignalRegistration PassOn(PosixSignal signal, Task<int> child) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        _ = Libc.Kill(child.GetAwaiter().GetResult(), Platform.Current.Signals[signal.ToString()]);
    });

    private static int ReapUntilEndOf(int child)
    {
        int status;
        var usage = stackalloc byte[UsageSize];
        while (true)
        {
            var pid = Libc.Wait4(AnyChild, &status, 0, usage);
            if (pid == child)
                return (status & 0x7f) is > 0 and var signal ? SignalExit + signal : (status >> 8) & 0xff;
            if (pid < 0 && Marshal.GetLastPInvokeError() != Interrupted)
                return (int)ExitCode.Failed;
        }
    }
}
