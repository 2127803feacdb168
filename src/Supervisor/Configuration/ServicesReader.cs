using System.Collections.Immutable;
using Supervisor.Configuration.Json;
using Supervisor.Configuration.Values;

namespace Supervisor.Configuration;

/// <summary>Reads <c>defaults</c> and <c>services</c>.</summary>
/// <param name="folder">The absolute folder that relative paths start from.</param>
internal sealed class ServicesReader(string folder)
{
    private readonly HealthEndpoints _endpoints = new();

    /// <summary>What every service starts from.</summary>
    public ServiceDraft ReadDefaults(Section? defaults)
    {
        var initial = ServiceDraft.Initial(folder);
        if (defaults is null)
            return initial;
        var draft = ResolvePaths(ServiceKeys.OfDefaults.Apply(initial, defaults));
        ServiceRules.CheckShared(draft);
        return draft;
    }

    /// <summary>The services in the file's order; one with a problem is incomplete or missing.</summary>
    public ImmutableArray<ServiceConfig> Read(Section services, ServiceDraft defaults)
    {
        if (services.Members.IsEmpty)
            services.Fail($"needs at least one service; write for example {ConfigurationFile.Example}");
        var drafts = services.Members.Select(member => ReadMember(services, member, defaults)).OfType<(ServiceDraft Draft, Section)>().ToList();
        DependencyRules.Check([.. services.Members.Select(member => member.Name)], drafts);
        return [.. drafts.Select(one => one.Draft.Finish())];
    }

    private (ServiceDraft, Section)? ReadMember(Section services, Member member, ServiceDraft defaults)
    {
        if (!ServiceName.IsValid(member.Name))
            services.FailAtKey(member, $"{Printable.Quote(member.Name)} is not a service name; {ServiceName.Rule}");
        return SectionValue.Read(services.Of(member), out var service) ? ReadService(service, defaults.For(member.Name)) : null;
    }

    private (ServiceDraft, Section) ReadService(Section service, ServiceDraft initial)
    {
        var draft = ResolvePaths(ServiceKeys.OfService.Apply(initial, service));
        ServiceRules.CheckShared(draft);
        ServiceRules.CheckService(draft, service);
        _endpoints.Claim(draft, service);
        return (draft, service);
    }

    private ServiceDraft ResolvePaths(ServiceDraft draft) =>
        draft with { Config = draft.Config with { WorkingDir = AbsolutePath.Resolve(draft.Config.WorkingDir, folder) } };
}
