using System.Net.Sockets;
using System.Text;

namespace Supervisor.Client;

/// <summary>What all verbs have in common that ask a running supervisor.</summary>
internal static class ClientCommand
{
    /// <summary>How long a supervisor that lives may take to answer, on a machine that is very busy.</summary>
    public static TimeSpan Grace { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Connects and has the verb done; says so if there is nobody to connect to.</summary>
    /// <param name="line">What the user asked for.</param>
    /// <param name="verb">What is asked of the supervisor.</param>
    /// <param name="repeats">How often to ask again where the connection ends, as it does in an upgrade; not for what changes anything.</param>
    public static async Task<int> RunAsync(CommandLine line, Func<ControlClient, Task<int>> verb, int repeats = 0)
    {
        if (ValueOf(ConfigurationReader.StateDirOf(line.ConfigFile)) is not { } folder)
            return (int)ExitCode.Usage;
        try
        {
            using var client = await ControlClient.TryConnectAsync(StatePaths.Socket(folder)).ConfigureAwait(false);
            return client is null
                ? Terminal.Fail(ExitCode.NotRunning, $"no supervisor is running for {line.ConfigFile}")
                : await verb(client).ConfigureAwait(false);
        }
        catch (IOException e) when (repeats > 0 && e.InnerException is not TimeoutException)
        {
            return await RunAsync(line, verb, repeats - 1).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return Terminal.Fail(ExitCode.Failed, e.Message);
        }
    }

    /// <summary>What the verb is about.</summary>
    public static RpcParams Parameters(CommandLine line) => new(
        line.Names.Count > 0 ? line.Names : null,
        line.Has("all"),
        line.Timeout.TotalSeconds);

    /// <summary>The exit code for an error of the supervisor's, which is said.</summary>
    public static int Fail(RpcError error) =>
        Terminal.Fail(error.Code is Fault.UnknownName or Fault.BadConfiguration ? ExitCode.Usage : ExitCode.Failed, error.Message);

    /// <summary>Prints how things stand.</summary>
    public static void Print(CommandLine line, StatusReport report)
    {
        if (line.Has("json"))
            Console.Out.WriteLine(Encoding.UTF8.GetString(StatusJson.Text(report).Span));
        else
            Console.Out.Write(string.Concat(StatusTable.Render(report.Services, Terminal.HasColour, line.Has("wide")).Select(row => row + "\n")));
    }

    /// <summary>The state folder that the configuration names; null, with the problems said, if it cannot be read.</summary>
    public static string? StateDirOf(string file) => ValueOf(ConfigurationReader.StateDirOf(file));

    /// <summary>What was read of the configuration; null, with the problems said, if it cannot be read.</summary>
    public static T? ValueOf<T>(ConfigurationResult<T> result)
        where T : class
    {
        switch (result)
        {
            case ConfigurationResult<T>.Valid valid:
                return valid.Value;
            case ConfigurationResult<T>.Invalid invalid:
                foreach (var problem in invalid.Problems)
                    Console.Error.WriteLine(problem);
                return null;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }
}

/// <summary>Names of services, for verbs that work without a supervisor: the configured ones, and those of the past.</summary>
internal static class KnownNames
{
    /// <summary>The configuration, if it is as it should be. It may have been edited since; that is not this verb's concern.</summary>
    public static SupervisorConfig? TryConfigured(string file) =>
        ConfigurationReader.Load(file) is ConfigurationResult<SupervisorConfig>.Valid valid ? valid.Value : null;

    /// <summary>Sees to it that each name or glob means somebody.</summary>
    /// <exception cref="UsageException">One does not.</exception>
    public static void Check(IEnumerable<string> names, SupervisorConfig? config, IEnumerable<string?> past)
    {
        var known = Of(config, past);
        foreach (var name in names)
            if (!known.Any(one => Glob.Matches(name, one)))
                throw Unknown(name, known);
    }

    /// <summary>Sees to it that a name, which is no glob, is somebody's.</summary>
    /// <exception cref="UsageException">It is not.</exception>
    public static void CheckOne(string name, SupervisorConfig? config, IEnumerable<string?> past)
    {
        var known = Of(config, past);
        if (!known.Contains(name))
            throw Unknown(name, known);
    }

    private static HashSet<string> Of(SupervisorConfig? config, IEnumerable<string?> past) =>
        [.. past.OfType<string>(), .. config?.Services.Select(service => service.Spec.Name) ?? []];

    private static UsageException Unknown(string name, IEnumerable<string> known) =>
        new($"no service is named '{name}'{(Nearest.To(name, known) is { } nearest ? $"; did you mean '{nearest}'?" : "")}");
}
