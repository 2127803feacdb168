using System.Globalization;
using System.Text;

namespace Supervisor.Os;

/// <summary>
/// Files of proc(5), Linux only. Processes and threads vanish while one looks at them, and descriptors run out: what
/// cannot be read is as good as gone.
/// </summary>
internal static class ProcFiles
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
