using System.Globalization;

namespace Supervisor.Logs;

/// <summary>A cut that is settled, and of which no archive has come yet: <c>FILE.cut-END</c>.</summary>
/// <param name="Path">What was cut off, or will be.</param>
/// <param name="End">Where it ends in the file; 0 if it is the former file altogether.</param>
internal sealed record PendingCut(string Path, long End)
{
    /// <summary>What the one that ends there is called.</summary>
    public static string PathOf(string path, long end) => string.Create(CultureInfo.InvariantCulture, $"{path}.cut-{end}");

    /// <summary>Those of a file; more than one only if somebody was killed twice.</summary>
    public static IEnumerable<PendingCut> Of(string path)
    {
        var folder = System.IO.Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder))
            yield break;
        foreach (var found in Directory.GetFiles(folder, $"{System.IO.Path.GetFileName(path)}.cut-*"))
            if (long.TryParse(found.AsSpan(found.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var end))
                yield return new(found, end);
    }

    /// <summary>Whether it is no longer in the file, if the content of that begins there.</summary>
    public bool IsGone(long start) => End <= start;
}
