using System.Globalization;

namespace Supervisor.Chaos;

/// <summary>One process, as proc_pid_stat(5) has it.</summary>
internal sealed record Proc(int Pid, char State, int Parent, int Session, string StartTime)
{
    /// <summary>Whether it has ended and is not reaped.</summary>
    public bool IsZombie => State is 'Z' or 'X';

    /// <summary>All that there are, as far as they stay while they are looked at.</summary>
    public static IEnumerable<Proc> All() =>
        from folder in Directory.EnumerateDirectories("/proc")
        let pid = int.TryParse(Path.GetFileName(folder), out var number) ? number : 0
        where pid > 0
        let process = Of(pid)
        where process is not null
        select process;

    /// <summary>The one of this id, or null. The name in field 2 may hold anything, so count from its last parenthesis.</summary>
    public static Proc? Of(int pid)
    {
        var stat = Read($"/proc/{pid}/stat");
        if (stat.Length == 0)
            return null;
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return new(pid, fields[0][0], Number(fields[1]), Number(fields[3]), fields[19]);
    }

    /// <summary>When it started, on the clock of <see cref="Shortages.Now"/>, to a hundredth of a second.</summary>
    public TimeSpan Started => TimeSpan.FromSeconds(double.Parse(StartTime, CultureInfo.InvariantCulture) / 100);

    /// <summary>Whether it still is the process that it was.</summary>
    public bool IsStillThere() => Of(Pid) is { IsZombie: false } now && now.StartTime == StartTime;

    /// <summary>Signals it, unless it has gone: its id may be a stranger's.</summary>
    public bool Signal(int signal) => IsStillThere() && Signals.Send(Pid, signal);

    /// <summary>Its arguments, each with a NUL behind it.</summary>
    public string CommandLine() => Read($"/proc/{Pid}/cmdline");

    /// <summary>Whether its environment holds this <c>NAME=value</c>, or the title that it wrote over it.</summary>
    public bool Has(string variable) => Read($"/proc/{Pid}/environ").Split('\0').Contains(variable) || CommandLine().Contains(variable, StringComparison.Ordinal);

    /// <summary>How many descriptors it has open.</summary>
    public int Descriptors() => Directory.GetFileSystemEntries($"/proc/{Pid}/fd").Length;

    /// <summary>How many of them stand for processes (pidfd_open(2)).</summary>
    public int ProcessDescriptors() => Directory.GetFileSystemEntries($"/proc/{Pid}/fd").Count(path => LinkTarget(path) is "anon_inode:[pidfd]" or ['p', 'i', 'd', 'f', 'd', ':', ..]);

    /// <summary>Its share of memory in KiB.</summary>
    public int Pss() => Number(Line($"/proc/{Pid}/smaps_rollup", "Pss:")[1]);

    /// <summary>How many threads it has.</summary>
    public int Threads() => Number(Line($"/proc/{Pid}/status", "Threads:")[1]);

    /// <summary>The soft limit of this name.</summary>
    public string SoftLimit(string name) => Line($"/proc/{Pid}/limits", name)[name.Count(c => c == ' ') + 1];

    private static string[] Line(string path, string start) =>
        File.ReadLines(path).Single(line => line.StartsWith(start, StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static string? LinkTarget(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (IOException)
        {
            return null; // Closed meanwhile.
        }
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // Gone, or a stranger's.
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
