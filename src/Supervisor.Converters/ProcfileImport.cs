using System.Text.RegularExpressions;

namespace Supervisor.Converters;

/// <summary>Converts a <c>Procfile</c> as foreman runs it: https://ddollar.github.io/foreman/.</summary>
internal sealed partial class ProcfileImport(Conversion conversion)
{
    private const int FirstPort = 5000;
    private const int PortsPerProcess = 100;

    /// <summary>The lines as nodes: name and command line.</summary>
    public static Node.Object Read(string text, ProblemList problems)
    {
        var members = new List<Member>();
        var lines = text.Split('\n').Select(line => line.Trim()).ToList();
        foreach (var (number, line) in lines.Index().Where(line => line.Item.Length > 0 && line.Item[0] != '#'))
        {
            var position = new Position(number + 1, 1);
            if (Line().Match(line) is { Success: true } match)
                members.Add(new(match.Groups["name"].Value, position, new Node.Text(position, match.Groups["command"].Value)));
            else
                problems.Add(position, "is not NAME: COMMAND; it is left out");
        }
        return new(new(1, 1), [.. members]);
    }

    /// <summary>Whether every line looks like one of a Procfile.</summary>
    public static bool IsOne(string text) =>
        text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#').ToList() is { Count: > 0 } lines && lines.TrueForAll(line => Line().IsMatch(line));

    public void Convert(Section root)
    {
        foreach (var (index, member) in root.Members.Index())
        {
            var at = root.Of(member);
            var service = conversion.Add(at, member.Name);
            var command = ShellCommand.Of(at.AsText()!);
            service.Set(at, "cmd", command?.Words.Select(Placeholders.Literal).Written());
            if (command is null)
            {
                conversion.Remove(service);
                continue;
            }
            service.AddEnvironment(command.Environment.Select(variable => (variable.Name, Placeholders.Literal(variable.Value))));
            if (Port().IsMatch(at.AsText()!))
                service.AddEnvironment([("PORT", $"{FirstPort + index * PortsPerProcess}")]);
            if (File.Exists(Path.Combine(conversion.SourceFolder, ".env")))
                service.Set(at, "env_file", conversion.PathOf(".env"));
            conversion.RunInSourceFolder(service);
        }
    }

    [GeneratedRegex(@"^(?<name>[A-Za-z0-9_-]+):\s*(?<command>\S.*)$")]
    private static partial Regex Line();

    [GeneratedRegex(@"\$\{?PORT\b")]
    private static partial Regex Port();
}
