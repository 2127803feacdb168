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
    private const int BsdInfoStart = 120;

    /// <summary>What tells this boot from every other.</summary>
    public static string BootId() => OperatingSystem.IsMacOS() ? MacBootId() : File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>
    /// The start time of a process, in the system's own raw unit; null if there is none of that id or it is a zombie.
    /// </summary>
    public static string? StartTimeOf(int pid) => OperatingSystem.IsMacOS() ? MacStartTime(pid) : ProcessStat.StartTimeOf(pid);

    /// <summary>pbi_start_tvsec and pbi_start_tvusec of struct proc_bsdinfo, sys/proc_info.h.</summary>
    private static unsafe string? MacStartTime(int pid)
    {
        var info = stackalloc byte[BsdInfoSize];
        if (Libc.ProcPidInfo(pid, BsdInfo, 0, info, BsdInfoSize) < BsdInfoSize)
            return null;
        var start = (ulong*)(info + BsdInfoStart);
        return $"{start[0]}.{start[1]:D6}";
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
