using System.Collections.Immutable;
using Supervisor.Configuration.Json;

namespace Supervisor.Configuration;

/// <summary>All keys that an object may have.</summary>
/// <param name="keys">The supported ones.</param>
/// <param name="refused">Those that are known and not accepted here, each with the reason and the remedy.</param>
internal sealed class KeyTable<TDraft>(ImmutableArray<Key<TDraft>> keys, ImmutableDictionary<string, string> refused)
    where TDraft : Draft
{
    private readonly Dictionary<string, Key<TDraft>> _keys = keys.ToDictionary(key => key.Name);

    /// <summary>The names of the supported keys.</summary>
    public IEnumerable<string> Names => keys.Select(key => key.Name);

    /// <summary>Applies every member of an object and reports those that it may not have.</summary>
    public TDraft Apply(TDraft draft, Section section) =>
        section.Members.Aggregate(draft, (current, member) => Apply(current, section, member));

    private TDraft Apply(TDraft draft, Section section, Member member)
    {
        if (_keys.TryGetValue(member.Name, out var key))
            return key.Apply(draft, section.Of(member));
        section.FailAtKey(member, refused.GetValueOrDefault(member.Name) ?? Unknown(member.Name));
        return draft;
    }

    private string Unknown(string name) => Nearest.To(name, Names) is { } meant
        ? $"is not a known key; did you mean {meant}?"
        : $"is not a known key; known are {string.Join(", ", Names)}";
}
