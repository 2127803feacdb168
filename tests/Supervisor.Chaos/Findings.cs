using System.Collections.Concurrent;

namespace Supervisor.Chaos;

/// <summary>What does not hold, and what was counted on the way.</summary>
internal sealed class Findings
{
    private const int MostViolations = 30;

    private readonly ConcurrentDictionary<string, long> counts = new();
    private readonly ConcurrentQueue<string> violations = new();

    /// <summary>What does not hold.</summary>
    public IReadOnlyCollection<string> Violations => violations;

    /// <summary>Something does not hold.</summary>
    public void Violated(string what)
    {
        // The first ones tell; a thousand of the same kind tell no more.
        if (violations.Count >= MostViolations || violations.Contains(what))
            return;
        violations.Enqueue(what);
        Console.Error.WriteLine($"chaos: VIOLATED: {what}");
    }

    /// <summary>Unless it holds.</summary>
    public void Expect(bool holds, string otherwise)
    {
        if (!holds)
            Violated(otherwise);
    }

    /// <summary>One more of these.</summary>
    public void Count(string kind, string what, long by = 1) => counts.AddOrUpdate($"{kind}/{what}", by, (_, count) => count + by);

    /// <summary>The largest of these.</summary>
    public void Largest(string kind, string what, long value) => counts.AddOrUpdate($"{kind}/{what}", value, (_, largest) => Math.Max(largest, value));

    /// <summary>What was counted of a kind.</summary>
    public IEnumerable<(string What, long Count)> Counted(string kind) =>
        from pair in counts
        where pair.Key.StartsWith(kind + "/", StringComparison.Ordinal)
        orderby pair.Key
        select (pair.Key[(kind.Length + 1)..], pair.Value);
}
