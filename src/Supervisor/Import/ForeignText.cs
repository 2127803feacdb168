using System.Globalization;
using System.Text.Json.Nodes;
using Supervisor.Configuration;
using Supervisor.Configuration.Json;
using Supervisor.Configuration.Values;

namespace Supervisor.Import;

/// <summary>Reads values as other programs write them. What cannot be read is reported, and null.</summary>
internal static class ForeignText
{
    private static readonly (string Unit, int Shift)[] Units = [("GB", 30), ("MB", 20), ("KB", 10)];

    /// <summary>Reports that something is left behind, and why.</summary>
    public static void Lose(this Place at, string reason) => at.Fail($"is not carried over: {reason}");

    /// <summary>A member of an object, if it is there and not null.</summary>
    public static Place? Find(this Section section, string key) =>
        section.Members.FirstOrDefault(member => member.Name == key && member.Value is not Node.Literal { Value: null }) is { } member ? section.Of(member) : null;

    /// <summary>The value as an object; empty, and reported, where it is none.</summary>
    public static Section AsSection(this Place at)
    {
        if (at.Node is Node.Object value)
            return new(value, at.Path, at.Problems);
        at.Lose("it is not an object");
        return new(new(at.Node.Position, []), at.Path, at.Problems);
    }

    /// <summary>A string, a number or a boolean, as text; null for anything else.</summary>
    public static string? AsText(this Place at) => at.Node switch
    {
        Node.Text text => text.Value,
        Node.Number number => number.Written,
        Node.Literal { Value: { } flag } => flag ? "true" : "false",
        _ => null,
    };

    /// <summary>Arguments, as an array or as one line that is split as a shell does; none where there is no value.</summary>
    public static IEnumerable<string> AsWords(this Place? at)
    {
        if (at?.Node is Node.Array)
            return at.Items().Select(item => item.AsText() ?? "");
        if (at?.AsText() is not { } line)
            return [];
        if (ShellWords.Split(line) is { } words)
            return words;
        at.Lose("a quote is not closed");
        return [];
    }

    /// <summary>A boolean, in any of the usual words.</summary>
    public static bool? AsFlag(this Place at) => at.AsText()?.ToLowerInvariant() switch
    {
        "true" or "yes" or "on" or "1" => true,
        "false" or "no" or "off" or "0" => false,
        _ => null,
    };

    /// <summary>A whole number that is not negative.</summary>
    public static int? AsNumber(this Place at) =>
        int.TryParse(at.AsText(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>A duration: text such as <c>1m30s</c>, or a number of <paramref name="unit"/>.</summary>
    public static TimeSpan? AsDuration(this Place at, TimeSpan unit)
    {
        var text = at.AsText() ?? "";
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count) && count <= 1e9)
            return count * unit;
        return Duration.TryParse(text, out var duration) ? duration : null;
    }

    /// <summary>A number of bytes: <c>50MB</c>, <c>512m</c>, <c>1G</c>, <c>1024</c>.</summary>
    public static long? AsSize(this Place at)
    {
        var text = (at.AsText() ?? "").Trim().ToUpperInvariant().TrimEnd('B').TrimEnd('I');
        var shift = text.LastOrDefault() switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        return decimal.TryParse(shift == 0 ? text : text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count) && count <= 1_000_000_000
            ? (long)(count * (1L << shift))
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : null;
    }

    /// <summary>A duration as configurations have it.</summary>
    public static JsonNode? Written(this TimeSpan? duration) => duration is { } value ? JsonValue.Create(Duration.Format(value)) : null;

    /// <summary>A size as configurations have it, in the largest unit that divides it.</summary>
    public static JsonNode? Written(this long? size)
    {
        if (size is not { } bytes)
            return null;
        var unit = Units.FirstOrDefault(unit => bytes > 0 && bytes % (1L << unit.Shift) == 0 && bytes >> unit.Shift <= 999_999);
        return unit.Unit is null ? JsonValue.Create(bytes) : JsonValue.Create($"{bytes >> unit.Shift}{unit.Unit}");
    }

    /// <summary>An array of strings as configurations have it.</summary>
    public static JsonArray Written(this IEnumerable<string> words) => [.. words.Select(word => (JsonNode)JsonValue.Create(word))];
}
