namespace Supervisor.Chaos;

/// <summary>What the supervisor said on stderr: <c>TIME NAME: TEXT</c>.</summary>
internal sealed class Transcript
{
    private readonly Lock gate = new();
    private readonly List<string> lines = [];

    public void Add(string? line)
    {
        lock (gate)
        {
            if (line is not null)
                lines.Add(line);
        }
    }

    /// <summary>How many lines of a service begin with one of these texts.</summary>
    public int Count(string service, params ReadOnlySpan<string> beginnings)
    {
        var count = 0;
        foreach (var beginning in beginnings)
        {
            lock (gate)
                count += lines.Count(line => line.Contains($"Z {service}: {beginning}", StringComparison.Ordinal));
        }
        return count;
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
