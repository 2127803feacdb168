namespace Supervisor.Os;

/// <summary>What a process group uses: its living members, taken together.</summary>
/// <param name="Memory">Resident memory in bytes; what members share counts once for each.</param>
/// <param name="Processor">Processor time used since each of them started.</param>
public readonly record struct GroupUsage(long Memory, TimeSpan Processor)
{
    private const int TaskInfo = 4;
    private const int TaskInfoSize = 96;

    /// <summary>
    /// The usage of each of these groups, by its id; without those that have no member, or cannot be looked at. One walk
    /// through proc(5) for all of them on Linux; on macOS that of the leaders alone.
    /// </summary>
    public static IReadOnlyDictionary<int, GroupUsage> Of(IReadOnlyCollection<int> groups)
    {
        if (groups.Count == 0)
            return new Dictionary<int, GroupUsage>();
        return OperatingSystem.IsMacOS()
            ? groups.Select(pid => (Pid: pid, Usage: OfMacProcess(pid))).Where(one => one.Usage is not null).ToDictionary(one => one.Pid, one => one.Usage!.Value)
            : OfLinux([.. groups]);
    }

    private static Dictionary<int, GroupUsage> OfLinux(HashSet<int> groups)
    {
        var usage = new Dictionary<int, GroupUsage>();
        foreach (var pid in ProcFiles.Processes())
            if (ProcessStat.Read(pid) is { IsEnded: false } stat && groups.Contains(stat.Group))
                usage[stat.Group] = usage.GetValueOrDefault(stat.Group).Plus(stat.Memory, stat.Processor);
        return usage;
    }

    private GroupUsage Plus(long memory, TimeSpan processor) => new(Memory + memory, Processor + processor);

    /// <summary>pti_resident_size, pti_total_user and pti_total_system of struct proc_taskinfo, sys/proc_info.h.</summary>
    private static unsafe GroupUsage? OfMacProcess(int pid)
    {
        var info = stackalloc ulong[TaskInfoSize / sizeof(ulong)];
        return Libc.ProcPidInfo(pid, TaskInfo, 0, (byte*)info, TaskInfoSize) < TaskInfoSize
            ? null
            : new((long)info[1], TimeSpan.FromMicroseconds((info[2] + info[3]) * NanosecondsPerUnit() / 1000));
    }

    private static unsafe double NanosecondsPerUnit()
    {
        var fraction = stackalloc uint[2];
        return Libc.MacTimeUnit(fraction) == Libc.Ok ? (double)fraction[0] / fraction[1] : 1;
    }
}
