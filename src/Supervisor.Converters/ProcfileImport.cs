using System.Globalization;
using System.Text.RegularExpressions;

namespace Supervisor.Converters;

/// <summary>Converts a <c>Procfile</c> as foreman runs it: https://ddollar.github.io/foreman/.</summary>
internal sealed partial class ProcfileImport(Conversion conversion, Source source)
{
    private const int FirstPort = 5000;
    private const int PortsPerProcess = 100;
    private const int MostPort = 65535;

    /// <summary>Whether every line looks like one of a Procfile.</summary>
    public static bool IsOne(string text) => Lines(text).Select(line => line.Text).ToList() is { Count: > 0 } lines && lines.TrueForAll(line => Line().IsMatch(line));

    public void Convert()
    {
        var environment = Path.Combine(source.Folder, ".env");
        var variables = File.Exists(environment) ? ReadEnvironment(environment) : null;
        var port = variables?.GetValueOrDefault("PORT") is { } text && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : FirstPort;
        foreach (var (number, line) in Lines(source.Text))
        {
            if (Line().Match(line) is not { Success: true } match)
            {
                conversion.Report.Say(Weight.Danger, $"{source.Path}:{number}:1", null, Printable.Quote(line), "is not NAME: COMMAND, so it is left out");
                continue;
            }
            Convert(source.At(number, match.Groups["name"].Value, match.Groups["command"].Value), port, variables is not null);
            port += PortsPerProcess;
        }
    }

    private void Convert(Setting at, int port, bool hasVariables)
    {
        if (at.Key == "release")
        {
            conversion.Report.Say(Weight.Danger, at.Place, null, at.Key, "is what a platform runs once before each release, not a service, so it is left out");
            return;
        }
        if (ShellCommand.Of(at.Text!) is not { } command)
        {
            conversion.Report.Say(Weight.Danger, at.Place, null, at.Key, "has a quote that is not closed, or nothing to run, so it is left out");
            return;
        }
        var service = conversion.Add(at, at.Key);
        service.Keys["cmd"] = Written.Of(command.Words);
        if (hasVariables)
            service.Keys["env_file"] = Placeholders.Literal(conversion.PathOf(source, ".env"));
        if (port <= MostPort)
            service.AddEnvironment([("PORT", $"{port}")]);
        else
            service.Lose(Weight.Danger, at with { Key = "PORT" }, $"would be {port}, which is no port, so it is not set");
        service.AddEnvironment(command.Environment.Select(variable => (variable.Name, Placeholders.Literal(variable.Value))));
        conversion.RunIn(source, service);
    }

    /// <summary>What foreman reads; what env_file would read otherwise is said.</summary>
    private Dictionary<string, string>? ReadEnvironment(string path)
    {
        var file = source with { Path = source.Path[..^source.Name.Length] + ".env" };
        try
        {
            var theirs = ImportSource.Read(path).Text.Split('\n').Select(line => Assignment().Match(line)).Where(match => match.Success)
                .GroupBy(match => match.Groups["name"].Value).ToDictionary(group => group.Key, group => Value(group.Last().Groups["value"].Value));
            var problems = new ProblemList("");
            var ours = EnvFile.Read(path, new(new Node.Text(default, ""), "", problems)).ToDictionary();
            foreach (var problem in problems.InOrder())
                conversion.Report.Say(Weight.Danger, $"{file.Path}:{problem.Line}", null, $"line {problem.Line}", $"{problem.Message}; foreman reads it otherwise, or passes it over");
            foreach (var name in ours.Keys.Where(name => theirs.GetValueOrDefault(name) != ours[name]))
                conversion.Report.Say(Weight.Danger, file.Path, null, name, theirs.ContainsKey(name)
                    ? "is read otherwise than foreman reads it; put the value between single quotes"
                    : "is read, while foreman passes the line over; remove it if it is not meant");
            return theirs;
        }
        catch (InvalidDataException e)
        {
            conversion.Report.Say(Weight.Danger, file.Path, null, "", $"is left out: {e.Message}");
            return null;
        }
    }

    private static string Value(string text) => text switch
    {
        ['\'', .. var plain, '\''] => plain,
        ['"', .. var quoted, '"'] => Escaped().Replace(quoted.Replace("\\n", "\n", StringComparison.Ordinal), "$1"),
        _ => text,
    };

    private static IEnumerable<(int Number, string Text)> Lines(string text) =>
        text.Split('\n').Select((line, index) => (index + 1, line.Trim())).Where(line => line.Item2.Length > 0 && line.Item2[0] != '#');

    [GeneratedRegex(@"^(?<name>[A-Za-z0-9_-]+):\s*(?<command>\S.*)$")]
    private static partial Regex Line();

    [GeneratedRegex(@"^(?<name>[A-Za-z_0-9]+)=(?<value>.*)$")]
    private static partial Regex Assignment();

    [GeneratedRegex(@"\\(.)")]
    private static partial Regex Escaped();
}
