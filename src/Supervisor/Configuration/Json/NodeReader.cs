using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Supervisor.Configuration.Json;

/// <summary>Reads JSON tokens into nodes and reports duplicate keys on the way.</summary>
/// <param name="tokens">The tokens.</param>
/// <param name="cursor">Where they stand.</param>
/// <param name="problems">What is wrong.</param>
/// <param name="only">The one member of the root that is wanted; null for all.</param>
internal ref struct NodeReader(Utf8JsonReader tokens, TextCursor cursor, ProblemList problems, string? only)
{
    private Utf8JsonReader _tokens = tokens;

    /// <summary>The byte at which the token last read begins.</summary>
    public readonly long Offset => _tokens.TokenStartIndex;

    /// <summary>Whether the text was read to this length without finding a token: nothing but space and comments.</summary>
    public readonly bool FoundNothingIn(int length) => _tokens.TokenType == JsonTokenType.None && _tokens.BytesConsumed == length;

    /// <summary>Reads one value and makes sure that nothing follows it.</summary>
    public Node ReadDocument()
    {
        _tokens.Read();
        var root = ReadValue("");
        _tokens.Read();
        return root;
    }

    private Node ReadValue(string path)
    {
        var position = cursor.MoveTo(_tokens.TokenStartIndex);
        return _tokens.TokenType switch
        {
            JsonTokenType.StartObject => ReadObject(position, path),
            JsonTokenType.StartArray => ReadArray(position, path),
            JsonTokenType.String => new Node.Text(position, _tokens.GetString() ?? ""),
            JsonTokenType.Number => new Node.Number(position, _tokens.GetDouble(), Encoding.UTF8.GetString(_tokens.ValueSpan)),
            JsonTokenType.True => new Node.Literal(position, true),
            JsonTokenType.False => new Node.Literal(position, false),
            _ => new Node.Literal(position, null),
        };
    }

    private Node.Object ReadObject(Position position, string path)
    {
        var members = ImmutableArray.CreateBuilder<Member>();
        var firsts = new Dictionary<string, Position>();
        while (_tokens.Read() && _tokens.TokenType != JsonTokenType.EndObject)
        {
            if (path.Length == 0 && only is not null && !_tokens.ValueTextEquals(only))
            {
                _tokens.Skip();
                continue;
            }
            var member = ReadMember(path);
            if (firsts.TryAdd(member.Name, member.Position))
                members.Add(member);
            else
                ReportDuplicate(member, firsts[member.Name], path);
        }
        return new(position, members.ToImmutable());
    }

    private Member ReadMember(string path)
    {
        var position = cursor.MoveTo(_tokens.TokenStartIndex);
        var name = _tokens.GetString() ?? "";
        _tokens.Read();
        return new(name, position, ReadValue(KeyPath.Member(path, name)));
    }

    private Node.Array ReadArray(Position position, string path)
    {
        var items = ImmutableArray.CreateBuilder<Node>();
        while (_tokens.Read() && _tokens.TokenType != JsonTokenType.EndArray)
            items.Add(ReadValue(KeyPath.Item(path, items.Count)));
        return new(position, items.ToImmutable());
    }

    private readonly void ReportDuplicate(Member second, Position first, string path) =>
        problems.Add(
            second.Position,
            KeyPath.Member(path, second.Name),
            $"is given twice, first at {first.Line}:{first.Column}; keep one of them");
}
