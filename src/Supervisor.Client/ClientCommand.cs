using System.Text;

namespace Supervisor.Client;

/// <summary>What the verbs have in common.</summary>
internal static class ClientCommand
{
    private const int MostLost = 3;

    /// <summary>Connects and has the verb done; says so if there is nobody to connect to.</summary>
    /// <param name="line">What the user asked for.</param>
    /// <param name="verb">What is asked of the supervisor; again, where the connection ends before the answer, as it does in an upgrade.</param>
    public static int Run(CommandLine line, Func<ControlClient, int> verb)
    {
        if (PlaceOf(ConfigurationReader.StateDirOf(line.ConfigFile)) is not { } folder)
            return (int)ExitCode.Usage;
        try
        {
            for (var lost = 0; ; lost++)
            {
                using var client = ControlClient.TryConnect(StatePaths.Socket(folder), line.ConfigFile);
                if (client is null)
                    return lost == 0
                        ? Terminal.Fail(ExitCode.NotRunning, $"no supervisor is running for {line.ConfigFile}")
                        : Terminal.Fail(ExitCode.Failed, "the supervisor has ended before it answered");
                try
                {
                    return verb(client);
                }
                catch (EndOfStreamException) when (client.HasAnswered || lost < MostLost)
                {
                    lost = client.HasAnswered ? 0 : lost;
                }
            }
        }
        catch (IOException e)
        {
            return Terminal.Fail(ExitCode.Failed, e.Message);
        }
    }

    /// <summary>What the verb is about.</summary>
    public static RpcParams Parameters(CommandLine line) => new(
        line.Names.Count > 0 ? line.Names : null,
        line.Has("all"),
        line.Timeout.TotalSeconds,
        // What crashes twice as it starts is not coming up.
        Restarts: line.Has("detach") ? 1 : null);

    /// <summary>The exit code for an answer. What went wrong is said.</summary>
    public static int CodeOf(Reply reply) => reply.Error is not { } error
        ? (int)ExitCode.Done
        : Terminal.Fail(ExitCodeOf(error.Code), error.Message);

    private static ExitCode ExitCodeOf(int fault) => fault switch
    {
        Fault.UnknownName or Fault.BadConfiguration => ExitCode.Usage,
        Fault.OtherConfiguration => ExitCode.NotRunning,
        _ => ExitCode.Failed,
    };

    /// <summary>Prints how things stand. False if nobody reads it.</summary>
    public static bool Print(CommandLine line, StatusReport report) => line.Has("json")
        ? Standard.Output(StatusJson.Line(report).Span)
        : Standard.Output(StatusTable.Render(report.Services, Terminal.HasColour, line.Has("wide")));

    /// <summary>
    /// Where to find what runs, or what it has left; null, with every problem said, if nobody knows. A file that cannot be parsed is said, and
    /// keeps nobody from going on.
    /// </summary>
    public static T? PlaceOf<T>(ConfigurationResult<T> result)
        where T : class
    {
        if (result is not { Value: null, Tentative: { } guess })
            return ValueOf(result);
        Standard.Error($"{result.Problems[^1]}; going on with {guess}");
        return guess;
    }

    /// <summary>What was read of the configuration; null, with every problem said, if it is wrong.</summary>
    public static T? ValueOf<T>(ConfigurationResult<T> result)
        where T : class
    {
        foreach (var problem in result.Problems)
            Standard.Error(problem.ToString());
        return result.Value;
    }
}

/// <summary><c>check</c>, and what every verb does first that needs a whole configuration.</summary>
internal static class CheckCommand
{
    public static int Run(CommandLine line)
    {
        var (config, problems) = ConfigurationReader.Load(line.ConfigFile);
        if (config?.NeedsHelper is { } key && !File.Exists(HelperProgram.Path))
            problems = [new(line.ConfigFile, null, null, key, $"needs the program {HelperProgram.Path}, which is not there; install it beside this one")];
        if (line.Has("json"))
            Standard.Output($"[{string.Join(',', problems.Select(ToJson))}]\n");
        else if (problems.IsEmpty)
            Standard.Output($"{line.ConfigFile}: {config!.Services.Length} service{(config.Services.Length == 1 ? "" : "s")}, no problems\n");
        else
            foreach (var problem in problems)
                Standard.Error(problem.ToString());
        return (int)(problems.IsEmpty ? ExitCode.Done : ExitCode.Usage);
    }

    private static string ToJson(Problem problem) => Encoding.UTF8.GetString(JsonExtensions.Object(writer =>
    {
        writer.WriteString("file"u8, problem.File);
        writer.WriteNullable("line"u8, problem.Line);
        writer.WriteNullable("column"u8, problem.Column);
        writer.WriteString("path"u8, problem.Path);
        writer.WriteString("message"u8, problem.Message);
    }, EventJson.Options).Span);

    /// <summary>The configuration; null, with every problem said, if it is wrong.</summary>
    public static SupervisorConfig? Load(string file) => ClientCommand.ValueOf(ConfigurationReader.Load(file));
}

/// <summary>Names of services, for verbs that work without a supervisor.</summary>
internal static class KnownNames
{
    /// <summary>The configured ones, and those of the past. The configuration may be wrong, for it may be edited at this moment.</summary>
    public static IReadOnlyCollection<string> Of(string configFile, IEnumerable<EventLine> past) =>
        past.Select(one => one.Record.Service).OfType<string>().Concat(ConfigurationReader.LogsOf(configFile).Tentative?.Names ?? []).ToHashSet();

    /// <summary>The names that were given, with the instances of a definition in place of its name.</summary>
    public static IReadOnlyList<string> GivenIn(CommandLine line) =>
        line.Names.Count == 0 ? [] : ConfigurationReader.LogsOf(line.ConfigFile).Tentative?.Resolve(line.Names) ?? line.Names;

    /// <summary>Sees to it that each name or glob means somebody.</summary>
    /// <exception cref="UsageException">One does not.</exception>
    public static void Check(IEnumerable<string> names, IReadOnlyCollection<string> known)
    {
        foreach (var name in names)
            if (!known.Any(one => Glob.Matches(name, one)))
                throw Unknown(name, known);
    }

    /// <summary>What is said of a name that is nobody's.</summary>
    public static UsageException Unknown(string name, IEnumerable<string> known) => new($"no service is named '{name}'{Nearest.Suggestion(name, known)}");
}
