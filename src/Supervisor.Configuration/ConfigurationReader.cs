using System.Collections.Immutable;

namespace Supervisor.Configuration;

/// <summary>Reads configuration files.</summary>
public static class ConfigurationReader
{
    /// <summary>Reads and validates a whole file, reporting every problem at once.</summary>
    public static ConfigurationResult<SupervisorConfig> Load(string path)
    {
        var problems = new ProblemList(path);
        if (ConfigurationFile.Read(path, problems) is not { } file)
            return Fail<SupervisorConfig>(problems);
        if (Environment.IsPrivilegedProcess)
            CheckTrust(file, problems);
        return Parse(path, file.Content, problems);
    }

    /// <summary>Validates a text as if it were the content of a file.</summary>
    public static ConfigurationResult<SupervisorConfig> Parse(string path, ReadOnlyMemory<byte> text) =>
        Parse(path, text, new(path));

    /// <summary>
    /// The state folder that a file names. All else in the file may be wrong: it may have been edited since the
    /// supervisor that is to be found there was started. Of a file that cannot even be parsed, the best guess is tentative.
    /// </summary>
    public static ConfigurationResult<string> StateDirOf(string path) =>
        Of(path, "state_dir", "state_dir", (reader, root) => reader.ReadStateDir(root), folder => folder);

    /// <summary>The log folder and the names of the services, likewise: logs are read most when things are wrong.</summary>
    public static ConfigurationResult<LogPlaces> LogsOf(string path) =>
        Of(path, "log_dir", null, (reader, root) => reader.ReadLogs(root), places => places.LogDir);

    /// <summary>Reports what lets somebody else choose what root runs: a mode, an owner, who can always write, or a folder.</summary>
    internal static void CheckTrust(ConfigurationFile file, ProblemList problems)
    {
        if (!file.IsTrusted)
            problems.Add("belongs to another user, who could make root run anything; chown root it");
        if ((file.Mode & ConfigurationFile.OthersWrite) != 0)
            problems.Add("can be written by others, who could make root run anything; chmod go-w it");
        if (!file.IsFolderTrusted)
            problems.Add("lies in a folder that others may write, who could put another file in its place; chown root and chmod go-w the folder");
    }

    private static ConfigurationResult<SupervisorConfig> Parse(string path, ReadOnlyMemory<byte> text, ProblemList problems) =>
        ParseRoot(text, problems) is { } root
            ? Finish(new RootReader(Path.GetFullPath(path)).Read(root, text), problems)
            : Fail<SupervisorConfig>(problems);

    private static ConfigurationResult<T> Of<T>(string path, string key, string? only, Func<RootReader, Section, T> read, Func<T, string> folderOf)
        where T : class
    {
        var problems = new ProblemList(path);
        var file = ConfigurationFile.Read(path, problems);
        if (!ConfigurationFile.IsName(path))
            return Fail<T>(problems);
        var reader = new RootReader(Path.GetFullPath(path));
        if (file is not null && ParseRoot(file.Content, problems, only) is { } root)
        {
            var result = Finish(read(reader, root = root with { Problems = new(path) }), root.Problems);
            return result with { Tentative = result.Value };
        }
        var guess = read(reader, NodeParser.Salvage(file?.Content ?? [], key, path));
        return Fail<T>(problems) with { Tentative = Directory.Exists(folderOf(guess)) ? guess : null };
    }

    /// <summary>The root object of a text, or null with a problem.</summary>
    internal static Section? ParseRoot(ReadOnlyMemory<byte> text, ProblemList problems, string? only = null) =>
        NodeParser.Parse(text, problems, only) is { } node && SectionValue.Read(new(node, "", problems), out var root) ? root : null;

    private static ConfigurationResult<T> Finish<T>(T value, ProblemList problems)
        where T : class => new(problems.IsEmpty ? value : null, problems.InOrder()) { Tentative = problems.IsSound ? value : null };

    private static ConfigurationResult<T> Fail<T>(ProblemList problems)
        where T : class => new(null, problems.InOrder());
}

/// <summary>What reading a configuration came to.</summary>
/// <param name="Value">What was read; null if there are problems.</param>
/// <param name="Problems">What is wrong with it; empty if there is a value.</param>
public sealed record ConfigurationResult<T>(T? Value, ImmutableArray<Problem> Problems)
    where T : class
{
    /// <summary>What was read, if nothing is wrong with it but what the machine lacks at the moment; as <see cref="Value"/> where it lacks nothing.</summary>
    public T? Tentative { get; init; }
}

/// <summary>Where logs lie, and whose they are.</summary>
public sealed record LogPlaces(string LogDir, ImmutableArray<string> Names)
{
    /// <summary>The instances of each definition that has some.</summary>
    public required ILookup<string, string> Instances { get; init; }

    /// <summary>The same names, but for those of definitions, in place of which their instances stand.</summary>
    public IReadOnlyList<string> Resolve(IEnumerable<string> names) => [.. names.SelectMany(name => Instances[name].DefaultIfEmpty(name))];

    public override string ToString() => LogDir;
}
