using System.Globalization;

namespace Supervisor.Os;

/// <summary>Who listens on a TCP port of this machine; Linux only, by proc(5).</summary>
/// <param name="Pid">The process; null if it belongs to somebody whose descriptors we may not see.</param>
/// <param name="Session">Its session.</param>
/// <param name="Program">Its name.</param>
/// <param name="Uid">Its user.</param>
internal sealed record PortHolder(int? Pid, int? Session, string? Program, string Uid)
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
