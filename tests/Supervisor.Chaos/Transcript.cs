namespace Supervisor.Chaos;

/// <summary>What the supervisor said on stderr: <c>TIME NAME: TEXT</c>.</summary>
internal sealed class Transcript
{
    private readonly Lock gate = new();
    private readonly List<string> lines = [];
    private readonly List<TimeSpan> times = [];

    public void Add(string? line)
    {
        lock (gate)
        {
            if (line is null)
                return;
            lines.Add(line);
            times.Add(Shortages.Now);
        }
    }

    /// <summary>How many lines of a service begin with one of these texts.</summary>
    public int Count(string service, params IReadOnlyList<string> beginnings) => Count(service, TimeSpan.Zero, TimeSpan.MaxValue, beginnings);

    /// <summary>The same, of those that came in a span of time.</summary>
    public int Count(string service, TimeSpan from, TimeSpan to, params IReadOnlyList<string> beginnings)
    {
        lock (gate)
            return lines.Zip(times).Count(line => line.Second >= from && line.Second <= to
                && beginnings.Any(beginning => line.First.Contains($"Z {service}: {beginning}", StringComparison.Ordinal)));
    }

    /// <summary>How many lines contain a text.</summary>
    public int Count(string text)
    {
        lock (gate)
            return lines.Count(line => line.Contains(text, StringComparison.Ordinal));
    }

    /// <summary>The last words, of a service or of all.</summary>
    public string Tail(string service, int count)
    {
        lock (gate)
            return string.Join('\n', lines.Where(line => line.Contains(service, StringComparison.Ordinal)).TakeLast(count).Select(line => "    " + line));
    }
}
