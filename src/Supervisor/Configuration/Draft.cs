namespace Supervisor.Configuration;

/// <summary>An object of the configuration while it is read.</summary>
internal abstract record Draft
{
    /// <summary>The keys given in the object.</summary>
    public GivenKeys Given { get; init; } = new();
}
