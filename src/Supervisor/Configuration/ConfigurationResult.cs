using System.Collections.Immutable;

namespace Supervisor.Configuration;

/// <summary>What reading a configuration came to.</summary>
internal abstract record ConfigurationResult<T>
{
    private ConfigurationResult()
    {
    }

    /// <summary>It is good.</summary>
    public sealed record Valid(T Value) : ConfigurationResult<T>;

    /// <summary>It is not, for at least one reason.</summary>
    public sealed record Invalid(ImmutableArray<Problem> Problems) : ConfigurationResult<T>;
}
