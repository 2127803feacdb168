using System.Reflection;

namespace Supervisor.Os;

/// <summary>Makes paths absolute.</summary>
public static class AbsolutePath
{
    /// <summary>The path, seen from a folder, without . and .. in it. Symbolic links stay as they are.</summary>
    public static string Resolve(string path, string folder) =>
        Path.TrimEndingDirectorySeparator(Path.GetFullPath(path, folder));
}

/// <summary>Finds the file that a command names, as execvp(3) does.</summary>
public static class ExecutableLookup
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

    /// <summary>Why there is none, and the remedy.</summary>
    /// <inheritdoc cref="Find"/>
    public static string WhyNot(string name, string workingDir, string? path)
    {
        if (!name.Contains('/'))
            return $"no executable {Printable.Quote(name)} in any folder of PATH ({path ?? DefaultPath}); install it, or write its path";
        var file = AbsolutePath.Resolve(name, workingDir);
        return Directory.Exists(file) ? $"{file} is a folder; name the program in it"
            : File.Exists(file) ? $"{file} is not executable; chmod +x it"
            : $"{file} does not exist; name an existing program (a relative path starts from working_dir)";
    }

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

/// <summary>Where this program lies on disk, and its successor will.</summary>
public static class ProgramPath
{
    /// <summary>
    /// The path by which it was called, if it leads to this program: that of a link to the version in use, perhaps, which
    /// an upgrade turns to another one. Else that of the file itself. Looked up before anybody replaces either.
    /// </summary>
    public static string OnDisk { get; private set; } = "";

    /// <summary>Looks it up.</summary>
    /// <exception cref="InvalidOperationException">The system does not say.</exception>
    public static void Note()
    {
        var file = Environment.ProcessPath ?? throw new InvalidOperationException("the system does not say where this program lies");
        var called = ExecutableLookup.Find(Environment.GetCommandLineArgs()[0], Environment.CurrentDirectory, Environment.GetEnvironmentVariable("PATH"));
        OnDisk = called is not null && IsSame(called, file) ? called : file;
    }

    private static bool IsSame(string path, string file)
    {
        try
        {
            return (File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path) == file;
        }
        catch (IOException)
        {
            return false;
        }
    }
}

/// <summary>The version of this program.</summary>
public static class ProgramVersion
{
    public static string Current { get; } =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
