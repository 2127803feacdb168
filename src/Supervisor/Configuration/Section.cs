using System.Collections.Immutable;
using Supervisor.Configuration.Json;

namespace Supervisor.Configuration;

/// <summary>An object in the file, the path that leads to it, and where to report what is wrong in it.</summary>
internal sealed record Section(Node.Object Object, string Path, ProblemList Problems)
{
    /// <summary>The keys and their values, in the file's order.</summary>
    public ImmutableArray<Member> Members => Object.Members;

    /// <summary>The place of a member's value.</summary>
    public Place Of(Member member) => new(member.Value, KeyPath.Member(Path, member.Name), Problems);

    /// <summary>Reports that a key is wrong as such.</summary>
    public void FailAtKey(Member member, string message) =>
        Problems.Add(member.Position, KeyPath.Member(Path, member.Name), message);

    /// <summary>Reports a problem of a key that is not there.</summary>
    public void FailWithout(string key, string message) =>
        Problems.Add(Object.Position, KeyPath.Member(Path, key), message);

    /// <summary>Reports a problem of the object as a whole.</summary>
    public void Fail(string message) => Problems.Add(Object.Position, Path, message);
}
