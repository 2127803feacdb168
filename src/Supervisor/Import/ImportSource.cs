using System.Text;
using System.Text.RegularExpressions;
using Supervisor.Configuration;
using Supervisor.Configuration.Json;

namespace Supervisor.Import;

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
