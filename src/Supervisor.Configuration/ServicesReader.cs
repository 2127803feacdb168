using System.Collections.Immutable;
using System.Globalization;

namespace Supervisor.Configuration;

/// <summary>
/// Reads <c>services</c>, and <c>defaults</c> anew for each of them: what a text comes to depends on the service that it is
/// for. What is wrong in the defaults is reported once, for it stands in one place.
/// </summary>
/// <param name="folder">The absolute folder that relative paths start from.</param>
/// <param name="defaults">What every service starts from; null for nothing.</param>
public sealed class ServicesReader(string folder, Section? defaults)
{
    private readonly HealthEndpoints _endpoints = new();
    private readonly Dictionary<string, (string File, Position Position)> _firsts = [];
    private readonly Dictionary<string, string> _definitions = new(Platform.Current.FileNames); // Each has a log of its name.

    /// <summary>Reports what is wrong with the defaults where there is no service to read them for.</summary>
    public void CheckDefaults() => ReadDefaults(defaults, "", ImmutableSortedDictionary<string, string>.Empty, Expansion.OfEnvironment);

    /// <summary>The services in the file's order; one with a problem is incomplete or missing.</summary>
    /// <param name="all">Those of each file.</param>
    public ImmutableArray<ServiceConfig> Read(IReadOnlyList<Section> all)
    {
        if (all.All(services => services.Members.IsEmpty))
            all[0].Fail($"needs at least one service; write for example {ConfigurationFile.Example}");
        var drafts = all.SelectMany(services => services.Members.Where(member => IsFirst(services, member)).SelectMany(member => ReadMember(services, member))).OfType<(ServiceDraft Draft, Section Section)>().ToList();
        drafts = [.. drafts.Select(one => (DependencyRules.OnInstances(one.Draft, drafts), one.Section))];
        DependencyRules.Check([.. _definitions.Keys], drafts);
        return [.. drafts.Select(one => one.Draft.Finish())];
    }

    /// <summary>Within one file, the parser sees to that.</summary>
    private bool IsFirst(Section services, Member member)
    {
        if (_firsts.TryAdd(member.Name, (services.Problems.File, member.Position)))
            return true;
        var (file, position) = _firsts[member.Name];
        services.FailAtKey(member, $"is given twice, first at {file}:{position.Line}:{position.Column}; keep one of them");
        return false;
    }

    private IEnumerable<(ServiceDraft, Section)?> ReadMember(Section services, Member member)
    {
        member = Instance.Counted(services, member);
        if (!ServiceName.IsValid(member.Name))
            services.FailAtKey(member, $"{Printable.Quote(member.Name)} is not a service name; {ServiceName.Rule}");
        return Instance.Of(member).Select(instance =>
        {
            Claim(services, member, instance);
            return SectionValue.Read(services.Of(member), out var service) ? ReadService(service, instance, member.Name) : ((ServiceDraft, Section)?)null;
        });
    }

    private void Claim(Section services, Member member, Instance instance)
    {
        if (!_definitions.TryAdd(instance.Name, member.Name))
            services.FailAtKey(member, _definitions.Keys.Contains(instance.Name, StringComparer.Ordinal)
                ? $"would be a second service named {instance.Name}, beside that of {_definitions[instance.Name]}; rename one of them"
                : $"would share a log with {_definitions[instance.Name]}, for this system takes file names for the same that differ only in case; rename one of them");
        if (instance.Number is not null && ServiceName.IsValid(member.Name) && !ServiceName.IsValid(instance.Name))
            services.FailAtKey(member, $"{Printable.Quote(instance.Name)} would not be a service name; {ServiceName.Rule}");
    }

    private (ServiceDraft, Section) ReadService(Section service, Instance instance, string definition)
    {
        service.Problems.Lack = null;
        var expansion = instance.Number is { } number ? Expansion.OfEnvironment.With([new("INSTANCE", number.ToString(CultureInfo.InvariantCulture))]) : Expansion.OfEnvironment;
        // A number of instances cannot be a default, so there is none to take back.
        var own = service.Object with { Members = [.. service.Object.Members.Where(member => member.Name != "instances")] };
        var inherited = defaults is null ? null : defaults with { Object = Left(defaults.Object, own) };
        var variables = ReadEnvFiles(service, inherited, expansion);
        expansion = expansion.With(variables.Where(variable => variable.Key != "INSTANCE" || instance.Number is null));
        var initial = ReadDefaults(inherited, instance.Name, variables, expansion);
        var draft = ResolvePaths(ServiceKeys.OfService.Apply(initial, expansion.In(service)));
        ServiceRules.CheckShared(draft);
        draft = draft.ForInstance(instance, definition, service);
        ServiceRules.CheckService(draft, service);
        _endpoints.Claim(draft, service);
        return (draft with { Config = draft.Config with { Lack = service.Problems.Lack } }, service);
    }

    /// <summary>The defaults without what a service takes back by a null.</summary>
    private static Node.Object Left(Node.Object defaults, Node.Object own) => defaults with
    {
        Members = [.. from member in defaults.Members
                      let mine = own.Members.FirstOrDefault(other => other.Name == member.Name)?.Value
                      where mine is not Node.Literal { Value: null }
                      select (member.Value, mine) is (Node.Object inner, Node.Object less) ? member with { Value = Left(inner, less) } : member],
    };

    private ServiceDraft ReadDefaults(Section? defaults, string name, ImmutableSortedDictionary<string, string> variables, Expansion expansion)
    {
        var initial = ServiceDraft.Initial(folder, variables);
        if (defaults is null)
            return initial.For(name);
        var draft = ResolvePaths(ServiceKeys.OfDefaults.Apply(initial, expansion.In(defaults)));
        ServiceRules.CheckShared(draft);
        return draft.For(name);
    }

    /// <summary>What is in the files that the service names, or else the defaults.</summary>
    private ImmutableSortedDictionary<string, string> ReadEnvFiles(Section service, Section? defaults, Expansion expansion)
    {
        var at = PlaceOfEnvFile(service, expansion) ?? (defaults is null ? null : PlaceOfEnvFile(defaults, expansion));
        var variables = ImmutableSortedDictionary<string, string>.Empty;
        return at is not null && EnvFileValue.Read(at, out var files)
            ? files.Aggregate(variables, (all, file) => all.SetItems(EnvFile.Read(AbsolutePath.Resolve(file.Path, folder), file.At)))
            : variables;
    }

    private static Place? PlaceOfEnvFile(Section section, Expansion expansion)
    {
        if (section.Members.FirstOrDefault(member => member is { Name: "env_file", Value: not Node.Literal { Value: null } }) is not { } member)
            return null;
        var alone = expansion.In(section with { Object = section.Object with { Members = [member] } });
        return alone.Of(alone.Members[0]);
    }

    private ServiceDraft ResolvePaths(ServiceDraft draft) =>
        draft with { Config = draft.Config with { WorkingDir = AbsolutePath.Resolve(draft.Config.WorkingDir, folder) } };
}
