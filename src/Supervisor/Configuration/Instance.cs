using Supervisor.Configuration.Json;

namespace Supervisor.Configuration;

/// <summary>A service that a definition stands for: itself, or one of several.</summary>
/// <param name="Name">The service's name.</param>
/// <param name="Number">From 1, or null for the definition itself.</param>
internal sealed record Instance(string Name, int? Number)
{
    /// <summary>The most that one definition may stand for.</summary>
    public const int Most = 1000;

    /// <summary>The services of a definition.</summary>
    public static IEnumerable<Instance> Of(Member definition) => Count(definition) is { } count
        ? Enumerable.Range(1, count).Select(number => new Instance($"{definition.Name}-{number}", number))
        : [new(definition.Name, null)];

    // A number that makes no sense is reported where it is read.
    private static int? Count(Member definition) =>
        (definition.Value as Node.Object)?.Members.FirstOrDefault(member => member.Name == "instances")?.Value is Node.Number { Value: >= 1 and <= Most and var count } && double.IsInteger(count)
            ? (int)count
            : null;
}
