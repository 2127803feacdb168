using System.Collections.Immutable;

namespace Supervisor.Configuration;

/// <summary>An object in the file, the path that leads to it, and where to report what is wrong in it.</summary>
public sealed record Section(Node.Object Object, string Path, ProblemList Problems)
{
    /// <summary>The keys and their values, in the file's order.</summary>
    public ImmutableArray<Member> Members => Object.Members;

    /// <summary>The place of a member's value.</summary>
    public Place Of(Member member) => new(member.Value, KeyPath.Member(Path, member.Name), Problems);

    /// <summary>Reports that a key is wrong as such.</summary>
    public void FailAtKey(Member member, string message) =>
        Problems.Add(member.Position, KeyPath.Member(Path, member.Name), message);

    /// <summary>Reports a problem of a key that is not there.</summary>
    public void FailWithout(string key, string message, bool ofMachine = false) =>
        Problems.Add(Object.Position, KeyPath.Member(Path, key), message, ofMachine);

    /// <summary>Reports a problem of the object as a whole.</summary>
    public void Fail(string message) => Problems.Add(Object.Position, Path, message);
}

/// <summary>A value in the file, the path that leads to it, and where to report what is wrong with it.</summary>
public sealed record Place(Node Node, string Path, ProblemList Problems)
{
    /// <summary>Reports that the value is wrong. Always false, for a reader to return.</summary>
    public bool Fail(string message)
    {
        Problems.Add(Node.Position, Path, message);
        return false;
    }

    /// <summary>Reports that the machine lacks what the value means, which may change without an edit. Always false.</summary>
    public bool Lack(string message)
    {
        Problems.Lack ??= $"{Path}: {message}";
        return Miss(message);
    }

    /// <summary>The same of what is looked for again whenever it is needed, so that the value can be gone on with all the same. Always false.</summary>
    public bool Miss(string message)
    {
        Problems.Add(Node.Position, Path, message, ofMachine: true);
        return false;
    }

    /// <summary>Reports that something else is wanted than what is there. Always false.</summary>
    public bool Expected(string wanted) => Fail($"must be {wanted}, not {Node.Description}");

    /// <summary>The places of the items, or none where this is no array.</summary>
    public IEnumerable<Place> Items() => Node is Node.Array array
        ? array.Items.Select((item, index) => new Place(item, KeyPath.Item(Path, index), Problems))
        : [];
}
