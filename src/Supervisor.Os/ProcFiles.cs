using System.Globalization;
using System.Text;

namespace Supervisor.Os;

/// <summary>
/// Files of proc(5), Linux only. Processes and threads vanish while one looks at them, and descriptors run out: what
/// cannot be read is as good as gone.
/// </summary>
public static class ProcFiles
{
    /// <summary>The folder of each thread of this process.</summary>
    public static IReadOnlyList<string> Threads() => Entries("/proc/self/task");

    /// <summary>The id of each process.</summary>
    public static IEnumerable<int> Processes() =>
        from folder in Entries("/proc")
        let name = Path.GetFileName(folder)
        where int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _)
        select int.Parse(name, CultureInfo.InvariantCulture);

    /// <summary>The numbers in a file.</summary>
    public static IEnumerable<int> Numbers(string path) =>
        Text(path).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(number => int.Parse(number, CultureInfo.InvariantCulture));

    /// <summary>What is in a file; nothing if it cannot be read.</summary>
    public static string Text(string path) => Encoding.UTF8.GetString(Bytes(path));

    /// <summary>The same as it is, undecoded.</summary>
    public static byte[] Bytes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Reads its beginning; the number of bytes, 0 if it cannot be read.</summary>
    public static int Read(string path, Span<byte> bytes)
    {
        var descriptor = Libc.Open(path, Libc.ReadOnly | Platform.Current.OpenCloseOnExec);
        var read = descriptor < 0 ? 0 : Descriptors.Read(descriptor, bytes);
        Descriptors.Close(descriptor);
        return Math.Max(0, read);
    }

    private static string[] Entries(string folder)
    {
        try
        {
            return Directory.GetDirectories(folder);
        }
        catch (IOException)
        {
            return [];
        }
    }
}

/// <summary>What proc_pid_stat(5) says of a process. Linux only.</summary>
/// <param name="IsEnded">Whether it is a zombie, or about to vanish.</param>
/// <param name="Group">Its process group.</param>
/// <param name="Session">Its session.</param>
/// <param name="StartTime">When it started, in clock ticks since boot.</param>
public sealed record ProcessStat(bool IsEnded, int Group, int Session, string StartTime)
{
    /// <summary>Its parent.</summary>
    public int Parent { get; private init; }

    /// <summary>The name of its program, at most 15 bytes of it.</summary>
    public string Name { get; private init; } = "";

    /// <summary>The processor time that it has used.</summary>
    public TimeSpan Processor { get; private init; }

    /// <summary>Its resident memory, in bytes.</summary>
    public long Memory { get; private init; }

    // USER_HZ, which is 100 on every architecture that .NET runs on.
    internal const int TicksPerSecond = 100;

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
            : new(fields[0] is "X" || (fields[0] is "Z" && Integer(fields[17]) <= 1), Integer(fields[2]), Integer(fields[3]), fields[19])
            {
                Parent = Integer(fields[1]),
                Name = stat[Math.Min(stat.Length, stat.IndexOf('(') + 1)..stat.LastIndexOf(')')],
                Processor = TimeSpan.FromSeconds((Number(fields[11]) + Number(fields[12])) / TicksPerSecond),
                Memory = (long)Number(fields[21]) * Environment.SystemPageSize,
            };
    }

    /// <summary>The start time alone, of one that has not ended: asked of each process that is started, so nothing else is made of it.</summary>
    public static string? StartTimeOf(int pid)
    {
        Span<byte> bytes = stackalloc byte[1024];
        ReadOnlySpan<byte> stat = bytes[..ProcFiles.Read($"/proc/{pid}/stat", bytes)];
        stat = stat[(stat.LastIndexOf((byte)')') + 1)..];
        var (field, isZombie) = (1, false); // The name, which may hold anything, is the second.
        foreach (var range in stat.Split((byte)' '))
            switch (++field)
            {
                case 3:
                    isZombie = stat[range] is [(byte)'Z'];
                    if (stat[range] is [(byte)'X'])
                        return null;
                    break;
                // Its threads. While others work, a main thread that has ended is a zombie, but the process is none.
                case 20 when isZombie && stat[range] is [(byte)'0' or (byte)'1']:
                    return null;
                case 22:
                    return Encoding.ASCII.GetString(stat[range]);
            }
        return null;
    }

    private static int Integer(string field) => int.Parse(field, CultureInfo.InvariantCulture);

    private static double Number(string field) => double.TryParse(field, CultureInfo.InvariantCulture, out var number) ? number : 0;
}

/// <summary>Who listens on a TCP port of this machine; Linux only, by proc(5).</summary>
/// <param name="Pid">The process; null if it belongs to somebody whose descriptors we may not see.</param>
/// <param name="Session">Its session.</param>
/// <param name="Program">Its name.</param>
/// <param name="Uid">Its user.</param>
public sealed record PortHolder(int? Pid, int? Session, string? Program, string Uid)
{
    private const string Listening = "0A"; // TCP_LISTEN, in hexadecimal like the port

    /// <summary>Who it is; null for nobody.</summary>
    public static PortHolder? Of(int port)
    {
        var sockets =
            from row in $"{ProcFiles.Text("/proc/net/tcp")}\n{ProcFiles.Text("/proc/net/tcp6")}".Split('\n')
            let columns = row.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            where columns.Length > 9 && columns[3] == Listening && columns[1].EndsWith($":{port:X4}", StringComparison.Ordinal)
            select (Inode: columns[9], Uid: columns[7]);
        return sockets.Select(socket => Owner(socket.Inode, socket.Uid)).FirstOrDefault();
    }

    private static PortHolder Owner(string inode, string uid) =>
        ProcFiles.Processes().Where(pid => Holds(pid, $"socket:[{inode}]")).Select(pid => Describe(pid, uid)).FirstOrDefault()
        ?? new(null, null, null, uid);

    private static bool Holds(int pid, string link)
    {
        try
        {
            return new DirectoryInfo($"/proc/{pid}/fd").EnumerateFileSystemInfos().Any(descriptor => descriptor.LinkTarget == link);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>proc_pid_stat(5): the name is in parentheses, and may hold some itself; the session is the fourth field after it.</summary>
    private static PortHolder Describe(int pid, string uid)
    {
        var stat = ProcFiles.Text($"/proc/{pid}/stat");
        var (open, close) = (stat.IndexOf('('), stat.LastIndexOf(')'));
        if (open < 0 || close < open)
            return new(pid, null, null, uid);
        var fields = stat[(close + 2)..].Split(' ');
        return new(pid, int.Parse(fields[3], CultureInfo.InvariantCulture), stat[(open + 1)..close], uid);
    }
}
