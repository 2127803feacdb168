using System.Globalization;
using System.Text.Json.Nodes;

namespace Supervisor.Converters;

/// <summary>A file of another program.</summary>
/// <param name="Path">As the user named it.</param>
/// <param name="Text">What is in it.</param>
/// <param name="IsComputed">Whether that is not what stands in it, so that nothing has a line there.</param>
internal sealed record Source(string Path, string Text, bool IsComputed = false)
{
    /// <summary>Its name without its folder.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>Its absolute folder.</summary>
    public string Folder { get; } = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path)) ?? "/";

    /// <summary>A place in it that has nothing but a text.</summary>
    public Setting At(int line, string key, string text = "") => new(this, key, new Node.Text(new(line, 1), text));
}

/// <summary>A key of another program's configuration, and its value. What cannot be read is null.</summary>
internal sealed record Setting(Source Source, string Key, Node Node)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(3_600_000_000);

    /// <summary>File, line and column.</summary>
    public string Place => Source.IsComputed ? Source.Path : $"{Source.Path}:{Node.Position.Line}:{Node.Position.Column}";

    /// <summary>A string, a number or a boolean, as text.</summary>
    public string? Text => Node switch
    {
        Node.Text text => text.Value,
        Node.Number number => number.Written,
        Node.Literal { Value: { } flag } => flag ? "true" : "false",
        _ => null,
    };

    /// <summary>The members of an object; none of what is no object, and none that are null.</summary>
    public IReadOnlyList<Setting> Members => Node is Node.Object value
        ? [.. value.Members.Where(member => member.Value is not Node.Literal { Value: null }).Select(member => new Setting(Source, member.Name, member.Value))]
        : [];

    /// <summary>The items of an array, or the value itself.</summary>
    public IReadOnlyList<Setting> Items => Node is Node.Array array ? [.. array.Items.Select(item => this with { Node = item })] : [this];

    /// <summary>The text as it has to be written.</summary>
    public JsonNode? Written => Text is { } text ? Placeholders.Literal(text) : null;

    /// <summary>A boolean, in any of the usual words.</summary>
    public bool? Flag => Text?.ToLowerInvariant() switch
    {
        "true" or "yes" or "on" or "1" => true,
        "false" or "no" or "off" or "0" => false,
        _ => null,
    };

    /// <summary>A whole number.</summary>
    public long? Number => long.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>A number of bytes: <c>50MB</c>, <c>512m</c>, <c>1G</c>, <c>1024</c>.</summary>
    public long? Size
    {
        get
        {
            var text = (Text ?? "").Trim().ToUpperInvariant().TrimEnd('B').TrimEnd('I');
            var shift = text.LastOrDefault() switch { 'K' => 10, 'M' => 20, 'G' => 30, 'T' => 40, _ => 0 };
            return decimal.TryParse(shift == 0 ? text : text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count) && count * (1L << shift) <= 1L << 50
                ? (long)(count * (1L << shift))
                : null;
        }
    }

    /// <summary>A size as configurations have it: in the largest unit that divides it, or else in bytes.</summary>
    public JsonNode? WrittenSize => Size is { } bytes and > 0 ? Os.Size.Format(bytes) is var text && Os.Size.TryParse(text, out _) ? text : bytes : null;

    /// <summary>A number of milliseconds, or text such as <c>1m30s</c>.</summary>
    public TimeSpan? Milliseconds => Duration(TimeSpan.TicksPerMillisecond);

    /// <summary>A number of seconds, or text such as <c>1m30s</c>.</summary>
    public TimeSpan? Seconds => Duration(TimeSpan.TicksPerSecond);

    /// <summary>A signal's name as configurations have it: of <c>TERM</c>, <c>sigterm</c> and <c>15</c>.</summary>
    public string? Signal
    {
        get
        {
            var name = Number is { } number and > 0 and < 32 ? Platform.Current.SignalName((int)number) : Platform.Current.SignalNamed(Text ?? "");
            return name is not null && ChoiceValue.Signal(new(new Node.Text(default, name), "", new("")), out _) ? name : null;
        }
    }

    private TimeSpan? Duration(long unit)
    {
        var text = Text ?? "";
        var duration = decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count) && count <= 1_000_000_000
            ? TimeSpan.FromTicks((long)(count * unit))
            : Os.Duration.TryParse(text, out var spelled) ? spelled : (TimeSpan?)null;
        return duration > Longest ? Longest : duration;
    }
}

/// <summary>Values as configurations have them.</summary>
internal static class Written
{
    /// <summary>A duration.</summary>
    public static JsonNode? Of(TimeSpan? duration) => duration is { } value ? Duration.Format(value) : null;

    /// <summary>An array of strings.</summary>
    public static JsonArray Of(IEnumerable<string> words) => [.. words.Select(word => (JsonNode)Placeholders.Literal(word))];
}
