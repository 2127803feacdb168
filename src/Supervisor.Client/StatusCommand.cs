using System.Text;

namespace Supervisor.Client;

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

/// <summary>The table that <c>status</c> prints.</summary>
internal static class StatusTable
{
    private const int Gap = 3;
    private const string Green = "\e[32m";
    private const string Yellow = "\e[33m";
    private const string Red = "\e[31m";
    private const string Plain = "\e[0m";

    private static readonly string[] Headers = ["SERVICE", "PID", "STATUS", "UPTIME", "HEALTH", "RESTARTS", "CPU", "MEMORY"];

    // Wide enough that a fleet of short names looks like every other; longer content widens its column.
    private static readonly int[] Widths = [12, 7, 10, 10, 10, 0, 0, 0];

    private const int WideColumns = 2;

    /// <summary>One line a service, in the given order, under a line of headers.</summary>
    public static IReadOnlyList<string> Render(IReadOnlyList<ServiceStatus> services, bool colour, bool wide = false)
    {
        var columns = wide ? Headers.Length : Headers.Length - WideColumns;
        string[][] rows = [Headers[..columns], .. services.Select(service => Cells(service, wide))];
        var widths = Widths[..columns].Select((width, column) => Math.Max(width, rows.Max(row => row[column].Length) + Gap)).ToArray();
        var line = new StringBuilder();
        return [.. rows.Select((row, index) => Write(line.Clear(), row, widths, colour && index > 0).ToString())];
    }

    private static string[] Cells(ServiceStatus service, bool wide) =>
    [
        service.Name,
        service.Pid?.ToString() ?? "-",
        service.Status,
        service.UptimeSeconds is { } seconds ? Wording.Uptime(TimeSpan.FromSeconds(seconds)) : "-",
        service.Health ?? "-",
        service.Restarts.ToString(),
        .. wide ? WideCells(service) : [],
    ];

    private static string[] WideCells(ServiceStatus service) =>
    [
        service.CpuPercent is { } percent ? $"{percent:0.0}%" : "-",
        service.MemoryBytes is { } bytes ? Wording.Memory(bytes) : "-",
    ];

    private static StringBuilder Write(StringBuilder line, string[] cells, int[] widths, bool colour)
    {
        for (var column = 0; column < cells.Length; column++)
        {
            line.Append(colour && column is 2 or 4 && Colour(cells[column]) is { } code ? $"{code}{cells[column]}{Plain}" : cells[column]);
            if (column < cells.Length - 1)
                line.Append(' ', widths[column] - cells[column].Length);
        }
        return line;
    }

    private static string? Colour(string word) => word switch
    {
        "running" or "healthy" => Green,
        "starting" or "waiting" or "stopping" => Yellow,
        "backoff" or "unhealthy" => Red,
        _ => null,
    };
}
