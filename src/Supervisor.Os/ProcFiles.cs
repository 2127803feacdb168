using System.Buffers.Text;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Supervisor.Os;

/// <summary>
/// Files of proc(5), Linux only. Processes and threads vanish while one looks at them, and descriptors run out: what
/// cannot be read is as good as gone.
/// </summary>
public static class ProcFiles
{
    private const int FirstRead = 4096;

    private static int missed;

    /// <summary>How often something could not be looked at for want of descriptors, and is not gone for that.</summary>
    public static int Missed => Volatile.Read(ref missed);

    /// <summary>The id of each process.</summary>
    public static IEnumerable<int> Processes() =>
        from folder in Entries("/proc")
        let name = Path.GetFileName(folder)
        where int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _)
        select int.Parse(name, CultureInfo.InvariantCulture);

    /// <summary>The numbers in a file.</summary>
    public static List<int> Numbers(string path) => Numbers(Bytes(path));

    /// <summary>The numbers in a text, with spaces between them.</summary>
    public static List<int> Numbers(ReadOnlySpan<byte> text)
    {
        var numbers = new List<int>();
        for (; Utf8Parser.TryParse(text, out int number, out var length); text = text[length..].TrimStart((byte)' '))
            numbers.Add(number);
        return numbers;
    }

    /// <summary>What is in a file; nothing if it cannot be read.</summary>
    public static string Text(string path) => Encoding.UTF8.GetString(Bytes(path));

    /// <summary>The same as it is, undecoded. Where many cannot be read, nothing is thrown for each: the collector would be kept busy when memory is short, too.</summary>
    public static byte[] Bytes(string path)
    {
        var descriptor = Libc.Open(path, Libc.ReadOnly | Platform.Current.OpenCloseOnExec);
        if (descriptor < 0)
        {
            Note(Marshal.GetLastPInvokeError());
            return [];
        }
        var bytes = new byte[FirstRead];
        var length = ReadAll(descriptor, ref bytes);
        Descriptors.Close(descriptor);
        return bytes[..length];
    }

    /// <summary>Reads to the end; the number of bytes. The buffer grows as it has to.</summary>
    public static int ReadAll(int descriptor, ref byte[] buffer)
    {
        var length = 0;
        for (var read = 1; read > 0; length += Math.Max(0, read))
        {
            if (length == buffer.Length)
                Array.Resize(ref buffer, 4 * length);
            read = Descriptors.Read(descriptor, buffer.AsSpan(length));
        }
        return length;
    }

    /// <summary>Reads its beginning; the number of bytes, 0 if it cannot be read.</summary>
    public static int Read(string path, Span<byte> bytes)
    {
        var descriptor = Libc.Open(path, Libc.ReadOnly | Platform.Current.OpenCloseOnExec);
        if (descriptor < 0)
        {
            Note(Marshal.GetLastPInvokeError());
            return 0;
        }
        var read = Descriptors.Read(descriptor, bytes);
        Descriptors.Close(descriptor);
        return Math.Max(0, read);
    }

    private static string[] Entries(string folder)
    {
        try
        {
            return Directory.GetDirectories(folder);
        }
        catch (IOException e)
        {
            Note(e.HResult);
            return [];
        }
    }

    private static void Note(int error)
    {
        if (error is Libc.TooManyOwnFilesOpen or Libc.TooManyFilesOpen)
            Interlocked.Increment(ref missed);
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
/// <param name="Program">Its name.</param>
/// <param name="Uid">Its user.</param>
public sealed record PortHolder(int? Pid, string? Program, string Uid)
{
    private const string Listening = "0A"; // TCP_LISTEN, in hexadecimal like the port

    // What is asked of 127.0.0.1 and [::1] reaches these, in the byte order of x86 and arm: 0.0.0.0, 127.0.0.1, ::, ::1, and the first two as IPv6 has them.
    private static readonly string[] Local =
    [
        "00000000", "0100007F", new('0', 32), "00000000000000000000000001000000", "0000000000000000FFFF000000000000", "0000000000000000FFFF00000100007F",
    ];

    // They listen in place of somebody in a container, who is none of their children.
    private static readonly string[] Forwarders = ["docker-proxy", "rootlesskit", "rootlessport"];

    /// <summary>A service that is answered for.</summary>
    /// <param name="Port">Where it should listen.</param>
    /// <param name="Leader">Its process.</param>
    /// <param name="Service">Its name.</param>
    public readonly record struct Asked(int Port, int Leader, string Service);

    /// <summary>What it says of itself; null for nothing.</summary>
    public MarkedProcess? Mark { get; private init; }

    /// <summary>Who it is; null for nobody.</summary>
    public static PortHolder? Of(int port) => Listeners()[port].FirstOrDefault() is { Link: not null } first
        ? ProcFiles.Processes().Where(pid => Holds(pid, [first.Link])).Select(pid => Describe(pid, first.Uid)).FirstOrDefault() ?? new(null, null, first.Uid)
        : null;

    /// <summary>Whether a process belongs to the group or the session of a leader, or descends from it.</summary>
    public static bool IsOf(int pid, int leader)
    {
        for (var one = pid; ProcessStat.Read(one) is { } stat; one = stat.Parent)
            if (one == leader || stat.Group == leader || stat.Session == leader)
                return true;
        return false;
    }

    /// <summary>
    /// Who answers on a port in place of each of these services, and has held it since before the service's process was started: of those who
    /// came later, it may have started one by asking somebody else to. Null for nobody, and where that cannot be seen or is not certain.
    /// </summary>
    public static IReadOnlyList<PortHolder?> Strangers(IReadOnlyList<Asked> all)
    {
        var listeners = Listeners();
        return [.. all.Select(one => Stranger([.. listeners[one.Port]], one.Leader, one.Service))];
    }

    private static PortHolder? Stranger((string Link, string Uid)[] sockets, int leader, string service)
    {
        string[] links = [.. sockets.Select(socket => socket.Link)];
        // Most listen themselves, or have a child that does.
        if (links.Length == 0 || Family(leader).Any(pid => Holds(pid, links)))
            return null;
        PortHolder? stranger = null;
        var ours = MarkedProcess.Of(leader);
        foreach (var pid in ProcFiles.Processes().Where(pid => Holds(pid, links)))
        {
            var (holder, mark) = (Describe(pid, sockets[0].Uid), MarkedProcess.Of(pid));
            var isOurs = mark is null ? IsOrphanOfOurs(pid) : mark.Service == service && (ours is null || mark == ours);
            // The first process listens for others, whom it starts.
            if (isOurs || pid == 1 || Forwarders.Contains(holder.Program) || Started(pid) >= Started(leader) || IsOf(pid, leader))
                return null;
            stranger ??= holder with { Mark = mark };
        }
        return stranger;
    }

    /// <summary>Who has lost its mark, and came home to us, may be anybody's.</summary>
    private static bool IsOrphanOfOurs(int pid)
    {
        while (pid > 1 && pid != Environment.ProcessId)
            pid = ProcessStat.Read(pid)?.Parent ?? 0;
        return pid > 1;
    }

    /// <summary>The sockets that listen, by their port.</summary>
    private static ILookup<int, (string Link, string Uid)> Listeners() =>
        (from row in $"{ProcFiles.Text("/proc/net/tcp")}\n{ProcFiles.Text("/proc/net/tcp6")}".Split('\n')
         where row.Contains($" {Listening} ", StringComparison.Ordinal)
         let columns = row.Split(' ', StringSplitOptions.RemoveEmptyEntries)
         where columns.Length > 9 && columns[3] == Listening && columns[1].Split(':') is [var address, _] && Local.Contains(address)
         select (Port: int.Parse(columns[1].Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture), Socket: ($"socket:[{columns[9]}]", columns[7])))
        .ToLookup(one => one.Port, one => one.Socket);

    /// <summary>A process and its descendants.</summary>
    private static IEnumerable<int> Family(int pid) =>
        ProcFiles.Numbers($"/proc/{pid}/task/{pid}/children").SelectMany(Family).Prepend(pid);

    private static bool Holds(int pid, string[] links)
    {
        try
        {
            return new DirectoryInfo($"/proc/{pid}/fd").EnumerateFileSystemInfos().Any(descriptor => links.Contains(descriptor.LinkTarget));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static PortHolder Describe(int pid, string uid) => new(pid, ProcFiles.Text($"/proc/{pid}/comm").Trim(), uid);

    private static long Started(int pid) => long.TryParse(ProcessStat.StartTimeOf(pid), CultureInfo.InvariantCulture, out var ticks) ? ticks : long.MaxValue;
}
