using Supervisor.Configuration.Json;

namespace Supervisor.Configuration.Values;

/// <summary>Reads the paths of files of variables.</summary>
internal static class EnvFileValue
{
    /// <summary>One path, or several of which the later ones win.</summary>
    public static bool Read(Place at, out IReadOnlyList<(string Path, Place At)> value)
    {
        var paths = new List<(string, Place)>();
        value = paths;
        if (at.Node is not (Node.Text or Node.Array))
            return at.Expected("a path, or an array of paths");
        var items = at.Node is Node.Array ? [.. at.Items()] : new[] { at };
        foreach (var item in items)
            if (TextValue.FilePath(item, out var path))
                paths.Add((path, item));
        return paths.Count == items.Length;
    }
}
