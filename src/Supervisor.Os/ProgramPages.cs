using System.Globalization;

namespace Supervisor.Os;

/// <summary>
/// The pages of this program and its libraries that are in memory. Most are needed only to read a configuration and to start everything;
/// pages that are given back, and are needed again after all, come back from the system's page cache at their next use.
/// </summary>
public static unsafe class ProgramPages
{
    private const int DontNeed = 4; // MADV_DONTNEED

    private static (nuint Start, nuint Length)[] unwritten = [];

    /// <summary>Looks which can be given back, once, before memory is collected: that takes half a megabyte. Linux only.</summary>
    public static void Look()
    {
        // There may have been no descriptor to look with.
        if (unwritten.Length == 0 && OperatingSystem.IsLinux())
            unwritten = Find(ProcFiles.Text("/proc/self/smaps"));
    }

    /// <summary>Gives back those that were never written to: code and constants.</summary>
    public static void GiveBack()
    {
        foreach (var (start, length) in unwritten)
            _ = Libc.MemoryAdvice((void*)start, length, DontNeed);
    }

    /// <summary>
    /// The parts of files in memory, as proc_pid_smaps(5) lists them, that nobody may write to and nobody has written to. What may not be
    /// written to may have been all the same: the linker relocates, and the runtime makes one page of its constants writable for a moment,
    /// to draw the number that tells when a stack was overrun. Such a page cannot be read from the file again. What is shared may be unmapped
    /// later, as caches of users are. And an emulator may make up a list in which nothing takes memory, and nothing was written to.
    /// </summary>
    internal static (nuint Start, nuint Length)[] Find(string maps)
    {
        var found = new List<(nuint, nuint)>();
        var isLast = false; // Whether the last one found is the one that is told about.
        foreach (var line in maps.Split('\n'))
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var first, var second, .. var rest])
                continue;
            else if (!first.EndsWith(':'))
            {
                isLast = second is [_, '-', _, 'p'] && rest is [_, _, _, ['/', ..], ..];
                if (isLast && first.Split('-') is [var start, var end])
                    found.Add((Number(start), Number(end) - Number(start)));
            }
            else if (isLast && (first, second == "0") is ("Anonymous:" or "Swap:", false) or ("Rss:", true))
            {
                found.RemoveAt(found.Count - 1);
                isLast = false;
            }
        return [.. found];
    }

    private static nuint Number(string text) => nuint.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
