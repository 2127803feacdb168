using System.Collections.Immutable;
using System.Globalization;

namespace Supervisor.Configuration;

/// <summary>A JSON value that knows where it stands.</summary>
public abstract record Node(Position Position)
{
    /// <summary>What it is, in the words of an error message.</summary>
    public abstract string Description { get; }

    /// <summary>The same text for the same value, however it is laid out.</summary>
    public string ToText() => this switch
    {
        Object node => $"{{{string.Join(',', node.Members.Select(member => $"{member.Name.Length}:{member.Name}={member.Value.ToText()}"))}}}",
        Array node => $"[{string.Join(',', node.Items.Select(item => item.ToText()))}]",
        Text node => $"{node.Value.Length}:{node.Value}",
        Number node => $"{node.Value:R}",
        _ => Description,
    };

    /// <summary>The number or flag that a text with a variable in it has come to; every other value as it is, a text without variables too.</summary>
    public Node Scalar => this is not Text text || text.Value == text.Written ? this : text.Value switch
    {
        "true" or "false" => new Literal(Position, text.Value == "true"),
        _ when double.TryParse(text.Value, NumberStyles.Float & ~NumberStyles.AllowLeadingWhite & ~NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number) => new Number(Position, number, text.Written),
        _ => this,
    };

    /// <summary>An object; of members with the same name it holds the first.</summary>
    public sealed record Object(Position Position, ImmutableArray<Member> Members) : Node(Position)
    {
        public override string Description => "an object";
    }

    /// <summary>An array.</summary>
    public sealed record Array(Position Position, ImmutableArray<Node> Items) : Node(Position)
    {
        public override string Description => "an array";
    }

    /// <summary>A string.</summary>
    public sealed record Text(Position Position, string Value) : Node(Position)
    {
        /// <summary>As it stands in the file: what takes the place of a variable may be secret.</summary>
        public string Written { get; init; } = Value;

        public override string Description => Value == Written ? Printable.Quote(Written) : $"what {Printable.Quote(Written)} stands for";
    }

    /// <summary>A number; infinite where it is too large for a <see cref="double"/>.</summary>
    public sealed record Number(Position Position, double Value, string Written) : Node(Position)
    {
        public override string Description => Printable.Shorten(Written);
    }

    /// <summary>True, false or null.</summary>
    public sealed record Literal(Position Position, bool? Value) : Node(Position)
    {
        public override string Description => Value switch { true => "true", false => "false", null => "null" };
    }
}

/// <summary>A key of an object, and its value.</summary>
public sealed record Member(string Name, Position Position, Node Value);
