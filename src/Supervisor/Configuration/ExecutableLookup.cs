namespace Supervisor.Configuration;

/// <summary>Finds the file that a command names, as execvp(3) does.</summary>
internal static class ExecutableLookup
{
    /// <summary>Where to look when there is no PATH: confstr(3) <c>_CS_PATH</c>.</summary>
    public const string DefaultPath = "/bin:/usr/bin";

    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The absolute path of an existing executable file, or null.</summary>
    /// <param name="name">With a slash in it, a path; without, a file in a folder of <paramref name="path"/>.</param>
    /// <param name="workingDir">The absolute folder that relative paths start from, those in <paramref name="path"/> too.</param>
    /// <param name="path">Folders, separated by colons; an empty one is <paramref name="workingDir"/>. Null for the default.</param>
    public static string? Find(string name, string workingDir, string? path) =>
        Candidates(name, path ?? DefaultPath)
            .Select(candidate => Path.GetFullPath(candidate, workingDir))
            .FirstOrDefault(IsExecutable);

    private static IEnumerable<string> Candidates(string name, string path) =>
        name.Contains('/') ? [name] : path.Split(':').Select(folder => Path.Combine(folder, name));

    // Whether this very user may execute it, only the attempt shows.
    private static bool IsExecutable(string file)
    {
        try
        {
            return File.Exists(file) && (File.GetUnixFileMode(file) & AnyExecute) != 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
