namespace Supervisor.Chaos;

/// <summary>What is said at the end.</summary>
internal static class Summary
{
    /// <returns>0, or 1 if something does not hold.</returns>
    public static int Print(Options options, Findings findings, bool interrupted)
    {
        foreach (var group in new[] { "faults", "outlived", "commands", "restarts", "lines", "samples", "largest", "slowest" })
            Console.Out.WriteLine($"{group + ":",-12} {string.Join(", ", findings.Counted(group).Select(one => $"{one.What} {one.Count}"))}");
        foreach (var violation in findings.Violations)
            Console.Out.WriteLine($"violated:    {violation}");
        Console.Out.WriteLine((interrupted, findings.Violations.Count) switch
        {
            (true, _) => "chaos: interrupted",
            (_, 0) => "chaos: ok",
            _ => $"chaos: failed; again with --seed {options.Seed}",
        });
        return interrupted || findings.Violations.Count > 0 ? 1 : 0;
    }
}
