using System.Collections.Immutable;

namespace Supervisor.Configuration;

/// <summary>An object of the configuration while it is read.</summary>
internal abstract record Draft
{
    /// <summary>The keys given in the object.</summary>
    public GivenKeys Given { get; init; } = new();

    /// <summary>What was written for each key: enough to see that it has changed.</summary>
    public ImmutableSortedDictionary<string, string> Written { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}
