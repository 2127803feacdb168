using System.Collections.Immutable;

namespace Supervisor.Configuration;

/// <summary>What must hold of <c>depends_on</c> once all services are known: each name is one of theirs, and none leads back to itself.</summary>
public static class DependencyRules
{
    /// <summary>Reports every name that nobody bears, and every cycle once.</summary>
    /// <param name="names">Of all services, those with a problem included.</param>
    /// <param name="drafts">The services that could be read.</param>
    public static void Check(IReadOnlyCollection<string> names, IReadOnlyList<(ServiceDraft Draft, Section Section)> drafts)
    {
        var (known, dependencies) = (names.ToHashSet(), drafts.DistinctBy(one => one.Draft.Config.Spec.Name).ToDictionary(one => one.Draft.Config.Spec.Name));
        foreach (var (draft, section) in drafts)
            foreach (var name in draft.Config.Spec.DependsOn)
                if (!known.Contains(name))
                    Fail(draft, section, name, Unknown(names, name));
                else if (draft.Config.Spec.Conditions.GetValueOrDefault(name) == Condition.Completed && dependencies.TryGetValue(name, out var other) && other.Draft.Config.Spec.Restart == RestartMode.Always && other.Draft.Given.AreSound("restart"))
                    Fail(draft, section, name, $"{name} is never completed, for it is always restarted; give it \"restart\": \"on-failure\" or \"no\"");
        DependencyOrder.Of(dependencies.Keys, name => dependencies[name].Draft.Config.Spec.DependsOn.Where(dependencies.ContainsKey), FailCycle);

        void FailCycle(IReadOnlyList<string> cycle)
        {
            var (draft, section) = dependencies[cycle[0]];
            Fail(draft, section, cycle[1], cycle.Count == 2
                ? $"{cycle[0]} cannot depend on itself; remove it"
                : $"goes round in a circle: {string.Join(" -> ", cycle)}; none of them could ever start, so remove one of these");
        }
    }

    /// <summary>Who depends on a definition depends on all of its instances.</summary>
    public static ServiceDraft OnInstances(ServiceDraft draft, IReadOnlyList<(ServiceDraft Draft, Section Section)> drafts)
    {
        var spec = draft.Config.Spec;
        if (!spec.DependsOn.Any(name => drafts.Any(one => one.Draft.Config.Definition == name)))
            return draft;
        var conditions = spec.Conditions.SelectMany(one => Instances(one.Key), (one, name) => KeyValuePair.Create(name, one.Value)).ToImmutableSortedDictionary(StringComparer.Ordinal);
        return draft with { Config = draft.Config with { Spec = spec with { DependsOn = [.. spec.DependsOn.SelectMany(Instances)], Conditions = conditions } } };

        IEnumerable<string> Instances(string name) =>
            drafts.Where(one => one.Draft.Config.Definition == name).Select(one => one.Draft.Config.Spec.Name).DefaultIfEmpty(name);
    }

    /// <summary>At the very name where the service itself gives it; else at the service, which has it from <c>defaults</c>.</summary>
    private static void Fail(ServiceDraft draft, Section section, string name, string message)
    {
        var given = draft.Given.Find("depends_on");
        var place = given?.Items().FirstOrDefault(item => item.Node is Node.Text text && text.Value == name) ?? (given is null ? null : SectionValue.Find(given, name));
        if (place is not null)
            place.Fail(message);
        else
            section.FailWithout("depends_on", message);
    }

    private static string Unknown(IReadOnlyCollection<string> names, string name) =>
        $"no service is named {Printable.Quote(name)}{Nearest.Suggestion(name, names, otherwise: $"; there are {string.Join(", ", names)}", quote: "")}";
}
