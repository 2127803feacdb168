using Supervisor.Configuration.Json;

namespace Supervisor.Configuration;

/// <summary>A value in the file, the path that leads to it, and where to report what is wrong with it.</summary>
internal sealed record Place(Node Node, string Path, ProblemList Problems)
{
    /// <summary>Reports that the value is wrong. Always false, for a reader to return.</summary>
    public bool Fail(string message)
    {
        Problems.Add(Node.Position, Path, message);
        return false;
    }

    /// <summary>Reports that something else is wanted than what is there. Always false.</summary>
    public bool Expected(string wanted) => Fail($"must be {wanted}, not {Node.Description}");

    /// <summary>The places of the items, or none where this is no array.</summary>
    public IEnumerable<Place> Items() => Node is Node.Array array
        ? array.Items.Select((item, index) => new Place(item, KeyPath.Item(Path, index), Problems))
        : [];
}
