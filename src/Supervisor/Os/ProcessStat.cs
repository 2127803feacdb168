using System.Globalization;

namespace Supervisor.Os;

/// <summary>What proc_pid_stat(5) says of a process. Linux only.</summary>
/// <param name="IsEnded">Whether it is a zombie, or about to vanish.</param>
/// <param name="Group">Its process group.</param>
/// <param name="Session">Its session.</param>
/// <param name="StartTime">When it started, in clock ticks since boot.</param>
internal sealed record ProcessStat(bool IsEnded, int Group, int Session, string StartTime)
{
    /// <summary>The processor time that it has used.</summary>
    public TimeSpan Processor { get; private init; }

    /// <summary>Its resident memory, in bytes.</summary>
    public long Memory { get; private init; }

    // USER_HZ, which is 100 on every architecture that .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>How long the machine has been running, to a hundredth of a second. The time that it slept counts too.</summary>
    public static TimeSpan Uptime() => TimeSpan.FromSeconds(Number(ProcFiles.Text("/proc/uptime").Split(' ')[0]));

    /// <summary>How long the process has been running when the machine has for so long.</summary>
    public TimeSpan AgeAt(TimeSpan uptime)
    {
        var age = uptime - TimeSpan.FromSeconds(Number(StartTime) / TicksPerSecond);
        return age > TimeSpan.Zero ? age : TimeSpan.Zero;
    }

    /// <summary>Reads it; null if there is no such process.</summary>
    public static ProcessStat? Read(int pid)
    {
        // The name, field 2, may hold anything, so count from its last parenthesis: state, ppid, pgrp, session, … utime, stime, … starttime, vsize, rss.
        var stat = ProcFiles.Text($"/proc/{pid}/stat");
        var fields = stat[Math.Min(stat.Length, stat.LastIndexOf(')') + 2)..].Split(' ');
        return fields.Length < 22
            ? null
            : new(fields[0] is "Z" or "X", Integer(fields[2]), Integer(fields[3]), fields[19])
            {
                Processor = TimeSpan.FromSeconds((Number(fields[11]) + Number(fields[12])) / TicksPerSecond),
                Memory = (long)Number(fields[21]) * Environment.SystemPageSize,
            };
    }

    private static int Integer(string field) => int.Parse(field, CultureInfo.InvariantCulture);

    private static double Number(string field) => double.TryParse(field, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
