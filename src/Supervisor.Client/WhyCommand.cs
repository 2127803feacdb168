namespace Supervisor.Client;

/// <summary><c>why</c>: the last failure, from the file; and how things stand, from the supervisor if there is one.</summary>
internal static class WhyCommand
{
    public static int Run(CommandLine line)
    {
        if (ClientCommand.PlaceOf(ConfigurationReader.StateDirOf(line.ConfigFile)) is not { } folder)
            return (int)ExitCode.Usage;
        try
        {
            using var reader = new EventReader(StatePaths.Events(folder));
            var past = reader.ReadAll().ToList();
            var known = KnownNames.Of(line.ConfigFile, past);
            var names = KnownNames.GivenIn(line);
            if (names.FirstOrDefault(name => !known.Contains(name)) is { } unknown)
                throw KnownNames.Unknown(unknown, known);
            foreach (var name in names)
            {
                var story = StoryOf(line.ConfigFile, folder, name, [.. past.Select(one => one.Record).Where(record => record.Service == name)], StatusOf(line, folder, name), path => line.Has("json") ? path : Shortest(path));
                _ = line.Has("json") ? Standard.Output(story.ToJson().Span) : Standard.Output(string.Concat((name == names[0] ? story.Tell() : story.Tell().Prepend("")).Select(told => $"{Printable.Escape(told)}\n")));
            }
            return (int)ExitCode.Done;
        }
        catch (IOException e)
        {
            return Terminal.Fail(ExitCode.Failed, e.Message);
        }
    }

    /// <summary>What there is to tell of a service.</summary>
    /// <param name="configFile">The configuration, which may be wrong.</param>
    /// <param name="folder">The state folder.</param>
    /// <param name="name">The service.</param>
    /// <param name="events">Its events, newest last.</param>
    /// <param name="status">How it stands; null if nobody can say.</param>
    /// <param name="show">How a path is shown.</param>
    public static Story StoryOf(string configFile, string folder, string name, IReadOnlyList<EventRecord> events, ServiceStatus? status, Func<string, string> show)
    {
        var config = ConfigurationReader.Load(configFile).Tentative;
        var service = config?.Services.FirstOrDefault(service => service.Spec.Name == name);
        return new(name, events, TimeProvider.System.GetUtcNow())
        {
            Status = status,
            LogPath = config is null ? null : show(LogPath.Of(config.LogDir, name)),
            IsChecked = service?.Spec.Checked ?? false,
            Hint = HintOf(new(name, folder), service, status, events),
        };
    }

    /// <summary>Relative to where the user stands, if that is shorter.</summary>
    private static string Shortest(string path) =>
        Path.GetRelativePath(Environment.CurrentDirectory, path) is { } relative && relative.Length < path.Length ? relative : path;

    /// <summary>How the service stands; null if nobody can say.</summary>
    private static ServiceStatus? StatusOf(CommandLine line, string folder, string name)
    {
        try
        {
            using var client = ControlClient.TryConnect(StatePaths.Socket(folder), line.ConfigFile);
            return client?.Call("status", new([name]), ControlClient.Grace).Report?.Services is [var service] ? service : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>What went into the background, or a port of the service's that somebody else holds.</summary>
    private static string? HintOf(MarkedProcess mark, ServiceConfig? service, ServiceStatus? status, IReadOnlyList<EventRecord> events)
    {
        if (events.LastOrDefault(one => one.Event is "backgrounded" or "started") is { Event: "backgrounded" } told)
            return $"it {told.Text}";
        if (service?.LocalPort is not { } port || PortHolder.Of(port) is not { } holder)
            return null;
        return holder switch
        {
            { Pid: { } pid } when status?.Pid is { } leader && PortHolder.IsOf(pid, leader) => null,
            { Pid: { } pid, Program: { } program } when MarkedProcess.Of(pid) == mark => $"port {port} is held by pid {pid} ({program}), which this service has put into the background: {Background.Remedy(program)}",
            { Pid: { } pid } => $"port {port} is held by pid {pid} ({holder.Program}), which is not this service's: stop it, or give one of them another port",
            _ => $"port {port} is held by a process of user {holder.Uid}, whose descriptors may not be looked at; as root this tells its pid",
        };
    }
}
