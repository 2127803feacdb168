using Supervisor;
using Supervisor.Daemon.Storage;

if (OperatingSystem.IsWindows())
    return Terminal.Fail(ExitCode.Usage, "runs on Linux and macOS, not on Windows");

if (args is [ChainLoader.Word, ..])
    return ChainLoader.Run();

Standard.Occupy();
SignalSource.Reset();
try
{
    var line = CommandLineParser.Parse(args);
    // A parent may have left some signals blocked. The supervisor itself has them all blocked, and asks for them.
    if (line.Verb.Name != "up" || line.Has("detach"))
        SignalSource.Unblock();
    return line switch
    {
        _ when line.Has("version") => Terminal.Print($"supervisor {ProgramVersion.Current}\n"),
        _ when line.Has("help") => Terminal.Print(args.Contains(line.Verb.Name) ? Help.Of(line.Verb) : Help.Overview()),
        { Verb.Name: "up" } when line.Has("detach") => DetachCommand.Run(line),
        { Verb.Name: "up" } => Up(line),
        { Verb.Name: "status" } when line.Has("watch") => StatusCommand.Watch(line),
        { Verb.Name: "status" } => StatusCommand.Run(line),
        { Verb.Name: "events" } => EventsCommand.Run(line),
        { Verb.Name: "why" } => WhyCommand.Run(line),
        { Verb.Name: "logs" } => LogsCommand.Run(line),
        { Verb.Name: "signal" } => SignalCommand.Run(line),
        { Verb.Name: "metrics" } => MetricsCommand.Run(line),
        { Verb.Name: "down" } => DownCommand.Run(line),
        { Verb.Name: "upgrade" } => UpgradeCommand.Run(line),
        { Verb.Name: "reload" } => ReloadCommand.Run(line, isTrial: false),
        { Verb.Name: "check" } when line.Has("successor") => UpCommand.Accept(ConfigurationReader.Load(line.ConfigFile), isSuccessor: true) is { } config ? UpCommand.CheckSuccession(config) : (int)ExitCode.Usage,
        { Verb.Name: "check" } when line.Has("diff") => ReloadCommand.Run(line, isTrial: true),
        { Verb.Name: "check" } => CheckCommand.Run(line),
        { Verb.Name: "exec" } => ExecCommand.Run(line),
        { Verb.Name: "schema" } => Terminal.Print(Schema()),
        { Verb.Name: "init" } => InitCommand.Run(line),
        { Verb.Name: "export" } => ExportCommand.Run(line),
        { Verb.Name: "install" } => InstallCommand.Run(line),
        { Verb.Name: "completion" } => Terminal.Print(CompletionScript.For(line.Names.Single())),
        { Verb.Name: "complete" } => CompleteCommand.Run(line),
        _ => ChangeCommand.Run(line),
    };
}
catch (UsageException e)
{
    return Terminal.Fail(ExitCode.Usage, e.Message);
}
catch (OutputException e)
{
    return Terminal.Fail(ExitCode.Failed, e.Message);
}
catch (Exception e)
{
    // A stack trace on a terminal helps nobody. The daemons, if there are any, run on.
    return Terminal.Fail(ExitCode.Failed, $"internal error, please report it: {e.GetType().Name}: {e.Message}");
}

static string Schema()
{
    using var reader = new StreamReader(typeof(ExecCommand).Assembly.GetManifestResourceStream("supervisor.schema.json")!);
    return reader.ReadToEnd();
}

static int Up(CommandLine line)
{
    SignalSource.BlockInAllThreads();
    ProgramPath.Note(wasPassedOn: line.Has("inherit") || line.Has("ready-fd"));
    var result = ConfigurationReader.Load(line.ConfigFile);
    if (UpCommand.Accept(result, line.Has("inherit")) is not { } config)
        return (int)ExitCode.Usage;
    if (!line.Has("inherit") && line.Options.TryGetValue("exit-code-from", out var service))
        CheckEnds(service, config);
    int? ready = line.Options.TryGetValue("ready-fd", out var number) ? int.Parse(number) : null;
    try
    {
        using var follower = line.Options.TryGetValue("follower", out var passedOn) ? LogFollower.Of(passedOn) : line.Has("logs") ? LogFollower.Start(config) : null;
        return UpCommand.Run(new DaemonOptions(config, result.Problems, ready, line.Options.GetValueOrDefault("inherit"))
        {
            ExitRule = line.Has("abort-on-exit") || line.Has("exit-code-from") ? new(line.Options.GetValueOrDefault("exit-code-from"), line.Has("abort-on-exit")) : null,
            Apart = follower?.Pid,
            Words =
            [
                .. follower is null ? (string[])[] : ["--follower", follower.ToString()],
                .. line.Has("abort-on-exit") ? (string[])["--abort-on-exit"] : [],
                .. line.Options.TryGetValue("exit-code-from", out var name) ? (string[])["--exit-code-from", name] : [],
            ],
        });
    }
    catch (AlreadyRunningException e)
    {
        return Incumbent.Fail(config, e);
    }
}

static void CheckEnds(string name, SupervisorConfig config)
{
    if (config.Services.FirstOrDefault(service => service.Spec.Name == name) is not { } named)
        throw KnownNames.Unknown(name, config.Services.Select(service => service.Spec.Name));
    if (named.Spec.Restart == Supervisor.Kernel.RestartMode.Always)
        throw new UsageException($"--exit-code-from: {name} never ends for good, for it is always restarted; give it \"restart\": \"no\" or \"on-failure\"");
}
