using System.Net.Sockets;
using System.Text;

namespace Supervisor.Client;

/// <summary><c>why</c>: the last failure, from the file; and how things stand, from the supervisor if there is one.</summary>
internal static class WhyCommand
{
    public static async Task<int> RunAsync(CommandLine line, TimeProvider time)
    {
        if (ClientCommand.StateDirOf(line.ConfigFile) is not { } folder)
            return (int)ExitCode.Usage;
        try
        {
            var name = line.Names[0];
            using var reader = new EventReader(StatePaths.Events(folder));
            var past = reader.ReadAll().Select(one => one.Record).Where(record => record.Service is not null).ToList();
            var config = KnownNames.TryConfigured(line.ConfigFile);
            KnownNames.CheckOne(name, config, past.Select(record => record.Service));
            var service = config?.Services.FirstOrDefault(service => service.Spec.Name == name);
            var status = await StatusAsync(folder, name).ConfigureAwait(false);
            var story = new Story(name, [.. past.Where(record => record.Service == name)], time.GetUtcNow())
            {
                Status = status,
                LogPath = config is null ? null : line.Has("json") ? LogPath.Of(config.LogDir, name) : Shortest(LogPath.Of(config.LogDir, name)),
                IsChecked = service?.Spec.Checked ?? false,
                Hint = HintOf(service, status),
            };
            if (line.Has("json"))
                Console.Out.WriteLine(Encoding.UTF8.GetString(StoryJson.Text(story.Report()).Span));
            else
                foreach (var told in story.Tell())
                    Console.Out.WriteLine(Printable.Escape(told));
            return (int)ExitCode.Done;
        }
        catch (IOException e)
        {
            return Terminal.Fail(ExitCode.Failed, e.Message);
        }
    }

    /// <summary>Relative to where the user stands, if that is shorter.</summary>
    private static string Shortest(string path) =>
        Path.GetRelativePath(Environment.CurrentDirectory, path) is { } relative && relative.Length < path.Length ? relative : path;

    /// <summary>How the service stands; null if nobody can say.</summary>
    private static async Task<ServiceStatus?> StatusAsync(string folder, string name)
    {
        try
        {
            using var client = await ControlClient.TryConnectAsync(StatePaths.Socket(folder)).ConfigureAwait(false);
            var answer = client is null ? null : await client.CallAsync("status", new([name]), ClientCommand.Grace).ConfigureAwait(false);
            return answer?.Result?.Services is [var service] ? service : null;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return null;
        }
    }

    /// <summary>A port of the service's that somebody else holds.</summary>
    private static string? HintOf(ServiceConfig? service, ServiceStatus? status)
    {
        var checkedPort = service?.HealthUrl is { IsLoopback: true, Port: var urlPort } ? urlPort : service?.HealthTcp;
        if (checkedPort is not { } port || PortHolder.Of(port) is not { } holder)
            return null;
        return holder switch
        {
            { Session: { } session } when session == status?.Pid => null,
            { Pid: { } pid } => $"port {port} is held by pid {pid} ({holder.Program}), which is not this service's: stop it, or give one of them another port",
            _ => $"port {port} is held by a process of user {holder.Uid}, whose descriptors may not be looked at; as root this tells its pid",
        };
    }
}
