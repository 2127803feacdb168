using System.Text.RegularExpressions;

namespace Supervisor.Converters;

/// <summary>Converts a <c>supervisord.conf</c>: http://supervisord.org/configuration.html.</summary>
internal sealed partial class SupervisordImport(Conversion conversion)
{
    private const string ProgramPrefix = "program:";
    private const string OwnLog = "each service has a log of its own, LOG_DIR/NAME.log, with stdout and stderr in it";

    public void Convert(Section root)
    {
        foreach (var member in root.Members)
        {
            var at = root.Of(member);
            if (member.Name.StartsWith(ProgramPrefix, StringComparison.Ordinal))
                ConvertProgram(at, member.Name[ProgramPrefix.Length..]);
            else
                at.Lose(member.Name.Split(':')[0] switch
                {
                    "include" => $"the files it names ({at.AsSection().Find("files")?.AsText()}) are not read; convert each with init --from",
                    "group" => "there are no groups; a glob names several services: 'worker-*'",
                    "eventlistener" => "there are no event listeners; see alert_cmd, and the events method of the control socket",
                    "fcgi-program" => "no socket is opened for a service",
                    _ => "it is about supervisord itself",
                });
        }
    }

    private void ConvertProgram(Place at, string name)
    {
        var section = at.AsSection();
        var service = conversion.Add(at, name);
        var count = section.Find("numprocs")?.AsNumber() ?? 1;
        var template = new Template(conversion.SourceFolder, name, count > 1 && ImportedService.Can("instances"));
        if (section.Find("command") is { } command)
            service.Set(command, "cmd", ShellWords.Split(command.AsText()!) is { Count: > 0 } words ? words.Select(word => template.Expand(word, command)).Written() : null);
        else
            at.Lose("it has no command");
        foreach (var member in section.Members.Where(member => member.Name != "command"))
            Take(service, member.Name, section.Of(member), template);
        if (section.Find("autorestart") is null)
            service.Keys["restart"] = "on-failure";
        if (!service.Keys.ContainsKey("cmd"))
            conversion.Remove(service);
    }

    private void Take(ImportedService service, string key, Place at, Template template)
    {
        var text = at.AsText()!;
        switch (key)
        {
            case "directory":
                service.Set(at, "working_dir", conversion.PathOf(template.Expand(text, at)));
                break;
            case "environment":
                service.AddEnvironment(Variable().Matches(text).Select(match => (match.Groups["name"].Value, template.Expand(match.Groups["value"].Value, at))));
                break;
            case "user":
                service.Set(at, "user", text);
                break;
            case "umask":
                service.Set(at, "umask", text);
                break;
            case "autostart":
                service.Set(at, "autostart", at.AsFlag());
                break;
            case "autorestart":
                service.Set(at, "restart", text.Equals("unexpected", StringComparison.OrdinalIgnoreCase) ? "on-failure" : at.AsFlag() switch { true => "always", false => "no", null => null });
                break;
            case "startsecs":
                service.Set(at, "backoff_reset", at.AsDuration(TimeSpan.FromSeconds(1)).Written());
                break;
            case "startretries":
                service.Set(at, "alert_after", at.AsNumber());
                at.Lose("a service is never given up; after as many restarts an alert is raised");
                break;
            case "stopsignal":
                service.Set(at, "stop_signal", text.StartsWith("SIG", StringComparison.OrdinalIgnoreCase) ? text.ToUpperInvariant() : $"SIG{text.ToUpperInvariant()}");
                break;
            case "stopwaitsecs":
                service.Set(at, "stop_timeout", at.AsDuration(TimeSpan.FromSeconds(1)).Written());
                break;
            case "numprocs":
                if (at.AsNumber() is not 1)
                    service.Set(at, "instances", at.AsNumber());
                break;
            case "stdout_logfile_maxbytes":
                TakeLogSize(service, at);
                break;
            case "stdout_logfile_backups":
                service.Set(at, "log_keep", at.AsNumber());
                break;
            case "stdout_logfile" or "stderr_logfile" when text.ToUpperInvariant() is not "AUTO":
                at.Lose(OwnLog);
                break;
            case "redirect_stderr" or "stopasgroup" or "killasgroup" when at.AsFlag() is true:
            case "stdout_logfile" or "stderr_logfile" or "process_name":
            case "exitcodes" when text == "0":
                break;
            default:
                at.Lose(key switch
                {
                    "exitcodes" => "with restart on-failure, 0 alone is an expected exit code",
                    "priority" => "there are no priorities; see depends_on",
                    "stopasgroup" or "killasgroup" => "signals always go to the whole process group",
                    "redirect_stderr" or "stderr_logfile_maxbytes" or "stderr_logfile_backups" => OwnLog,
                    _ => "it has no counterpart",
                });
                break;
        }
    }

