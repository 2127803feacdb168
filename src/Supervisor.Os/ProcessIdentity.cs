using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Supervisor.Os;

/// <summary>
/// What proves that a process is the one it was: ids are reused, but no two processes of one boot have both the same
/// id and the same start time.
/// </summary>
public static class ProcessIdentity
{
    private const int BsdInfo = 3;
    private const int BsdInfoSize = 136;
    private const int BsdInfoName = 48;
    private const int BsdInfoNameSize = 16;
    private const int BsdInfoGroup = 100;
    private const int BsdInfoStart = 120;

    /// <summary>What tells this boot from every other.</summary>
    public static string BootId() => OperatingSystem.IsMacOS() ? MacBootId() : File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>
    /// The start time of a process, in the system's own raw unit; null if there is none of that id or it is a zombie.
    /// </summary>
    public static string? StartTimeOf(int pid) => OperatingSystem.IsMacOS() ? MacStartTime(pid) : ProcessStat.StartTimeOf(pid);

    /// <summary>The same in seconds since 1970. Asked again it is the same, though the clock was set meanwhile, unless by the boot's own time.</summary>
    public static double? StartedAt(int pid)
    {
        if (!decimal.TryParse(StartTimeOf(pid), CultureInfo.InvariantCulture, out var start))
            return null;
        if (OperatingSystem.IsMacOS())
            return (double)start;
        var booted = ProcFiles.Text("/proc/stat").Split("\nbtime ").ElementAtOrDefault(1)?.Split('\n')[0];
        return decimal.TryParse(booted, CultureInfo.InvariantCulture, out var boot) ? (double)(boot + (start / ProcessStat.TicksPerSecond)) : null;
    }

    /// <summary>The present moment, on the clock of the start times and in their unit: on Linux that of the boot, which runs on in a suspend.</summary>
    public static unsafe string Moment()
    {
        const int RealTime = 0, BootTime = 7; // CLOCK_REALTIME, CLOCK_BOOTTIME
        var time = stackalloc long[2];
        _ = Libc.ClockTime(OperatingSystem.IsMacOS() ? RealTime : BootTime, time);
        return OperatingSystem.IsMacOS()
            ? $"{time[0]}.{time[1] / 1000:D6}"
            : ((time[0] * ProcessStat.TicksPerSecond) + (time[1] * ProcessStat.TicksPerSecond / 1_000_000_000)).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Whether something that started at one time had started by another. Of times that make no sense, it had not.</summary>
    public static bool HadStartedBy(string startTime, string moment) =>
        decimal.TryParse(startTime, CultureInfo.InvariantCulture, out var start) && decimal.TryParse(moment, CultureInfo.InvariantCulture, out var by) && start <= by;

    private static string? MacStartTime(int pid) => MacEntry(pid)?.StartTime;

    /// <summary>pbi_comm, pbi_pgid, pbi_start_tvsec and pbi_start_tvusec of struct proc_bsdinfo, sys/proc_info.h.</summary>
    internal static unsafe ProcessEntry? MacEntry(int pid)
    {
        var info = stackalloc byte[BsdInfoSize];
        if (Libc.ProcPidInfo(pid, BsdInfo, 0, info, BsdInfoSize) < BsdInfoSize)
            return null;
        var start = (ulong*)(info + BsdInfoStart);
        var name = new ReadOnlySpan<byte>(info + BsdInfoName, BsdInfoNameSize);
        return new(
            pid,
            *(int*)(info + BsdInfoGroup),
            Libc.SessionOf(pid),
            $"{start[0]}.{start[1]:D6}",
            Encoding.UTF8.GetString(name[..(name.IndexOf((byte)0) is >= 0 and var end ? end : name.Length)]));
    }

    private static unsafe string MacBootId()
    {
        var value = stackalloc byte[64];
        nuint size = 64;
        if (Libc.SysctlByName("kern.bootsessionuuid", value, &size, null, 0) != Libc.Ok)
            throw new IOException($"kern.bootsessionuuid: {Marshal.GetLastPInvokeErrorMessage()}");
        return Encoding.ASCII.GetString(value, (int)size).TrimEnd('\0');
    }
}

/// <summary>A process that lives, and where it belongs.</summary>
/// <param name="Pid">Its id.</param>
/// <param name="Group">The id of its process group.</param>
/// <param name="Session">The id of its session. Only who starts a session ever comes into one in another way than by birth.</param>
/// <param name="StartTime">When it started, as <see cref="ProcessIdentity.StartTimeOf"/> has it.</param>
/// <param name="Name">The name of its program.</param>
public sealed record ProcessEntry(int Pid, int Group, int Session, string StartTime, string Name)
{
    private const int AllPids = 1; // PROC_ALL_PIDS

    /// <summary>All that live on this machine.</summary>
    public static IReadOnlyList<ProcessEntry> All() => [.. (OperatingSystem.IsMacOS() ? MacPids() : ProcFiles.Processes()).Select(Find).OfType<ProcessEntry>()];

    /// <summary>One of them; null if there is none of that id.</summary>
    public static ProcessEntry? Find(int pid) => OperatingSystem.IsMacOS()
        ? ProcessIdentity.MacEntry(pid)
        : ProcessStat.Read(pid) is { IsEnded: false } stat ? new(pid, stat.Group, stat.Session, stat.StartTime, stat.Name) : null;

    public override string ToString() => $"{Name} (pid {Pid})";

    private static unsafe List<int> MacPids()
    {
        var pids = new int[Libc.ProcListPids(AllPids, 0, null, 0) / sizeof(int)];
        fixed (int* buffer = pids)
            return [.. pids[..(Libc.ProcListPids(AllPids, 0, buffer, pids.Length * sizeof(int)) / sizeof(int))]];
    }
}
