using Supervisor;

if (OperatingSystem.IsWindows())
    return Terminal.Fail(ExitCode.Usage, "runs on Linux and macOS, not on Windows");

if (args is [ChainLoader.Word, .. var load])
    return ChainLoader.Run(load);

SignalInlet.Reset();
try
{
    var line = CommandLineParser.Parse(args);
    if (!line.Has("inherit"))
        SignalInlet.Unblock();
    var time = TimeProvider.System;
    return line switch
    {
        _ when line.Has("version") => Say($"supervisor {ProgramVersion.Current}\n"),
        _ when line.Has("help") => Say(args.Contains(line.Verb.Name) ? Help.Of(line.Verb) : Help.Overview()),
        { Verb.Name: "up" } when line.Has("detach") => await DetachCommand.RunAsync(line),
        { Verb.Name: "up" } when Environment.ProcessId == 1 => FirstProcess.Run(args),
        { Verb.Name: "up" } => await UpAsync(line, time),
        { Verb.Name: "status" } when line.Has("watch") => await Interruptible.RunAsync(interrupted => StatusCommand.WatchAsync(line, time, interrupted)),
        { Verb.Name: "status" } => await StatusCommand.RunAsync(line),
        { Verb.Name: "events" } => await Interruptible.RunAsync(interrupted => EventsCommand.RunAsync(line, time, interrupted)),
        { Verb.Name: "why" } => await WhyCommand.RunAsync(line, time),
        { Verb.Name: "logs" } => await Interruptible.RunAsync(interrupted => LogsCommand.RunAsync(line, time, interrupted)),
        { Verb.Name: "down" } => await DownCommand.RunAsync(line, time),
        { Verb.Name: "upgrade" } => await UpgradeCommand.RunAsync(line),
        { Verb.Name: "reload" } => await ReloadCommand.RunAsync(line, isTrial: false),
        { Verb.Name: "check" } when line.Has("successor") => CheckCommand.Load(line.ConfigFile) is { } config ? UpCommand.CheckSuccession(config) : (int)ExitCode.Usage,
        { Verb.Name: "check" } when line.Has("diff") => await ReloadCommand.RunAsync(line, isTrial: true),
        { Verb.Name: "check" } => CheckCommand.Run(line),
        { Verb.Name: "init" } => InitCommand.Run(line),
        { Verb.Name: "install" } => InstallCommand.Run(line),
        { Verb.Name: "completion" } => Say(CompletionScript.For(line.Names.Single())),
        { Verb.Name: "complete" } => await CompleteCommand.RunAsync(line),
        _ => await ChangeCommand.RunAsync(line),
    };
}
catch (UsageException e)
{
    return Terminal.Fail(ExitCode.Usage, e.Message);
}
catch (Exception e)
{
    // Nobody is helped by a stack trace on a terminal; the daemons, if any, run on.
    return Terminal.Fail(ExitCode.Failed, $"internal error, please report it: {e.GetType().Name}: {e.Message}");
}

static int Say(string text)
{
    Console.Out.Write(text);
    return (int)ExitCode.Done;
}

static async Task<int> UpAsync(CommandLine line, TimeProvider time)
{
    ProgramPath.Note();
    if (CheckCommand.Load(line.ConfigFile) is not { } config)
        return (int)ExitCode.Usage;
    int? ready = line.Options.TryGetValue("ready-fd", out var number) ? int.Parse(number) : null;
    return await UpCommand.RunAsync(new(config, ready, line.Options.GetValueOrDefault("inherit")), time);
}
