using System.Text;

namespace Supervisor.Daemon.Storage;

/// <summary>The end of a log, for people: bounded, and harmless to their terminal.</summary>
internal static class LastLines
{
    private const int MaxLines = 20;
    private const int MaxBytes = 16 * 1024;
    private const int MaxLength = 500;

    /// <summary>The last lines; none if they cannot be read, or if there are none.</summary>
    /// <param name="path">The log.</param>
    /// <param name="end">What comes after so many bytes does not count.</param>
    public static IReadOnlyList<string> Of(string path, long end = long.MaxValue)
    {
        try
        {
            using var file = OwnFile.OpenToRead(path);
            if (file is null)
                return [];
            end = Math.Min(end, RandomAccess.GetLength(file));
            var start = Math.Max(0, end - MaxBytes);
            var bytes = new byte[end - start];
            var text = Encoding.UTF8.GetString(bytes, 0, RandomAccess.Read(file, bytes, start));
            // A log whose head was taken out begins with a hole, which reads as zeros.
            var lines = text.TrimStart('\0').TrimEnd('\n').Split('\n').Skip(start > 0 && text.Contains('\n') ? 1 : 0);
            return text.Length == 0 ? [] : [.. lines.TakeLast(MaxLines).Select(line => Printable.Escape(Printable.Shorten(line.TrimEnd('\r'), MaxLength)))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
