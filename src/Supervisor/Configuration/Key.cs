using System.Diagnostics.CodeAnalysis;

namespace Supervisor.Configuration;

/// <summary>Reads a value, or reports why it cannot and returns false.</summary>
internal delegate bool ValueReader<T>(Place at, [MaybeNullWhen(false)] out T value);

/// <summary>A key of an object in the configuration.</summary>
/// <param name="Name">As written in the file.</param>
/// <param name="Apply">Reads the value at a place into a draft; a wrong one is reported and leaves the draft's value as it is.</param>
internal sealed record Key<TDraft>(string Name, Func<TDraft, Place, TDraft> Apply) where TDraft : Draft
{
    /// <summary>A key with the way to read its value and the way to set it.</summary>
    public static Key<TDraft> Of<T>(string name, ValueReader<T> read, Func<TDraft, T, TDraft> set) =>
        new(name, (draft, at) => read(at, out var value)
            ? set(draft with { Given = draft.Given.WithSound(name, at), Written = draft.Written.SetItem(name, at.Node.ToText()) }, value)
            : draft with { Given = draft.Given.WithUnsound(name) });
}
