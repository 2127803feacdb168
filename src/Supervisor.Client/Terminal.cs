using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Supervisor.Client;

/// <summary>Where results and complaints go.</summary>
internal static class Terminal
{
    /// <summary>Whether results are read by a person at a terminal who does not mind colour (https://no-color.org).</summary>
    public static bool HasColour => !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    /// <summary>Says what is wrong, on stderr, and gives the exit code. Where no thread or descriptor is left even for that, the code has to say it all.</summary>
    public static int Fail(ExitCode code, string message)
    {
        try
        {
            Console.Error.WriteLine($"supervisor: {message}");
        }
        catch (Exception e) when (e is IOException or Win32Exception)
        {
            return (int)code;
        }
        return (int)code;
    }
}

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
