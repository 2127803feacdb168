namespace Supervisor.Client;

/// <summary><c>check</c>, and what every verb does first that needs a whole configuration.</summary>
internal static class CheckCommand
{
    public static int Run(CommandLine line)
    {
        if (Load(line.ConfigFile) is not { } config)
            return (int)ExitCode.Usage;
        var count = config.Services.Length;
        Console.Out.WriteLine($"{line.ConfigFile}: {count} service{(count == 1 ? "" : "s")}, no problems");
        return (int)ExitCode.Done;
    }

    /// <summary>The configuration; null, with every problem said, if it is wrong.</summary>
    public static SupervisorConfig? Load(string file)
    {
        switch (ConfigurationReader.Load(file))
        {
            case ConfigurationResult<SupervisorConfig>.Valid valid:
                return valid.Value;
            case ConfigurationResult<SupervisorConfig>.Invalid invalid:
                foreach (var problem in invalid.Problems)
                    Console.Error.WriteLine(problem);
                return null;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }
}
