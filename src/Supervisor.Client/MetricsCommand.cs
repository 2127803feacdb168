using System.Globalization;
using System.Text;

namespace Supervisor.Client;

/// <summary><c>metrics</c>: how things stand, for Prometheus. What the processes use is measured here, so that it costs the supervisor nothing.</summary>
internal static class MetricsCommand
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public static int Run(CommandLine line) => ClientCommand.Run(line, client =>
    {
        var reply = client.Call("status", new(), ControlClient.Grace);
        if (reply.Error is not null)
            return ClientCommand.CodeOf(reply);
        var text = TextOf(reply.Report!);
        return line.Options.TryGetValue("output", out var file) ? Write(file, Encoding.UTF8.GetBytes(text)) : Terminal.Print(text);
    });

    /// <summary>What it prints.</summary>
    public static string TextOf(StatusReport report) =>
        MetricsText.Of(report, GroupUsage.Of([.. report.Services.Select(service => service.Pid).OfType<int>()]), ProcessIdentity.StartedAt);

    /// <summary>Writes another file, and has that take the place. Its name does not end in <c>.prom</c>, so that no collector reads half of it.</summary>
    private static int Write(string file, byte[] text)
    {
        if (FileOwner.Exists(file) && !FileOwner.IsRegular(file))
            return Terminal.Fail(ExitCode.Failed, $"-o: {file} is no regular file, and would be replaced by one; name another, or leave -o out to print");
        var other = $"{file}.{Path.GetRandomFileName()}";
        try
        {
            using (var stream = new FileStream(other, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Readable }))
            {
                stream.Write(text);
                stream.Flush(flushToDisk: true);
            }
            File.Move(other, file, overwrite: true);
            return (int)ExitCode.Done;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            if (File.Exists(other))
                File.Delete(other);
            return Terminal.Fail(ExitCode.Failed, $"-o: {file} cannot be written: {(e is UnauthorizedAccessException ? FileOwner.WhyDenied(Path.GetFullPath(file)) : e.Message)}");
        }
    }
}

/// <summary>The text format of Prometheus: https://prometheus.io/docs/instrumenting/exposition_formats. What does not apply has no line.</summary>
internal static class MetricsText
{
    /// <summary>How these services stand.</summary>
    /// <param name="report">What the supervisor says.</param>
    /// <param name="usage">What their processes use, by the pid.</param>
    /// <param name="startedAt">When a process started, in seconds since 1970.</param>
    public static string Of(StatusReport report, IReadOnlyDictionary<int, GroupUsage> usage, Func<int, double?> startedAt)
    {
        var text = new StringBuilder();
        Add("up", "gauge", "Whether the service is running.", service => service.Status == "running" ? 1 : 0);
        Add("healthy", "gauge", "Whether the service is running and, where that is checked, healthy, or has done its work; absent if somebody has stopped it.", service => service is { Status: "stopped" } or { Removed: true } ? null : service.IsWell ? 1 : 0);
        Add("restarts_total", "counter", "Automatic restarts.", service => service.Restarts);
        Add("consecutive_restarts", "gauge", "Automatic restarts in a row.", service => service.ConsecutiveRestarts);
        Add("start_time_seconds", "gauge", "Start time of the process since the Unix epoch in seconds.", service => service.Pid is { } pid ? startedAt(pid) : null);
        Add("cpu_seconds_total", "counter", "Processor time of the living processes of the group in seconds.", service => UsageOf(service)?.Processor.TotalSeconds);
        Add("resident_memory_bytes", "gauge", "Resident memory of the living processes of the group in bytes.", service => UsageOf(service)?.Memory);
        Add("last_exit_code", "gauge", "Exit code of the last process that ended, or 128 and the number of the signal that ended it.", service => service.LastExit is { } exit ? new ExitStatus(exit.Code, exit.Signal).InOne : null);
        Add("probe_failures_total", "counter", "Probes that have failed.", service => service.ProbeFailures);
        Begin("supervisor_build_info", "gauge", "The running supervisor.");
        return text.Append($"supervisor_build_info{{version=\"{Escape(report.Supervisor.Version)}\"}} 1\n").ToString();

        GroupUsage? UsageOf(ServiceStatus service) => service.Pid is { } pid && usage.TryGetValue(pid, out var used) ? used : null;

        void Begin(string name, string type, string help) => text.Append($"# HELP {name} {help}\n# TYPE {name} {type}\n");

        void Add(string name, string type, string help, Func<ServiceStatus, double?> value)
        {
            Begin($"supervisor_service_{name}", type, help);
            foreach (var service in report.Services)
                if (value(service) is { } number)
                    text.Append(CultureInfo.InvariantCulture, $"supervisor_service_{name}{{service=\"{Escape(service.Name)}\"}} {number}\n");
        }
    }

    private static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
