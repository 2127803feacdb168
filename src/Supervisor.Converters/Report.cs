using System.Text.RegularExpressions;

namespace Supervisor.Converters;

/// <summary>How much a difference matters, the worst first.</summary>
internal enum Weight
{
    /// <summary>What runs is not what ran: it has to be looked at before the first start.</summary>
    Danger,

    /// <summary>Something is done in another way, or not at all.</summary>
    Note,

    /// <summary>What this machine lacks, or what <c>check</c> says.</summary>
    Check,

    /// <summary>It changes nothing that a service does.</summary>
    Noise,
}

/// <summary>What a conversion could not carry over: a line for each key and reason, with the services that it is about.</summary>
internal sealed partial class Report
{
    private const int MostNames = 3;

    private readonly Dictionary<(Weight Weight, string Key, string Reason), Line> lines = [];

    /// <summary>Says something of a place in a file, unless it has been said; then the service is added to whom it is about.</summary>
    /// <param name="weight">How much it matters.</param>
    /// <param name="place">File, line and column.</param>
    /// <param name="service">Whom it is about; null for the file as a whole.</param>
    /// <param name="key">The key, or what else it is about; empty for a whole line.</param>
    /// <param name="reason">What becomes of it, and what to do.</param>
    public void Say(Weight weight, string place, string? service, string key, string reason)
    {
        if (!lines.TryGetValue((weight, key, reason), out var line))
            lines.Add((weight, key, reason), line = new(place, []));
        if (service is not null)
            line.Services.Add(service);
    }

    /// <summary>Adds what the reader of configurations says of the file that was written.</summary>
    public void Say(IEnumerable<Problem> problems)
    {
        foreach (var problem in problems)
        {
            var match = OfService().Match(problem.Path);
            Say(Weight.Check, string.Join(':', new object?[] { problem.File, problem.Line, problem.Column }.Where(part => part is not null)), match.Success ? match.Groups["name"].Value : null, match.Success ? match.Groups["key"].Value : problem.Path, SearchPath().Replace(problem.Message, " on PATH;"));
        }
    }

    /// <summary>The lines, the worst first; keys that have the same reason share one. Noise only if it is asked for, else a word on how much there is.</summary>
    public IEnumerable<string> Lines(bool isVerbose)
    {
        // Of many keys with the same reason, the services of all of them are told; of few, each its own.
        var many = isVerbose ? [] : lines.Keys.GroupBy(key => (key.Weight, key.Reason)).Where(group => group.Count() > MostNames).Select(group => group.Key).ToHashSet();
        var all = lines.GroupBy(line => many.Contains((line.Key.Weight, line.Key.Reason))
            ? (line.Key.Weight, line.Key.Reason, "", "")
            : (line.Key.Weight, line.Key.Reason, string.Join(' ', line.Value.Services), isVerbose ? line.Key.Key : "")).OrderBy(group => group.Key.Weight).ToList();
        var noise = lines.Keys.Count(key => key.Weight == Weight.Noise);
        return all.Where(group => isVerbose || group.Key.Weight != Weight.Noise)
            .Select(group => Printable.Escape(string.Join(": ", new[]
            {
                group.First().Value.Place,
                group.Key.Weight == Weight.Danger ? "warning" : "",
                Names([.. group.SelectMany(line => line.Value.Services).Distinct()], "services", isVerbose),
                Names([.. group.Select(line => Printable.Shorten(line.Key.Key))], "keys", isVerbose),
                group.Key.Reason,
            }.Where(part => part.Length > 0))))
            .Concat(isVerbose || noise == 0 ? [] : [$"{(noise == 1 ? "one more key" : $"{noise} more keys")} would change nothing; --verbose names {(noise == 1 ? "it" : "them")}"]);
    }

    private static string Names(IReadOnlyList<string> names, string what, bool isVerbose) =>
        isVerbose || names.Count <= MostNames ? string.Join(", ", names) : $"{names.Count} {what} ({string.Join(", ", names.Take(MostNames - 1))}, …)";

    private sealed record Line(string Place, HashSet<string> Services);

    // No key has a dot in it, but a name may.
    [GeneratedRegex(@"^services\.(?<name>.+?)(\.(?<key>(environment|limits|depends_on)\..*|[a-z_]+)(\[0\])?)?$", RegexOptions.Singleline)]
    private static partial Regex OfService();

    [GeneratedRegex(@" in any folder of PATH \(.*?\);")]
    private static partial Regex SearchPath();
}
