namespace Dispatch;

/// <summary>The target of a request: <c>/path?key=value&amp;key=value</c>. GET and POST mean the same.</summary>
internal sealed record Request(string Path, string[] Pairs)
{
    /// <param name="line">The first line of a request: <c>GET /health HTTP/1.1</c>.</param>
    public static Request Parse(string line)
    {
        var target = line.Split(' ') is [_, var second, ..] ? second : "";
        return target.Split('?', 2) is [var path, var query]
            ? new Request(path, query.Split('&'))
            : new Request(target, []);
    }

    /// <returns>The value as it came: none that is understood here needs escapes.</returns>
    public string? Query(string key) =>
        Array.Find(Pairs, pair => pair.StartsWith($"{key}=", StringComparison.Ordinal))?[(key.Length + 1)..];

    public int? Count(string key) => Query(key) is { } text ? Value.Count(text) : null;

    public bool Flag(string key) => Query(key) is { } text && Value.Flag(text);
}
