using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Supervisor.Converters;

/// <summary>Recognizes by name and content whose configuration a file is, and has it converted.</summary>
internal sealed partial class ImportSource(string path, byte[] content, ProblemList losses)
{
    private const string Known = "a supervisord.conf, a Procfile, PM2's ecosystem.config.json or a compose file in JSON";

    /// <summary>Converts the file into services; what is left behind is reported.</summary>
    /// <exception cref="InvalidDataException">It is none that is known; the message says what to do.</exception>
    public void Convert(Conversion conversion)
    {
        var text = Encoding.UTF8.GetString(content);
        var name = Path.GetFileName(path);
        if (text.TrimStart().StartsWith('{') || text.TrimStart().StartsWith('[') && !ProgramSection().IsMatch(text))
            ConvertJson(conversion);
        else if (ProgramSection().IsMatch(text))
            new SupervisordImport(conversion).Convert(SectionOf(IniReader.Read(text, losses)));
        else if (Path.GetExtension(name) is ".js" or ".cjs" or ".mjs" or ".ts")
            throw new InvalidDataException($"is JavaScript, which is not run here; have Node write it as JSON: node -p 'JSON.stringify(require(\"./{name}\"))' > ecosystem.config.json");
        else if (Path.GetExtension(name) is ".yml" or ".yaml")
            throw new InvalidDataException("is YAML, which is not read here; have docker write it as JSON: docker compose config --format json > compose.json");
        else if (name.Contains("Procfile", StringComparison.OrdinalIgnoreCase) || ProcfileImport.IsOne(text))
            new ProcfileImport(conversion).Convert(SectionOf(ProcfileImport.Read(text, losses)));
        else
            throw new InvalidDataException($"is not recognized; what can be converted is {Known}");
    }

    private void ConvertJson(Conversion conversion)
    {
        if (NodeParser.Parse(content, losses) is not { } root)
            throw new InvalidDataException("is not valid JSON, as said above");
        var members = root is Node.Object value ? value.Members.Select(member => member.Name).ToHashSet() : [];
        if (root is Node.Array || members.Contains("apps") || members.Contains("script"))
            new Pm2Import(conversion).Convert(new(root, "", losses));
        else if (members.Contains("services") && !IsOurs(root))
            new ComposeImport(conversion).Convert(SectionOf((Node.Object)root));
        else
            throw new InvalidDataException(IsOurs(root) ? "is a configuration of this program already" : $"is not recognized; what can be converted is {Known}");
    }

    private static bool IsOurs(Node root) =>
        root is Node.Object value && value.Members.FirstOrDefault(member => member.Name == "services")?.Value is Node.Object services
        && services.Members.Any(service => service.Value is Node.Object keys && keys.Members.Any(key => key.Name == "cmd"));

    private Section SectionOf(Node.Object root) => new(root, "", losses);

    [GeneratedRegex(@"^\[(program|include|supervisord|eventlistener|fcgi-program|group)[:\]]", RegexOptions.Multiline)]
    private static partial Regex ProgramSection();
}

/// <summary>Reads values as other programs write them. What cannot be read is reported, and null.</summary>
internal static class ForeignText
{
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

    /// <summary>A size as configurations have it: in the largest unit that divides it, or else in bytes.</summary>
    public static JsonNode? Written(this long? size) => size switch
    {
        null => null,
        { } bytes => Size.Format(bytes) is var text && Size.TryParse(text, out _) ? JsonValue.Create(text) : JsonValue.Create(bytes),
    };

    /// <summary>An array of strings as configurations have it.</summary>
    public static JsonArray Written(this IEnumerable<string> words) => [.. words.Select(word => (JsonNode)JsonValue.Create(word))];
}
