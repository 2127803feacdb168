using System.Text;
using System.Text.RegularExpressions;

namespace Supervisor.Converters;

/// <summary>A program that something can be converted from.</summary>
internal enum Kind
{
    Supervisord,
    Procfile,
    Pm2,
    Pm2Program,
    Systemd,
}

/// <summary>Recognizes by name and content whose configurations files are, and has them converted.</summary>
internal static partial class ImportSource
{
    private const string Known = "a supervisord.conf, a Procfile, PM2's ecosystem.config.json or .js, or units of systemd";
    private const string SeeDocs = "see docs/migrating.md";

    private static readonly string[] UnitTypes = [".service", ".socket", ".timer", ".target", ".path", ".mount", ".automount", ".slice", ".swap"];

    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>The files that are named, and those in the folders that are; what else lies in a folder is passed over.</summary>
    /// <exception cref="InvalidDataException">One cannot be converted; the message says which, and what to do.</exception>
    public static IReadOnlyList<(Kind Kind, Source Source)> Find(IEnumerable<string> paths) =>
        [.. paths.SelectMany(path => Directory.Exists(path) ? InFolder(path) : [Recognize(Read(path))]).DistinctBy(one => Path.GetFullPath(one.Source.Path))];

    /// <summary>Converts files into services.</summary>
    /// <exception cref="InvalidDataException">One is not what it seems to be; the message says what to do.</exception>
    public static void Convert(IReadOnlyList<(Kind Kind, Source Source)> sources, Conversion conversion, string? environment = null)
    {
        foreach (var kind in sources.GroupBy(one => one.Kind, one => one.Source))
        {
            if (kind.Key == Kind.Supervisord)
                new SupervisordImport(conversion).Convert([.. kind]);
            else if (kind.Key == Kind.Systemd)
                new SystemdImport(conversion).Convert([.. kind]);
            else
                foreach (var source in kind)
                    if (kind.Key == Kind.Procfile)
                        new ProcfileImport(conversion, source).Convert();
                    else
                        new Pm2Import(conversion, environment).Convert(Json(source)!);
        }
    }

    /// <summary>A file's text.</summary>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    public static Source Read(string path)
    {
        var problems = new ProblemList(path);
        var file = ConfigurationFile.Read(path, problems) ?? throw new InvalidDataException(problems.InOrder()[0].ToString());
        try
        {
            return new(path, Utf8.GetString(file.Content).TrimStart('\ufeff').Replace("\r\n", "\n", StringComparison.Ordinal));
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidDataException($"{path}: is not valid UTF-8; save it as UTF-8");
        }
    }

    /// <summary>What a file is.</summary>
    /// <exception cref="InvalidDataException">It is none of those that are known.</exception>
    public static (Kind Kind, Source Source) Recognize(Source source) => (KindOf(source, out var reason) ?? throw new InvalidDataException($"{source.Path}: {reason}"), source);

    private static List<(Kind Kind, Source Source)> InFolder(string folder)
    {
        var found = new List<(Kind Kind, Source Source)>();
        foreach (var path in Directory.EnumerateFiles(folder).Where(path => !Path.GetFileName(path).StartsWith('.')).Order(StringComparer.Ordinal))
            try
            {
                var source = Read(path);
                if (KindOf(source, out _) is { } kind)
                    found.Add((kind, source));
            }
            catch (InvalidDataException)
            {
                // What cannot be read as text is none of those.
            }
        if (found.Count == 0)
            throw new InvalidDataException($"{folder}: there is nothing in this folder that can be converted, which is {Known}");
        if (found.Count > 1 && found.Exists(one => one.Kind is not (Kind.Supervisord or Kind.Systemd) || one.Kind != found[0].Kind))
            throw new InvalidDataException($"{folder}: there is more than one start of the same services in this folder ({string.Join(", ", found.Select(one => one.Source.Name))}); name the file that counts");
        return found;
    }

    private static Kind? KindOf(Source source, out string reason)
    {
        var (text, extension) = (source.Text, Path.GetExtension(source.Path));
        reason = "holds a NUL character, which no argument, variable or path may have";
        if (HasNul(text))
            return null;
        reason = $"is not recognized; what can be converted is {Known}";
        if (UnitTypes.Contains(extension) || UnitSection().IsMatch(text))
            return Kind.Systemd;
        if (Program().IsMatch(text))
            return Kind.Supervisord;
        if (extension is ".js" or ".cjs" or ".mjs" && (source.Name.Contains(".config.", StringComparison.Ordinal) || Apps().IsMatch(text)))
            return Kind.Pm2Program;
        if (text.AsSpan().TrimStart() is ['{' or '[', ..])
            return KindOfJson(source, ref reason);
        if (extension is ".yml" or ".yaml")
            reason = YamlReason(text);
        else if (source.Name.Contains("Procfile", StringComparison.OrdinalIgnoreCase) || ProcfileImport.IsOne(text))
            return Kind.Procfile;
        return null;
    }

    private static Kind? KindOfJson(Source source, ref string reason)
    {
        if (Json(source, out var problem) is not { } root)
            reason = problem;
        else if (root.Node is Node.Array || root.Members.Any(member => member.Key is "apps" or "script"))
            return Kind.Pm2;
        else if (root.Members.FirstOrDefault(member => member.Key == "services") is { } services)
            reason = services.Members.Any(service => service.Members.Any(key => key.Key == "cmd")) ? "is a configuration of this program already" : ComposeReason;
        return null;
    }

    private const string ComposeReason = $"describes containers, whose programs, hosts, paths and users are those of their images; what runs on this machine itself has to be said by hand: {SeeDocs}";

    private static string YamlReason(string text) => true switch
    {
        _ when HasKey(text, "apps") => "is YAML, which is not read here; write it as JSON: python3 -c 'import json,sys,yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)' < FILE > ecosystem.config.json",
        _ when HasKey(text, "processes") => $"is a file of process-compose, which is not read here; say each process by hand: {SeeDocs}",
        _ when HasKey(text, "services") => ComposeReason,
        _ => $"is YAML, which is not read here; what can be converted is {Known}",
    };

    // A pattern that is put together at run time would link the whole interpreter of patterns: half a megabyte.
    private static bool HasKey(string text, string key) => $"\n{text}".Contains($"\n{key}:", StringComparison.Ordinal);

    private static bool HasNul(string text) => text.Contains('\0') || text.Contains("\\u0000", StringComparison.Ordinal);

    private static Setting? Json(Source source) => Json(source, out var problem) ?? throw new InvalidDataException($"{source.Path}: {problem}");

    private static Setting? Json(Source source, out string problem)
    {
        var problems = new ProblemList("");
        var root = HasNul(source.Text) ? null : NodeParser.Parse(Encoding.UTF8.GetBytes(source.Text), problems);
        problem = problems.InOrder() is [.., var last] ? $"{last.Line}:{last.Column}: {last.Message}" : "holds a NUL character";
        return root is null ? null : new(source, "", root);
    }

    [GeneratedRegex(@"^[ \t]*\[(program:|include\]|supervisord\]|eventlistener:|fcgi-program:|group:)", RegexOptions.Multiline)]
    private static partial Regex Program();

    [GeneratedRegex(@"^\[(Unit|Service)\][ \t]*$", RegexOptions.Multiline)]
    private static partial Regex UnitSection();

    [GeneratedRegex(@"\bapps\b\s*:")]
    private static partial Regex Apps();
}
