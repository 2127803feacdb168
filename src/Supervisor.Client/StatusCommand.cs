using System.Text;

namespace Supervisor.Client;

/// <summary><c>status</c>.</summary>
internal static class StatusCommand
{
    // Another screen, without a cursor, and without a wrap of what is wider than we take it for.
    private const string EnterScreen = "\e[?1049h\e[?25l\e[?7l";
    private const string LeaveScreen = "\e[?7h\e[?25h\e[?1049l";
    private const string Home = "\e[H";

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>Prints the table once.</summary>
    public static int Run(CommandLine line) => ClientCommand.Run(line, client =>
    {
        var reply = client.Call("status", ClientCommand.Parameters(line), ControlClient.Grace);
        if (reply.Report is not { } report || reply.Error is not null)
            return ClientCommand.CodeOf(reply);
        Print(line, line.Has("wide") ? new UsageMeter().Widened(report) : report);
        return (int)ExitCodeOf(report);
    });

    /// <summary>Repaints it every second, until it is interrupted or the supervisor is gone.</summary>
    public static int Watch(CommandLine line) => ClientCommand.Run(line, client =>
    {
        using var interruption = new Interruption();
        var meter = line.Has("wide") ? new UsageMeter() : null;
        var onScreen = Standard.IsTerminal && !line.Has("json");
        Standard.Output(onScreen ? EnterScreen : "");
        try
        {
            Reply reply;
            do
            {
                reply = client.Call("status", ClientCommand.Parameters(line), ControlClient.Grace);
                if (reply.Report is not { } report || reply.Error is not null)
                    break;
                report = meter?.Widened(report) ?? report;
                if (onScreen)
                    Paint(report, meter is not null);
                else
                    Print(line, report);
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

    /// <summary>The table, and under it what is to be said of services that are not well.</summary>
    private static void Print(CommandLine line, StatusReport report)
    {
        ClientCommand.Print(line, report);
        var notes = line.Has("json") ? [] : StatusNotes.Of(report.Services, TimeProvider.System.GetUtcNow());
        if (notes.Count > 0)
            Standard.Output($"\n{string.Join('\n', notes)}\n");
    }

    /// <summary>One write a frame, over the whole of the last one, so that nothing flickers and nothing is erased.</summary>
    private static void Paint(StatusReport report, bool wide)
    {
        var table = StatusTable.Render(report.Services, Terminal.HasColour, wide).TrimEnd('\n').Split('\n');
        var frame = Screen.Frame(table, StatusNotes.Of(report.Services, TimeProvider.System.GetUtcNow()), Console.WindowWidth, Console.WindowHeight);
        Standard.Output($"{Home}{string.Join("\r\n", frame)}");
    }
}

/// <summary>What a window has room for.</summary>
internal static class Screen
{
    /// <summary>
    /// The lines of a window: the table, and under an empty line the notes, which have up to half of the room where there is little. What is
    /// too wide is cut, not wrapped.
    /// </summary>
    public static IReadOnlyList<string> Frame(IReadOnlyList<string> table, IReadOnlyList<string> notes, int width, int height)
    {
        var below = notes.Count == 0 ? 0 : Math.Min(notes.Count + 1, Math.Max(height / 2, height - table.Count));
        IEnumerable<string> shown = [.. table.Take(height - below), .. notes.Prepend("").Take(below)];
        return [.. shown.Concat(Enumerable.Repeat("", height)).Take(height).Select(line => Fit(line, width))];
    }

    /// <summary>As much of a line as is so wide, and spaces where it is shorter. Colours take no room, and always end.</summary>
    private static string Fit(string line, int width)
    {
        var (text, isColour) = (new StringBuilder(line.Length + width), false);
        foreach (var letter in line)
        {
            isColour |= letter == '\e';
            if (isColour || width-- > 0)
                text.Append(letter);
            isColour &= letter != 'm';
        }
        return text.Append(' ', Math.Max(0, width)).ToString();
    }
}

/// <summary>Adds what the processes use. It is measured here, so that it costs the supervisor nothing.</summary>
internal sealed class UsageMeter
{
    private IReadOnlyDictionary<int, GroupUsage>? before;
    private long then;

    /// <summary>The same report with it: processor time since it was last asked; the first time, as of a new process, since its start.</summary>
    public StatusReport Widened(StatusReport report)
    {
        var (usage, elapsed) = (GroupUsage.Of([.. report.Services.Select(service => service.Pid).OfType<int>()]), TimeProvider.System.GetElapsedTime(then).TotalSeconds);
        var widened = report with { Services = [.. report.Services.Select(service => service.Pid is { } pid && usage.TryGetValue(pid, out var used) ? Widened(service, used, before?.TryGetValue(pid, out var last) == true ? last : null, elapsed) : service)] };
        (before, then) = (usage, TimeProvider.System.GetTimestamp());
        return widened;
    }

    private static ServiceStatus Widened(ServiceStatus service, GroupUsage used, GroupUsage? last, double elapsed)
    {
        var (processor, seconds) = last is { } known && service.UptimeSeconds > elapsed ? (used.Processor - known.Processor, elapsed) : (used.Processor, service.UptimeSeconds ?? 0);
        // A member of the group that has ended takes its time with it.
        return service with { CpuPercent = seconds > 0 ? Math.Max(0, Math.Round(100 * processor.TotalSeconds / seconds, 1)) : null, MemoryBytes = used.Memory };
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
    public static string Render(IReadOnlyList<ServiceStatus> services, bool colour, bool wide = false)
    {
        Span<char> scratch = stackalloc char[Wording.MaxUptime];
        var widths = Widths.AsSpan(0, wide ? Widths.Length : Widths.Length - WideColumns).ToArray();
        for (var row = -1; row < services.Count; row++)
            for (var column = 0; column < widths.Length; column++)
                widths[column] = Math.Max(widths[column], Cell(services, row, column, scratch).Length + Gap);
        var text = new StringBuilder((services.Count + 1) * (widths.Sum() + 1));
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
            text.Append('\n');
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