    /// <summary>0 is no limit, which there is not.</summary>
    private static void TakeLogSize(ImportedService service, Place at)
    {
        if (at.AsSize() is 0)
            at.Lose("a log is always cut at log_max_size");
        else
            service.Set(at, "log_max_size", at.AsSize().Written());
    }

    /// <summary>What <c>%(NAME)s</c> stands for.</summary>
    private sealed partial record Template(string Here, string Program, bool IsNumbered)
    {
        public string Expand(string text, Place at) =>
            Field().Replace(Placeholders.Literal(text), match => match.Groups["name"].Success ? Value(match.Groups["name"].Value, at) ?? match.Value : "%");

        private string? Value(string name, Place at)
        {
            switch (name)
            {
                case "here":
                    return Placeholders.Literal(Here);
                case "program_name" or "group_name":
                    return Program;
                case "process_num" when IsNumbered && Placeholders.IsSupported:
                    at.Lose("instances are counted from 1, not from 0");
                    return "${INSTANCE}";
                case "process_num":
                    return "0";
                case "host_node_name":
                    return Environment.MachineName;
                case ['E', 'N', 'V', '_', .. var variable] when Placeholders.IsSupported:
                    return $"${{{variable}}}";
                default:
                    at.Lose($"nothing stands for %({name})s here, it is left as it is");
                    return null;
            }
        }

        [GeneratedRegex(@"%\((?<name>\w+)\)\d*[sd]|%%")]
        private static partial Regex Field();
    }

    [GeneratedRegex("""(?<name>[^\s=,]+)\s*=\s*(?:"(?<value>[^"]*)"|'(?<value>[^']*)'|(?<value>[^,\n]*))""")]
    private static partial Regex Variable();
}

/// <summary>Reads an ini file, as supervisord does, into the nodes that JSON is read into: sections of texts.</summary>
internal sealed class IniReader
{
    private readonly List<(string Name, Position Position, List<Member> Keys)> sections = [];
    private readonly ProblemList problems;

    private IniReader(ProblemList problems) => this.problems = problems;

    /// <summary>The sections in the order of the file; lines that are none of the format's are reported.</summary>
    public static Node.Object Read(string text, ProblemList problems)
    {
        var reader = new IniReader(problems);
        var number = 0;
        foreach (var line in text.Split('\n'))
            reader.Take(WithoutComment(line.TrimEnd()), new(++number, 1));
        return new(new(1, 1), [.. reader.sections.Select(section => new Member(section.Name, section.Position, new Node.Object(section.Position, [.. section.Keys])))]);
    }

    private void Take(string line, Position position)
    {
        if (line.Length == 0)
            return;
        if (char.IsWhiteSpace(line[0]) && sections is [.., { Keys: [.., { Value: Node.Text last } member] keys }])
            keys[^1] = member with { Value = last with { Value = $"{last.Value}\n{line.Trim()}".TrimStart() } };
        else if (line[0] == '[' && line.EndsWith(']'))
            sections.Add((line[1..^1].Trim(), position, []));
        else if (sections.Count > 0 && line.IndexOfAny(['=', ':']) is var split and > 0)
            TakeKey(line[..split].Trim().ToLowerInvariant(), line[(split + 1)..].Trim(), position);
        else
            problems.Add(position, "is neither a [section] nor key=value; it is left out");
    }

    /// <summary>Of a key that is given twice, supervisord obeys the last.</summary>
    private void TakeKey(string name, string value, Position position)
    {
        var keys = sections[^1].Keys;
        keys.RemoveAll(key => key.Name == name);
        keys.Add(new(name, position, new Node.Text(position, value)));
    }

    /// <summary>A comment takes a whole line, or begins behind a space.</summary>
    private static string WithoutComment(string line)
    {
        if (line is [';' or '#', ..])
            return "";
        for (var i = 1; i < line.Length; i++)
            if (line[i] is ';' or '#' && char.IsWhiteSpace(line[i - 1]))
                return line[..i].TrimEnd();
        return line;
    }
}
