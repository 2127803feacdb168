using System.ComponentModel;

namespace Supervisor.Cli;

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

/// <summary>The exit codes of the program.</summary>
internal enum ExitCode
{
    /// <summary>Done.</summary>
    Done = 0,

    /// <summary>It failed, or timed out.</summary>
    Failed = 1,

    /// <summary>The command line or the configuration is wrong.</summary>
    Usage = 2,

    /// <summary>No supervisor is running for this configuration.</summary>
    NotRunning = 3,
}
