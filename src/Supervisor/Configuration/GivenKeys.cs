using System.Collections.Immutable;

namespace Supervisor.Configuration;

/// <summary>Which keys an object gives and where, for the rules that look at more than one key.</summary>
internal sealed record GivenKeys
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
