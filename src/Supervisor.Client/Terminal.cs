namespace Supervisor.Client;

/// <summary>How a command ends, and for whom it writes.</summary>
internal static class Terminal
{
    /// <summary>Whether results are read by a person at a terminal who does not mind colour (https://no-color.org).</summary>
    public static bool HasColour => Standard.IsTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    /// <summary>Says what is wrong, on stderr, and gives the exit code.</summary>
    public static int Fail(ExitCode code, string message)
    {
        Standard.Error($"supervisor: {message}");
        return (int)code;
    }

    /// <summary>Prints a result, and gives the exit code.</summary>
    public static int Print(string text)
    {
        Standard.Output(text);
        return (int)ExitCode.Done;
    }
}
