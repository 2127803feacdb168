using System.Diagnostics;

namespace Supervisor.Chaos;

/// <summary>Another program, run to its end.</summary>
/// <param name="ExitCode">Its exit code; -1 if it took too long and was killed.</param>
/// <param name="Output">Its stdout.</param>
/// <param name="Error">Its stderr.</param>
internal sealed record Command(int ExitCode, string Output, string Error)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>Runs it.</summary>
    public static async Task<Command> RunAsync(params IReadOnlyList<string> argv)
    {
        using var process = Start(argv);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.WaitForExitAsync().WaitAsync(Patience);
            return new(process.ExitCode, await output, await error);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            return new(-1, await output, await error);
        }
    }

    /// <summary>Runs it, if there is such a program, and tells whether it ended with this code.</summary>
    public static async Task<bool> EndsWithAsync(int exitCode, params IReadOnlyList<string> argv)
    {
        try
        {
            return (await RunAsync(argv)).ExitCode == exitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>Starts it, with both outputs to be read. Daemons leave nothing in the common folder for temporary files.</summary>
    public static Process Start(IReadOnlyList<string> argv) => Process.Start(new ProcessStartInfo(argv[0], argv.Skip(1))
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        Environment = { ["NO_COLOR"] = "1", ["DOTNET_EnableDiagnostics"] = "0" },
    })!;
}
