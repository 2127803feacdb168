using System.Text;
using Supervisor.Control;
using Supervisor.Os;

namespace Supervisor.Cli;

/// <summary><c>status</c>.</summary>
internal static class StatusCommand
{
    private const string EnterScreen = "\e[?1049h\e[?25l";
    private const string LeaveScreen = "\e[?25h\e[?1049l";
    private const string Home = "\e[H";
    private const string EraseLine = "\e[K";
    private const string EraseBelow = "\e[J";

    /// <summary>Prints the table once.</summary>
    public static Task<int> RunAsync(CommandLine line) => ClientCommand.RunAsync(line, async client =>
    {
        var answer = await client.CallAsync("status", ClientCommand.Parameters(line), ClientCommand.Grace).ConfigureAwait(false);
        if (answer.Error is { } error)
            return ClientCommand.Fail(error);
        ClientCommand.Print(line, Widened(line, answer.Result!));
        return (int)ExitCodeOf(answer.Result!);
    }, repeats: 3);

    /// <summary>Repaints it every second, until interrupted or until the supervisor is gone.</summary>
    public static Task<int> WatchAsync(CommandLine line, TimeProvider time, CancellationToken interrupted) => ClientCommand.RunAsync(line, async client =>
    {
        var onScreen = !Console.IsOutputRedirected && !line.Has("json");
        Console.Out.Write(onScreen ? EnterScreen : "");
        try
        {
            return await RepaintAsync(client, line, onScreen, time, interrupted).ConfigureAwait(false);
        }
        finally
        {
            Console.Out.Write(onScreen ? LeaveScreen : "");
        }
    });

    /// <summary>Whether everything that should be up is, and is well. What is stopped should not be up, or it would not rest.</summary>
    public static ExitCode ExitCodeOf(StatusReport report) =>
        report.Services.All(service => service.IsWell || service.Status == "stopped")
            ? ExitCode.Done
            : ExitCode.Failed;

    private static async Task<int> RepaintAsync(ControlClient client, CommandLine line, bool onScreen, TimeProvider time, CancellationToken interrupted)
    {
        using var everySecond = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        while (!interrupted.IsCancellationRequested)
        {
            var answer = await client.CallAsync("status", ClientCommand.Parameters(line), ClientCommand.Grace).ConfigureAwait(false);
            if (answer.Error is { } error)
                return ClientCommand.Fail(error);
            if (onScreen)
                Paint(Widened(line, answer.Result!), line.Has("wide"));
            else
                ClientCommand.Print(line, Widened(line, answer.Result!));
            await ((Task)everySecond.WaitForNextTickAsync(interrupted).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        return (int)ExitCode.Done;
    }

    /// <summary>With what the processes use, if that was asked for. It is measured here, so that it costs the supervisor nothing.</summary>
    private static StatusReport Widened(CommandLine line, StatusReport report)
    {
        if (!line.Has("wide"))
            return report;
        var usage = GroupUsage.Of([.. report.Services.Select(service => service.Pid).OfType<int>()]);
        return report with { Services = [.. report.Services.Select(service => service.Pid is { } pid && usage.TryGetValue(pid, out var used) ? Widened(service, used) : service)] };
    }

    private static ServiceStatus Widened(ServiceStatus service, GroupUsage used) => service with
    {
        CpuPercent = service.UptimeSeconds is > 0 and var uptime ? Math.Round(100 * used.Processor.TotalSeconds / uptime, 1) : null,
        MemoryBytes = used.Memory,
    };

    /// <summary>One write a frame, over the last one, so that nothing flickers; cut to the window, so that nothing scrolls.</summary>
    private static void Paint(StatusReport report, bool wide)
    {
        var rows = StatusTable.Render(report.Services, Terminal.HasColour, wide);
        var frame = new StringBuilder(Home);
        foreach (var row in rows.Take(Math.Max(1, Console.WindowHeight - 1)))
            frame.Append(row).Append(EraseLine).Append("\r\n");
        Console.Out.Write(frame.Append(EraseBelow).ToString());
    }
}
