using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Supervisor.Configuration;

/// <summary>Reads a value, or reports why it cannot and returns false.</summary>
public delegate bool ValueReader<T>(Place at, [MaybeNullWhen(false)] out T value);

/// <summary>A key of an object in the configuration.</summary>
/// <param name="Name">As written in the file.</param>
/// <param name="Apply">Reads the value at a place into a draft; a wrong one is reported and leaves the draft's value as it is.</param>
public sealed record Key<TDraft>(string Name, Func<TDraft, Place, TDraft> Apply) where TDraft : Draft
{
    /// <summary>A key with the way to read its value and the way to set it.</summary>
    public static Key<TDraft> Of<T>(string name, ValueReader<T> read, Func<TDraft, T, TDraft> set) =>
        new(name, (draft, at) => read(at, out var value)
            ? set(draft with { Given = draft.Given.WithSound(name, at), Written = draft.Written.SetItem(name, at.Node.ToText()) }, value)
            : draft with { Given = draft.Given.WithUnsound(name) });
}

/// <summary>All keys that an object may have.</summary>
/// <param name="keys">The supported ones.</param>
/// <param name="refused">Those that are known and not accepted here, each with the reason and the remedy.</param>
public sealed class KeyTable<TDraft>(ImmutableArray<Key<TDraft>> keys, ImmutableDictionary<string, string> refused)
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

    private string Unknown(string name) =>
        $"is not a known key{Nearest.Suggestion(name, Names, otherwise: $"; known are {string.Join(", ", Names)}", quote: "")}";
}

/// <summary>Which keys an object gives and where, for the rules that look at more than one key.</summary>
public sealed record GivenKeys
{
    private ImmutableDictionary<string, Place> Sound { get; init; } = ImmutableDictionary<string, Place>.Empty;

    private ImmutableHashSet<string> Unsound { get; init; } = [];

    /// <summary>Where the value of a key stands, or null when this object does not give the key or its value is unreadable.</summary>
    public Place? Find(string key) => Sound.GetValueOrDefault(key);

    /// <summary>Whether no value of these keys was unreadable. One that was has been reported, and no rule can judge it.</summary>
    public bool AreSound(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
            if (Unsound.Contains(key))
                return false;
        return true;
    }

    /// <summary>With a key whose value could be read.</summary>
    public GivenKeys WithSound(string key, Place at) =>
        this with { Sound = Sound.SetItem(key, at), Unsound = Unsound.Remove(key) };

    /// <summary>With a key whose value could not be read.</summary>
    public GivenKeys WithUnsound(string key) => this with { Sound = Sound.Remove(key), Unsound = Unsound.Add(key) };

    /// <summary>What an object starts from that takes these as its defaults: it gives none of them itself.</summary>
    public GivenKeys AsDefaults() => new() { Unsound = Unsound };
}

/// <summary>An object of the configuration while it is read.</summary>
public abstract record Draft
{
    /// <summary>The keys given in the object.</summary>
    public GivenKeys Given { get; init; } = new();

    /// <summary>What was written for each key: enough to see that it has changed.</summary>
    public ImmutableSortedDictionary<string, string> Written { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}
