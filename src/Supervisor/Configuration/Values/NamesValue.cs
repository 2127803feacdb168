using Supervisor.Configuration.Json;

namespace Supervisor.Configuration.Values;

/// <summary>Reads names of services. Whether there are such services is not known yet.</summary>
internal static class NamesValue
{
    /// <summary>An array of names, each once; it may be empty.</summary>
    public static bool Read(Place at, out IReadOnlyList<string> value)
    {
        var names = new List<string>();
        value = [];
        if (at.Node is not Node.Array array)
            return at.Expected("""an array of names of services, such as ["postgres"]""");
        foreach (var item in at.Items())
            if (TextValue.Any(item, out var name) && (!names.Contains(name) || item.Fail($"{Printable.Quote(name)} is named twice; once is enough")))
                names.Add(name);
        value = names.Count == 0 ? [] : [.. names];
        return names.Count == array.Items.Length;
    }
}
