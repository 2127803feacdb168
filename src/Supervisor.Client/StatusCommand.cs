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

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>Prints the table once.</summary>
    public static int Run(CommandLine line) => ClientCommand.Run(line, client =>
    {
        var reply = Ask(client, line);
        if (reply.Error is not null)
            return ClientCommand.CodeOf(reply);
        ClientCommand.Print(line, reply.Report!);
        return (int)ExitCodeOf(reply.Report!);
    });

    /// <summary>Repaints it every second, until it is interrupted or the supervisor is gone.</summary>
    public static int Watch(CommandLine line) => ClientCommand.Run(line, client =>
    {
        using var interruption = new Interruption();
        var onScreen = Standard.IsTerminal && !line.Has("json");
        Standard.Output(onScreen ? EnterScreen : "");
        try
        {
            Reply reply;
            do
            {
                reply = Ask(client, line);
                if (reply.Error is not null)
                    break;
                if (onScreen)
                    Paint(reply.Report!, line.Has("wide"));
                else
                    ClientCommand.Print(line, reply.Report!);
            }
            while (interruption.Wait(-1, Period));
            return ClientCommand.CodeOf(reply);
        }
        finally
        {
            Standard.Output(onScreen ? LeaveScreen : "");
        }
    });

    /// <summary>Whether everything that should be up is, and is well. What is stopped should not be up, for somebody has asked for that; what has ended by itself should have ended well.</summary>
    public static ExitCode ExitCodeOf(StatusReport report) =>
        report.Services.All(service => service.IsWell || service.Status == "stopped" || service.Removed)
            ? ExitCode.Done
            : ExitCode.Failed;

    private static Reply Ask(ControlClient client, CommandLine line)
    {
        var reply = client.Call("status", ClientCommand.Parameters(line), ControlClient.Grace);
        return reply.Report is { } report ? reply with { Report = Widened(line, report) } : reply;
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
        var rows = Math.Max(0, Console.WindowHeight - 2);
        Standard.Output($"{Home}{StatusTable.Render([.. report.Services.Take(rows)], Terminal.HasColour, wide, $"{EraseLine}\r\n")}{EraseBelow}");
    }
}

/// <summary>The table that <c>status</c> prints. It may be of a thousand services, so most cells are written without a string of their own.</summary>
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

    /// <summary>A line for each service, in the given order, under a line of headers.</summary>
    /// <param name="services">The services.</param>
    /// <param name="colour">Whether words that mean something good or bad have a colour.</param>
    /// <param name="wide">Whether there are also the columns that have to be asked for.</param>
    /// <param name="lineEnd">What ends a line.</param>
    public static string Render(IReadOnlyList<ServiceStatus> services, bool colour, bool wide = false, string lineEnd = "\n")
    {
        Span<char> scratch = stackalloc char[Wording.MaxUptime];
        var widths = Widths.AsSpan(0, wide ? Widths.Length : Widths.Length - WideColumns).ToArray();
        for (var row = -1; row < services.Count; row++)
            for (var column = 0; column < widths.Length; column++)
                widths[column] = Math.Max(widths[column], Cell(services, row, column, scratch).Length + Gap);
        var text = new StringBuilder((services.Count + 1) * (widths.Sum() + lineEnd.Length));
        for (var row = -1; row < services.Count; row++)
        {
            for (var column = 0; column < widths.Length; column++)
            {
                var cell = Cell(services, row, column, scratch);
                var code = colour && row >= 0 && column is 2 or 4 ? Colour(cell, services[row]) : null;
                text.Append(code).Append(cell).Append(code is null ? null : Plain);
                if (column < widths.Length - 1)
                    text.Append(' ', widths[column] - cell.Length);
            }
            text.Append(lineEnd);
        }
        return text.ToString();
    }

    /// <summary>What stands in a cell; the headers are row -1.</summary>
    private static ReadOnlySpan<char> Cell(IReadOnlyList<ServiceStatus> services, int row, int column, Span<char> scratch)
    {
        if (row < 0)
            return Headers[column];
        var service = services[row];
        return column switch
        {
            0 => service.Name,
            1 => service.Pid is { } pid ? Number(pid, scratch) : "-",
            2 => service.Status,
            3 => service.UptimeSeconds is { } seconds ? Wording.Uptime(TimeSpan.FromSeconds(seconds), scratch) : "-",
            4 => service.Health ?? "-",
            5 => Number(service.Restarts, scratch),
            6 => service.CpuPercent is { } percent ? $"{percent:0.0}%" : "-",
            _ => service.MemoryBytes is { } bytes ? Wording.Memory(bytes) : "-",
        };
    }

    private static ReadOnlySpan<char> Number(int number, Span<char> scratch)
    {
        number.TryFormat(scratch, out var length);
        return scratch[..length];
    }

    private static string? Colour(ReadOnlySpan<char> word, ServiceStatus service) => word switch
    {
        "running" or "healthy" => Green,
        "starting" or "waiting" or "stopping" => Yellow,
        "backoff" or "unhealthy" => Red,
        "exited" => service.IsWell ? Green : Red,
        _ => null,
    };
}
