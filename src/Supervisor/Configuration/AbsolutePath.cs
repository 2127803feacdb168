namespace Supervisor.Configuration;

/// <summary>Makes paths absolute.</summary>
internal static class AbsolutePath
{
    /// <summary>The path, seen from a folder, without . and .. in it. Symbolic links stay as they are.</summary>
    public static string Resolve(string path, string folder) =>
        Path.TrimEndingDirectorySeparator(Path.GetFullPath(path, folder));
}
