using System.Collections.Immutable;

namespace Supervisor.Configuration;

/// <summary>Reads a configuration from its root object.</summary>
/// <param name="file">The configuration file's absolute path.</param>
public sealed class RootReader(string file)
{
    private readonly string _folder = Path.GetDirectoryName(file) ?? "/";

    /// <summary>The configuration, which is of use only when no problem was reported.</summary>
    /// <param name="root">The root object.</param>
    /// <param name="text">The text that it was read from.</param>
    public SupervisorConfig Read(Section root, ReadOnlyMemory<byte> text)
    {
        var hash = new HashCode();
        hash.AddBytes(text.Span);
        var draft = SupervisorKeys.All.Apply(new(), Expansion.OfEnvironment.In(root, "services", "defaults"));
        if (draft.Given.Find("alert_cmd") is { } alert)
            CommandRule.Check(alert, draft.AlertCmd, _folder, InheritedEnvironment.Find("PATH"));
        CheckFolder(draft, root, "log_dir", draft.LogDir);
        CheckFolder(draft, root, "state_dir", draft.StateDir);
        return new()
        {
            File = file,
            LogDir = AbsolutePath.Resolve(draft.LogDir, _folder),
            StateDir = ResolveStateDir(draft, root),
            AlertCmd = draft.AlertCmd,
            AlertUrl = draft.AlertUrl,
            ControlGroup = draft.ControlGroup,
            Written = draft.Written,
            HeartbeatUrl = draft.HeartbeatUrl,
            HeartbeatInterval = draft.HeartbeatInterval,
            Services = ReadServices(draft, root, ref hash),
            Text = hash.ToHashCode(),
        };
    }

    /// <summary>The state folder alone, whatever may be wrong with the rest.</summary>
    public string ReadStateDir(Section root)
    {
        return ResolveStateDir(ReadOnly(root, SupervisorKeys.StateDir), root);
    }

    /// <summary>The log folder and the names of the services alone.</summary>
    public LogPlaces ReadLogs(Section root)
    {
        var draft = ReadOnly(root, SupervisorKeys.LogDir, SupervisorKeys.Services, SupervisorKeys.Include);
        var hash = new HashCode();
        var all = AllServices(draft, root with { Problems = new("") }, ref hash);
        var folder = AbsolutePath.Resolve(draft.LogDir, _folder);
        var services = all.Count == 0 ? null : all.SelectMany(section => section.Members.SelectMany(member => Instance.Of(Instance.Counted(section, member)), (definition, instance) => (Definition: definition.Name, instance.Name))).Where(one => ServiceName.IsValid(one.Name)).ToList();
        return new(folder, [.. services?.Select(one => one.Name) ?? NamesIn(folder).Where(ServiceName.IsValid)])
        {
            Instances = (services ?? []).Where(one => one.Name != one.Definition).ToLookup(one => one.Definition, one => one.Name),
        };
    }

    /// <summary>Where the services cannot be read, those that have a log.</summary>
    private static IEnumerable<string> NamesIn(string logDir) => Directory.Exists(logDir)
        ? Directory.EnumerateFiles(logDir, "*.log", new EnumerationOptions()).Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)
        : [];

    private static SupervisorDraft ReadOnly(Section root, params IEnumerable<Key<SupervisorDraft>> keys) =>
        keys.Aggregate(new SupervisorDraft(), (draft, key) => root.Members
            .Where(member => member.Name == key.Name)
            .Aggregate(draft, (draft, member) => Apply(key, draft, root, member)));

    private static SupervisorDraft Apply(Key<SupervisorDraft> key, SupervisorDraft draft, Section root, Member member)
    {
        var alone = Expansion.OfEnvironment.In(root with { Object = root.Object with { Members = [member] } }, "services");
        return key.Apply(draft, alone.Of(alone.Members[0]));
    }

    private ImmutableArray<ServiceConfig> ReadServices(SupervisorDraft draft, Section root, ref HashCode hash)
    {
        var reader = new ServicesReader(_folder, draft.Defaults);
        var services = AllServices(draft, root, ref hash);
        if (services.TrueForAll(section => section.Members.IsEmpty))
            reader.CheckDefaults();
        if (services.Count > 0)
            return reader.Read(services);
        if (draft.Given.AreSound("services", "include"))
            root.FailWithout("services", $"is missing; write for example {ConfigurationFile.Example}");
        return [];
    }

    /// <summary>The services of the file itself, and those of the files that it includes, each with the place of its own.</summary>
    private List<Section> AllServices(SupervisorDraft draft, Section root, ref HashCode hash)
    {
        var all = new List<Section>();
        if (draft.Services is { } own)
            all.Add(own);
        foreach (var (path, at) in draft.Include.SelectMany(pattern => Matches(AbsolutePath.Resolve(pattern.Path, _folder)), (pattern, path) => (path, pattern.At)).DistinctBy(one => one.path).Where(one => one.path != file))
        {
            var problems = new ProblemList(path, root.Problems);
            if (!FileOwner.Exists(path))
                (at with { Problems = root.Problems }).Fail($"{path} does not exist; create it, or name another");
            else if (FileOwner.IsFolder(path))
                (at with { Problems = root.Problems }).Fail($"{path} is a folder; write for example {path}/*.json");
            else if (ConfigurationFile.Read(path, problems) is { } included && ReadIncluded(included, problems, ref hash) is { } services)
                all.Add(services);
        }
        return all;
    }

    private static Section? ReadIncluded(ConfigurationFile included, ProblemList problems, ref HashCode hash)
    {
        if (Environment.IsPrivilegedProcess)
            ConfigurationReader.CheckTrust(included, problems);
        hash.AddBytes(included.Content);
        return ConfigurationReader.ParseRoot(included.Content, problems) is { } section
            ? SupervisorKeys.OfIncluded.Apply(new(), Expansion.OfEnvironment.In(section, "services")).Services
            : null;
    }

    /// <summary>The files that a path means, in the order of their names. Its last part may have * and ? in it; without them, it is one file, which has to be there.</summary>
    public static IEnumerable<string> Matches(string path)
    {
        var (folder, name) = (Path.GetDirectoryName(path) ?? "/", Path.GetFileName(path));
        return name.AsSpan().IndexOfAny('*', '?') < 0 ? [path]
            : Directory.Exists(folder) ? Directory.EnumerateFiles(folder, name, new EnumerationOptions()).Order(StringComparer.Ordinal)
            : [];
    }

    private void CheckFolder(SupervisorDraft draft, Section root, string key, string path)
    {
        var folder = AbsolutePath.Resolve(path, _folder);
        if (!FileOwner.Exists(folder) || FileOwner.IsFolder(folder))
            return;
        var message = $"{folder} is a file, and has to be a folder; remove it, or name another";
        if (draft.Given.Find(key) is { } at)
            at.Miss(message);
        else
            root.FailWithout(key, message, ofMachine: true);
    }

    private string ResolveStateDir(SupervisorDraft draft, Section root)
    {
        var folder = AbsolutePath.Resolve(draft.StateDir, _folder);
        if (!draft.Given.AreSound("state_dir") || ControlSocketPath.Fits(folder))
            return folder;
        var message = ControlSocketPath.Explain(folder);
        if (draft.Given.Find("state_dir") is { } at)
            at.Fail(message);
        else
            root.FailWithout("state_dir", message);
        return folder;
    }
}
