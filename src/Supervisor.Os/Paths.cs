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

    /// <summary>The absolute path of an existing executable file, or null.</summary>
    /// <param name="name">With a slash in it, a path; without, a file in a folder of <paramref name="path"/>.</param>
    /// <param name="workingDir">The absolute folder that relative paths start from, those in <paramref name="path"/> too.</param>
    /// <param name="path">Folders, separated by colons; an empty one is <paramref name="workingDir"/>. Null for the default.</param>
    public static string? Find(string name, string workingDir, string? path)
    {
        foreach (var candidate in Candidates(name, path ?? DefaultPath))
            if (Path.GetFullPath(candidate, workingDir) is var file && FileOwner.IsExecutable(file))
                return file;
        return null;
    }

    /// <summary>Why there is none, and the remedy.</summary>
    /// <inheritdoc cref="Find"/>
    public static string WhyNot(string name, string workingDir, string? path)
    {
        if (!name.Contains('/'))
            return $"no executable {Printable.Quote(name)} in any folder of PATH ({path ?? DefaultPath}); install it, or write its path";
        var file = AbsolutePath.Resolve(name, workingDir);
        return FileOwner.IsFolder(file) ? $"{file} is a folder; name the program in it"
            : FileOwner.Exists(file) ? $"{file} is not executable; chmod +x it"
            : $"{file} does not exist; name an existing program (a relative path starts from working_dir)";
    }

    /// <summary>Where it is looked for, in this order.</summary>
    internal static IEnumerable<string> Candidates(string name, string path) =>
        name.Contains('/') ? [name] : path.Split(':').Select(folder => Path.Combine(folder, name));
}

/// <summary>Where this program lies on disk, and its successor will.</summary>
public static class ProgramPath
{
    private static string? s_onDisk;

    /// <summary>
    /// The path by which it was called: that of a link, or below a link, to the version in use, perhaps, which an upgrade turns to another one.
    /// Else, where that leads to another program, that of the file itself.
    /// </summary>
    public static string OnDisk => s_onDisk ??= Find();

    /// <summary>Looks it up before anybody replaces it.</summary>
    /// <param name="wasPassedOn">Whether the first word of the command line is the path that a program before this one was called by.</param>
    public static void Note(bool wasPassedOn) => s_onDisk = wasPassedOn && Words[0] is ['/', ..] word ? word : Find();

    /// <summary>
    /// What execve(2) was given, byte for byte where the system tells: the program's name, for which the runtime has the path of its own library, if
    /// there is one, and what follows.
    /// </summary>
    public static string[] Words => OperatingSystem.IsLinux() ? SystemText.Decode(ProcFiles.Bytes("/proc/self/cmdline")).Split('\0')[..^1] : Environment.GetCommandLineArgs();

    private static string Find()
    {
        var file = Environment.ProcessPath ?? throw new InvalidOperationException("the system does not say where this program lies");
        var self = FileOwner.IdAt(OperatingSystem.IsLinux() ? "/proc/self/exe" : file);
        return ExecutableLookup.Candidates(Words[0], InheritedEnvironment.Find("PATH") ?? ExecutableLookup.DefaultPath)
            // Behind a link, .. is not where it seems to be.
            .Select(path => path.Contains("..", StringComparison.Ordinal) ? Path.Combine(Environment.CurrentDirectory, path) : Path.GetFullPath(path))
            .FirstOrDefault(path => FileOwner.IdAt(path) is { } found && found == self) ?? file;
    }
}

/// <summary>The version of this program.</summary>
public static class ProgramVersion
{
    public static string Current { get; } =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
