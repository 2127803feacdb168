using System.Globalization;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;
using Supervisor.Alerts;
using Supervisor.Configuration;
using Supervisor.Control;
using Supervisor.Logs;
using Supervisor.Loop;
using Supervisor.Os;
using Supervisor.Probes;
using Supervisor.State;

namespace Supervisor.Cli;

/// <summary><c>up</c>: the supervisor itself, put together.</summary>
internal static class UpCommand
{
    public static async Task<int> RunAsync(CommandLine line, TimeProvider time)
    {
        if (CheckCommand.Load(line.ConfigFile) is not { } config)
            return (int)ExitCode.Usage;
        // The .NET runtime, as process 1, reaps every child itself, and nobody would ever learn how a daemon ended.
        if (Environment.ProcessId == 1)
            return Terminal.Fail(ExitCode.Failed, "cannot be process 1; run it under an init, for example: docker run --init");
        try
        {
            using var folder = StateFolder.Take(config.StateDir);
            Directory.CreateDirectory(config.LogDir);
            return Survivors.Of(config.StateDir) is { Count: > 0 } survivors
                ? Terminal.Fail(ExitCode.Failed, Survivors.Explain(survivors))
                : await ServeAsync(line, config, folder, time).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException or AlreadyRunningException)
        {
            return Terminal.Fail(ExitCode.Failed, e.Message);
        }
    }

    /// <summary>The lock is given back before the last connection closes, so whoever sees it close may start the next one.</summary>
    private static async Task<int> ServeAsync(CommandLine line, SupervisorConfig config, StateFolder folder, TimeProvider time)
    {
        var inbox = Channel.CreateUnbounded<Message>(new() { SingleReader = true });
        await using var server = new ControlServer(StateFolder.SocketIn(folder.Path), inbox.Writer, time);
        await SuperviseAsync(config, inbox, time, () => SayReady(line)).ConfigureAwait(false);
        await server.RetireAsync().ConfigureAwait(false);
        folder.Clear();
        folder.Dispose();
        return (int)ExitCode.Done;
    }

    private static async Task SuperviseAsync(SupervisorConfig config, Channel<Message> inbox, TimeProvider time, Action ready)
    {
        using var signals = new SignalInlet(inbox.Writer);
        await using var events = new EventLog(Console.Error, time);
        await using var state = new StateFile(StateFolder.StateFileIn(config.StateDir), ProcessIdentity.BootId(), events, time);
        using var prober = new HttpProber();
        using var alerts = new AlertSender(config, inbox.Writer, events, time);
        await using var logs = new LogKeeper(config, events, time);
        var edges = new LoopEdges(new PosixProcessHost(), prober, alerts, events, state, time) { Logs = logs };
        var self = new SupervisorStatus(Environment.ProcessId, ProgramVersion.Current, time.GetUtcNow());
        using var loop = new SupervisorLoop(config, self, edges, inbox);
        ready();
        await loop.RunAsync().ConfigureAwait(false);
    }

    /// <summary>A line on the descriptor that was asked for, as s6 has its readiness notification.</summary>
    private static void SayReady(CommandLine line)
    {
        if (!line.Options.TryGetValue("ready-fd", out var number))
            return;
        using var descriptor = new SafeFileHandle(int.Parse(number, CultureInfo.InvariantCulture), ownsHandle: true);
        using var stream = new FileStream(descriptor, FileAccess.Write, bufferSize: 1);
        stream.Write("ready\n"u8);
    }
}
