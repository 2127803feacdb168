using System.Text;
using Supervisor.Control;

namespace Supervisor.Cli;

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
