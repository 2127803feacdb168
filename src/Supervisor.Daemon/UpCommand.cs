using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;

namespace Supervisor.Daemon;

/// <summary><c>up</c>: the supervisor itself, put together.</summary>
internal static class UpCommand
{
    private static readonly TimeSpan SavePatience = TimeSpan.FromSeconds(5);

    public static async Task<int> RunAsync(DaemonOptions options, TimeProvider time)
    {
        var config = options.Config;
        Workers.StartAll();
        try
        {
            var heirlooms = options.Inherited is { } descriptors ? Heirlooms.Parse(descriptors) : null;
            heirlooms?.SetClosing(true);
            using var folder = StateFolder.Take(config.StateDir, heirlooms?.Lock);
            Directory.CreateDirectory(config.LogDir);
            return await ServeAsync(options, config, folder, heirlooms, time).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or SocketException or AlreadyRunningException)
        {
            return Fail(e.Message);
        }
    }

    /// <summary>Whether what the running supervisor has written down can be read by this program.</summary>
    public static int CheckSuccession(SupervisorConfig config)
    {
        try
        {
            StateFile.Read(StatePaths.State(config.StateDir), ProcessIdentity.BootId());
            return (int)ExitCode.Done;
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return Fail(e.Message);
        }
    }

    internal static int Fail(string message)
    {
        Console.Error.WriteLine($"supervisor: {message}");
        return (int)ExitCode.Failed;
    }

    /// <summary>
    /// Everything, put together, and taken apart in the reverse order. The lock is given back before the last connection
    /// closes, so whoever sees it close may start the next one.
    /// </summary>
    private static async Task<int> ServeAsync(DaemonOptions options, SupervisorConfig config, StateFolder folder, Heirlooms? heirlooms, TimeProvider time)
    {
        var inbox = Channel.CreateUnbounded<Message>(new() { SingleReader = true });
        using var signals = new SignalInlet(
            () => inbox.Writer.TryWrite(Message.ChildrenEnded.Instance),
            signal => inbox.Writer.TryWrite(new Message.StopSignalled(signal)),
            () => inbox.Writer.TryWrite(Message.ReloadSignalled.Instance));
        var feed = new EventFeed();
        await using var told = new EventLog(Console.Error, time);
        await using var kept = new EventFile(StatePaths.Events(config.StateDir), config.LogDir, told, time);
        var events = new EventSinks([told, kept, feed]);
        var self = new SupervisorStatus(Environment.ProcessId, ProgramVersion.Current, time.GetUtcNow());
        var host = new PosixProcessHost(config.StateDir, config.Services.Select(service => service.BecomesUser).OfType<(string, uint)>(), () => inbox.Writer.TryWrite(Message.ChildrenEnded.Instance));
        var inherited = Inheritance.Of(ReadState(config, events, time), host, LoopClock.NowOn(time));
        events.Write(heirlooms is null
            ? new(self.StartedAt, null, "supervisor_started", $"started (pid {self.Pid}, version {self.Version})") { Pid = self.Pid }
            : new(self.StartedAt, null, "upgraded", $"upgraded in place (pid {self.Pid}, now version {self.Version})") { Pid = self.Pid });
        await using var server = new ControlServer(StatePaths.Socket(folder.Path), heirlooms?.ToSocket(), inbox.Writer, feed, time);
        await using (var state = new StateFile(StatePaths.State(config.StateDir), ProcessIdentity.BootId(), events, time))
        {
            using var guard = SystemdGuard.From(Environment.GetEnvironmentVariable, Environment.ProcessId);
            var commands = new CommandRunner(inbox.Writer, time);
            using var http = new HttpProber();
            var prober = new Prober(http, new(commands));
            using var alerts = new AlertSender(config, commands, events, time);
            var successor = new Successor(config, commands, inbox.Writer);
            await using var logs = new LogKeeper(config, events, time);
            using var heartbeat = new HeartbeatSender(events, time);
            var edges = new LoopEdges(host, prober, alerts, events, state, successor, guard, time) { Logs = logs, Meter = GroupMeter.Instance, Heartbeat = heartbeat, ReadConfiguration = () => _ = ReadAsync(config.File, inbox.Writer) };
            using var loop = new SupervisorLoop(config, self, edges, inbox, inherited);
            SayReady(options);
            loop.Start();
            // What it took to read the configuration and to start everything is not needed again; left alone, it would stay.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            await loop.RunAsync().ConfigureAwait(false);
            while (loop.IsHandingOver)
            {
                // What is told but not yet written would end with this program.
                await Task.WhenAll(told.FlushAsync(), kept.FlushAsync()).ConfigureAwait(false);
                loop.Stay(await HandOverAsync(config, loop, state, signals, new(folder.Descriptor, server.Descriptor), time).ConfigureAwait(false));
                await loop.RunAsync().ConfigureAwait(false);
            }
            loop.Close();
        }
        feed.Close();
        await server.RetireAsync().ConfigureAwait(false);
        folder.Clear();
        folder.Dispose();
        return (int)ExitCode.Done;
    }

    /// <summary>Reads the configuration anew, away from the loop.</summary>
    private static async Task ReadAsync(string file, ChannelWriter<Message> inbox)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        inbox.TryWrite(new Message.ConfigurationRead(ConfigurationReader.Load(file)));
    }

    /// <summary>Executes the successor. Returns only if that cannot be, with the reason.</summary>
    private static async Task<string> HandOverAsync(SupervisorConfig config, SupervisorLoop loop, StateFile state, SignalInlet signals, Heirlooms heirlooms, TimeProvider time)
    {
        try
        {
            await state.SaveAsync(loop.Records()).WaitAsync(SavePatience, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return $"the state cannot be saved within {Wording.Duration(SavePatience)}";
        }
        return signals.HasStopped ? "the supervisor is shutting down" : Successor.Execute(config.File, heirlooms);
    }

    /// <summary>What an earlier supervisor wrote down. Where processes say themselves whose they are, nonsense does no harm.</summary>
    private static IReadOnlyList<ServiceRecord> ReadState(SupervisorConfig config, EventSinks events, TimeProvider time)
    {
        try
        {
            return StateFile.Read(StatePaths.State(config.StateDir), ProcessIdentity.BootId());
        }
        catch (InvalidDataException e) when (OperatingSystem.IsLinux())
        {
            events.Write(new(time.GetUtcNow(), null, "state_lost", $"{e.Message}; going on with what is found running"));
            return [];
        }
    }

    /// <summary>A line on the descriptor that was asked for, as s6 has its readiness notification.</summary>
    private static void SayReady(DaemonOptions options)
    {
        if (options.ReadyDescriptor is not { } number)
            return;
        using var descriptor = new SafeFileHandle(number, ownsHandle: true);
        using var stream = new FileStream(descriptor, FileAccess.Write, bufferSize: 1);
        stream.Write("ready\n"u8);
    }
}

/// <summary>What the supervisor is started with.</summary>
/// <param name="Config">What to supervise.</param>
/// <param name="ReadyDescriptor">Gets a line once requests are taken; null for none.</param>
/// <param name="Inherited">The descriptors that the program before it left, as text; null if there was none.</param>
internal sealed record DaemonOptions(SupervisorConfig Config, int? ReadyDescriptor, string? Inherited);
