using System.Collections.Immutable;

namespace Supervisor.Configuration;

/// <summary>Reads a configuration from its root object.</summary>
/// <param name="file">The configuration file's absolute path.</param>
public sealed class RootReader(string file)
{
    private readonly string _folder = Path.GetDirectoryName(file) ?? "/";

    /// <summary>The configuration, which is of use only when no problem was reported.</summary>
    public SupervisorConfig Read(Section root)
    {
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
            Written = draft.Written,
            HeartbeatUrl = draft.HeartbeatUrl,
            HeartbeatInterval = draft.HeartbeatInterval,
            Services = ReadServices(draft, root),
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
        var draft = ReadOnly(root, SupervisorKeys.LogDir, SupervisorKeys.Services);
        var folder = AbsolutePath.Resolve(draft.LogDir, _folder);
        var services = draft.Services?.Members.SelectMany(member => Instance.Of(Instance.Counted(draft.Services, member)), (definition, instance) => (Definition: definition.Name, instance.Name)).Where(one => ServiceName.IsValid(one.Name)).ToList();
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

    private ImmutableArray<ServiceConfig> ReadServices(SupervisorDraft draft, Section root)
    {
        var reader = new ServicesReader(_folder, draft.Defaults);
        if (draft.Services is not { Members.IsEmpty: false })
            reader.CheckDefaults();
        if (draft.Services is { } services)
            return reader.Read(services);
        if (draft.Given.AreSound("services"))
            root.FailWithout("services", $"is missing; write for example {ConfigurationFile.Example}");
        return [];
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
