using System.Globalization;
using System.Text.RegularExpressions;
using static Supervisor.Converters.RuleTable;

namespace Supervisor.Converters;

/// <summary>Converts files of supervisord, several as one that includes the others: http://supervisord.org/configuration.html.</summary>
internal sealed partial class SupervisordImport(Conversion conversion)
{
    private const string OwnLog = "each service has one log of its own, LOG_DIR/NAME.log";
    private const string EscapedInQuotes = "\"\\"; // as Python's shlex has it
    private const int HighestNumber = 1_000_000;

    private readonly IniReader reader = new(conversion.Report);
    private readonly Dictionary<string, List<ImportedService>> services = [];
    private readonly Dictionary<string, string> shared = []; // [supervisord] environment
    private readonly Dictionary<string, string> groups = []; // of programs
    private string? subject; // the program that is converted

    private static readonly RuleTable OfProgram = new(Says(Weight.Note, "there is no such thing here"))
    {
        ["stopasgroup killasgroup redirect_stderr"] = Nothing,
        ["user"] = Becomes("user", at => at.Written),
        ["umask"] = Becomes("umask", Umask),
        ["autostart"] = Becomes("autostart", at => at.Flag),
        ["autorestart"] = Becomes("restart", at => at.Text!.Equals("unexpected", StringComparison.OrdinalIgnoreCase) ? "on-failure" : at.Flag switch { true => "always", false => "no", null => null }),
        ["startsecs"] = Says(Weight.Noise, "restarts are counted anew once the service was well for backoff_reset (60s), which is another thing"),
        ["startretries"] = (service, at) =>
        {
            service.SetWithin(at, "alert_after", at.Number, 0, 1_000_000);
            service.Lose(Weight.Note, at, "a service is never given up (FATAL); after as many restarts in a row an alert is raised, with growing delays");
        },
        ["stopsignal"] = Becomes("stop_signal", at => at.Signal),
        ["stopwaitsecs"] = Becomes("stop_timeout", at => Written.Of(at.Seconds)),
        ["stdout_logfile_maxbytes"] = (service, at) =>
        {
            if (at.Size is 0)
                service.Lose(Weight.Noise, at, "a log is always cut at log_max_size");
            else
                service.Set(at, "log_max_size", at.WrittenSize);
        },
        ["stdout_logfile_backups"] = (service, at) => service.SetWithin(at with { Key = at.Key }, "log_keep", at.Number, 1, 1000),
        ["stdout_logfile stderr_logfile stderr_logfile_maxbytes stderr_logfile_backups"] = Says(Weight.Noise, OwnLog),
        ["stdout_capture_maxbytes stderr_capture_maxbytes stdout_events_enabled stderr_events_enabled"] = Says(Weight.Noise, "there are no event listeners that would get it"),
        ["stdout_syslog stderr_syslog"] = SaysIf(at => at.Flag is not false, Weight.Note, $"nothing goes to syslog; {OwnLog}"),
        ["priority"] = Says(Weight.Note, "there is no order by priority; say depends_on where one needs another"),
        ["serverurl"] = Says(Weight.Noise, "there is no such server"),
        ["exitcodes"] = (service, at) =>
        {
            if ((string?)service.Keys["restart"] == "on-failure" && at.Text!.Trim() != "0")
                service.Lose(Weight.Danger, at, "with restart on-failure, 0 alone is an expected exit code; after any other it is restarted");
        },
    };

    private static readonly RuleTable OfAll = new(Nothing)
    {
        ["user"] = Becomes("user", at => at.Written),
        ["umask"] = Becomes("umask", Umask),
        ["minfds"] = (service, at) => service.SetLimit(at, "nofile", at.Number is >= 0 and var files ? files : null),
        ["minprocs"] = (service, at) => service.SetLimit(at, "nproc", at.Number is >= 0 and var processes ? processes : null),
    };

    /// <summary>What becomes of sections that are no programs, by the first part of their names.</summary>
    private static readonly Dictionary<string, (Weight Weight, string Reason)> Sections = new()
    {
        ["eventlistener"] = (Weight.Danger, "is not run, for there are no event listeners; see alert_cmd, health_url and the events of the control socket"),
        ["fcgi-program"] = (Weight.Danger, "is not run, for no socket is opened for a service"),
        ["group"] = (Weight.Noise, "there are no groups; a glob names several services: 'worker-*'"),
        ["inet_http_server"] = (Weight.Note, "the supervisor opens no port; supervisor-web is a program of its own"),
        ["unix_http_server"] = (Weight.Noise, "the control socket is in state_dir"),
        ["supervisorctl"] = (Weight.Noise, "the control socket is in state_dir"),
        ["rpcinterface"] = (Weight.Noise, "the control socket speaks JSON-RPC"),
        ["include"] = default,
        ["supervisord"] = default,
        ["program"] = default,
    };

    public void Convert(IReadOnlyList<Source> sources)
    {
        foreach (var source in sources)
            reader.Read(source);
        if (reader.Find("include")?.Find("files") is { } files)
            Include(files, [.. sources.Select(source => Path.GetFullPath(source.Path))]);
        if (reader.Find("supervisord")?.Find("environment") is { } environment)
            foreach (var (name, value) in Variables(environment, []) ?? [])
                shared[name] = value;
        foreach (var section in reader.Sections.Where(section => section.Name.StartsWith("group:", StringComparison.Ordinal)))
            foreach (var name in section.Find("programs")?.Text?.Split(',') ?? [])
                groups[name.Trim()] = section.Name["group:".Length..];
        foreach (var section in reader.Sections)
            if (section.Name.Split(':', 2) is ["program", var name])
                ConvertPrograms(section, name.Trim());
            else if (!Sections.TryGetValue(section.Name.Split(':')[0], out var word))
                conversion.Report.Say(Weight.Note, section.At.Place, null, section.Name, "is no section of supervisord that is known");
            else if (word.Reason is not null && !IsListener(section))
                conversion.Report.Say(word.Weight, section.At.Place, null, section.Name, word.Reason);
        subject = null;
        foreach (var section in reader.Sections.Where(IsListener))
            ConvertListener(section);
    }

    private void Say(Weight weight, Setting at, string reason) => conversion.Report.Say(weight, at.Place, subject, at.Key, reason);

    /// <summary>As supervisord includes: relative to the file, in the order of their names, and nothing that those include.</summary>
    private void Include(Setting files, HashSet<string> known)
    {
        foreach (var pattern in (ExpandNow(files, [])?.Text ?? "").Split(default(char[]), StringSplitOptions.RemoveEmptyEntries))
        {
            var paths = RootReader.Matches(Path.GetFullPath(pattern, files.Source.Folder)).Where(File.Exists).ToList();
            if (paths.Count == 0)
                Say(Weight.Danger, files, $"{pattern} names no file here, so what it would include is left out");
            foreach (var path in paths.Where(known.Add))
                try
                {
                    reader.Read(ImportSource.Read(Path.GetDirectoryName(path) == files.Source.Folder || files.Source.Path.StartsWith('/') ? path : Path.GetRelativePath(Environment.CurrentDirectory, path)));
                }
                catch (InvalidDataException e)
                {
                    Say(Weight.Danger, files, e.Message);
                }
        }
    }

    private void ConvertPrograms(IniSection section, string program)
    {
        var values = new Dictionary<string, string> { ["program_name"] = program, ["group_name"] = groups.GetValueOrDefault(program, program) };
        services[program] = [];
        if (Count(section, "numprocs", values, 1, Instance.Most) is not { } count || Count(section, "numprocs_start", values, 0, HighestNumber) is not { } start)
            return;
        values["numprocs"] = $"{count}";
        var numbers = section.Settings.Where(setting => setting.Key is "command" or "environment" or "directory").SelectMany(setting => Number().Matches(setting.Text!)).ToList();
        if (count > 1 && numbers.Count > 0 && (start != 1 || numbers.Exists(number => number.Groups["width"].Length > 0)))
            for (var i = start; i < start + count; i++)
                ConvertProgram(section, program, new(values) { ["process_num"] = $"{i}" }, isOneOfMany: true);
        else if (ConvertProgram(section, program, new(values) { ["process_num"] = count > 1 ? Placeholders.Of("INSTANCE") : $"{start}" }, isOneOfMany: false) is { } service && count > 1)
            service.Keys["instances"] = count;
    }

    /// <summary>A number of programs; null, which is said, where it cannot be told.</summary>
    private int? Count(IniSection section, string key, Dictionary<string, string> values, int otherwise, int most)
    {
        if (section.Find(key) is not { Text.Length: > 0 } setting)
            return otherwise;
        if (ExpandNow(setting, values) is { Number: >= 0 and var count } && count <= most && (count > 0 || otherwise == 0))
            return (int)count;
        conversion.Report.Say(Weight.Danger, setting.Place, subject = section.Name["program:".Length..], key, $"'{Printable.Shorten(setting.Text)}' is no number up to {most}, so the program is left out");
        return null;
    }

    private ImportedService? ConvertProgram(IniSection section, string program, Dictionary<string, string> values, bool isOneOfMany)
    {
        subject = program;
        var name = isOneOfMany && section.Find("process_name") is { } process ? ExpandNow(process, values)?.Text ?? program : program;
        var service = conversion.Add(section.At, name.StartsWith(program, StringComparison.Ordinal) ? name : $"{program}-{name}");
        var own = section.Find("environment") is { Text.Length: > 0 } setting ? Variables(setting, values) : [];
        foreach (var (variable, value) in shared.Concat(own ?? []))
            values[$"ENV_{variable}"] = value;
        service.AddEnvironment(shared.Concat(own ?? []).Select(one => (one.Key, Placeholders.Literal(one.Value))));
        if (section.Find("command") is not { Text.Length: > 0 } command)
            service.Lose(Weight.Danger, section.At with { Key = "command" }, "is missing, so the program is left out");
        else if (own is not null && Expand(command, values, isSplit: true) is { } line)
            return Finish(service, section, program, command, line, values);
        conversion.Remove(service);
        return null;
    }

    private ImportedService? Finish(ImportedService service, IniSection section, string program, Setting command, string line, Dictionary<string, string> values)
    {
        if (ShellWords.Split(line, EscapedInQuotes) is not { Count: > 0 } words)
        {
            service.Lose(Weight.Danger, command, "has a quote that is not closed, so the service is left out");
            conversion.Remove(service);
            return null;
        }
        service.Keys["cmd"] = Written.Of(words);
        service.Keys["restart"] = "on-failure"; // what autorestart is where it is not given
        var all = reader.Find("supervisord");
        OfAll.Apply(service, all?.Settings.Where(setting => setting.Key is "user" or "umask" or "minfds" or "minprocs" && setting.Text!.Length > 0).Select(setting => ExpandNow(setting, values)).OfType<Setting>() ?? []);
        OfProgram.Apply(service, Expanded(section, values).OrderBy(setting => setting.Key == "exitcodes"));
        if (section.Find("environment") is { } environment && service.Keys["environment"]?["PATH"] is not null && !words[0].Contains('/'))
            service.Lose(Weight.Danger, environment, $"its PATH is also where {words[0]} is looked for, while supervisord takes its own; write the program's path");
        TakeFolder(service, section.Find("directory") ?? all?.Find("directory"), command, words, values);
        if (section.Find("stopasgroup")?.Flag is not true)
            service.Lose(Weight.Note, (section.Find("stopasgroup") ?? section.At) with { Key = "stopasgroup" }, "the stop signal goes to the whole process group, not to the first process alone");
        services[program].Add(service);
        return service;
    }

    private IEnumerable<Setting> Expanded(IniSection section, Dictionary<string, string> values) =>
        section.Settings.Where(setting => setting.Key is not ("command" or "environment" or "directory" or "process_name" or "numprocs" or "numprocs_start") && setting.Text!.Length > 0)
            .Select(setting => setting.Key == "user" && Expand(setting, values) is { } text ? setting with { Node = new Node.Text(setting.Node.Position, text) } : ExpandNow(setting, values)).OfType<Setting>();

    private void TakeFolder(ImportedService service, Setting? folder, Setting command, IReadOnlyList<string> words, Dictionary<string, string> values)
    {
        if (folder is { Text.Length: > 0 })
        {
            // Only supervisord's own is looked up as a shell would.
            var path = Expand(folder, values);
            if (path is ['~', ..] && folder == reader.Find("supervisord")?.Find("directory") && (path.Length == 1 || path[1] == '/') && conversion.Variable("HOME") is { } home)
                path = home + path[1..];
            service.Set(folder, "working_dir", path is null ? null : Placeholders.Literal(conversion.PathOf(folder.Source, path)));
        }
        else
        {
            var isRelative = words.Any(word => word.Length > 0 && word[0] is not ('/' or '-') && (word.Contains('/') || word.Contains('.')));
            service.Lose(isRelative ? Weight.Danger : Weight.Note, command with { Key = "directory" }, "is not given, which means where supervisord was started; here it is the folder of the configuration: say working_dir");
        }
    }

    /// <summary>What superlance's listeners do, we do ourselves.</summary>
    private static bool IsListener(IniSection section) =>
        section.Name.StartsWith("eventlistener:", StringComparison.Ordinal) && Path.GetFileName(section.Find("command")?.Text?.Split(' ')[0]) is "httpok" or "memmon";

    private void ConvertListener(IniSection section)
    {
        var command = section.Find("command")!;
        var words = ShellWords.Split(Expand(command, []) ?? "", EscapedInQuotes) ?? [];
        var isMemory = words is [var first, ..] && Path.GetFileName(first) == "memmon";
        var options = new List<(string Name, string Value)>();
        var rest = new List<string>();
        for (var i = 1; i < words.Count; i++)
            if (words[i] is ['-', _, ..] word && !word.StartsWith("--", StringComparison.Ordinal))
                options.Add((word[..2], word.Length > 2 ? word[2..] : word is "-e" or "-E" || (word == "-a" && !isMemory) ? "" : ++i < words.Count ? words[i] : ""));
            else
                rest.Add(words[i]);
        var programs = options.SelectMany(option => (option.Name, isMemory) switch
        {
            ("-a", _) => services.Keys.Select(name => (Name: name, option.Value, IsForAll: true)),
            ("-p", _) => [(Name: option.Value.Split('=')[0], Value: option.Value.Split('=').ElementAtOrDefault(1) ?? "", IsForAll: false)],
            _ => [],
        }).ToList();
        foreach (var option in options.Where(option => option.Name is not ("-p" or "-a" or "-t" or "-m" or "-s" or "-n" or "-e" or "-E" or "-o")))
            Say(Weight.Danger, section.At with { Key = $"{section.Name} {option.Name}" }, "has no counterpart, so it is not done");
        foreach (var option in options.Where(option => option.Name == "-m"))
            Say(Weight.Note, section.At with { Key = $"{section.Name} -m" }, "no mail is sent; see alert_cmd");
        foreach (var (name, value, isForAll) in programs)
            foreach (var service in services.GetValueOrDefault(name.Split(':')[^1]) ?? [])
                if (isMemory && (!isForAll || !service.Keys.ContainsKey("memory_max")))
                    service.Set(command, "memory_max", (command with { Node = new Node.Text(command.Node.Position, value) }).WrittenSize);
                else if (!isMemory)
                    TakeHealth(service, section, rest is [.., var url] ? url : "", options.LastOrDefault(option => option.Name == "-t").Value ?? "10");
        foreach (var (name, _, _) in programs.Where(program => !services.ContainsKey(program.Name.Split(':')[^1])))
            Say(Weight.Danger, command, $"'{Printable.Shorten(name)}' is none of the programs here, so nothing is checked for it");
    }

    private void TakeHealth(ImportedService service, IniSection section, string url, string timeout)
    {
        var command = section.Find("command")!;
        if (service.Keys.ContainsKey("instances") || conversion.Services.Any(other => (string?)other.Keys["health_url"] == url))
        {
            service.Lose(Weight.Danger, command, "one endpoint can tell of one service only, so this one is not checked: give it a health_url of its own");
            return;
        }
        service.Set(command, "health_url", HttpUrl.Read(new(new Node.Text(default, url), "", new("")), out _) ? Placeholders.Literal(url) : null);
        if (!service.Keys.ContainsKey("health_url"))
            return;
        service.Set(command, "health_timeout", Written.Of((command with { Node = new Node.Text(command.Node.Position, timeout) }).Seconds));
        service.Keys["health_interval"] = Tick().Match(section.Find("events")?.Text ?? "") is { Success: true } tick ? $"{tick.Groups["seconds"].Value}s" : "60s";
        service.Keys["health_retries"] = 1; // httpok restarts at the first failure
    }

    private static System.Text.Json.Nodes.JsonNode? Umask(Setting at) => at.Text!.Length <= 4 && at.Text.All(digit => digit is >= '0' and <= '7') ? at.Text.PadLeft(3, '0')[^3..] : null;

    /// <summary>What dict_of_key_value_pairs of supervisord makes of it; null, which is said, where that would fail.</summary>
    private Dictionary<string, string>? Variables(Setting at, Dictionary<string, string> values)
    {
        var variables = new Dictionary<string, string>();
        if (Expand(at, values, isSplit: true) is not { } text)
            return null;
        var tokens = Token().Matches(text).Where(token => !token.Groups["comment"].Success).Select(token => token.Groups["word"].Success ? ShellWords.Split(token.Value, EscapedInQuotes) is [var word] ? word : "" : token.Value).ToList();
        for (var i = 0; i < tokens.Count; i += 4)
            if (i + 2 < tokens.Count && tokens[i + 1] == "=" && tokens[i].Length > 0)
                variables[tokens[i]] = tokens[i + 2];
            else
            {
                Say(Weight.Danger, at, "is not KEY=\"value\",KEY=\"value\", so what it is for is left out");
                return null;
            }
        return variables;
    }

    /// <summary>A setting with its text expanded to what it comes to now; null, which is said, if that cannot be told.</summary>
    private Setting? ExpandNow(Setting at, Dictionary<string, string> values)
    {
        var text = Expand(at, values);
        var now = text is null ? null : Variable().Replace(text, match => conversion.Variable(match.Groups["name"].Value) ?? match.Value);
        if (now is not null && !Variable().IsMatch(now))
            return at with { Node = new Node.Text(at.Node.Position, now) };
        Say(Weight.Danger, at, $"'{Printable.Shorten(at.Text!)}' cannot be told here, so it is left out; set the variable and convert again");
        return null;
    }

    /// <summary>The text with what <c>%(NAME)s</c> stands for, and with placeholders for variables; null, which is said, if something is unknown.</summary>
    /// <param name="at">The setting.</param>
    /// <param name="values">What there is.</param>
    /// <param name="isSplit">Whether it is split afterwards, so that quotes and spaces in a variable count.</param>
    private string? Expand(Setting at, Dictionary<string, string> values, bool isSplit = false)
    {
        string? unknown = null;
        var text = Field().Replace(at.Text!, match =>
        {
            var name = match.Groups["name"].Value;
            if (!match.Groups["name"].Success)
                return match.Value == "%%" ? "%" : (unknown ??= match.Value);
            if ((values.GetValueOrDefault(name) ?? ValueOf(name, at, isSplit)) is not { } value)
                return unknown ??= match.Value;
            var width = match.Groups["width"].Value;
            return long.TryParse(value, CultureInfo.InvariantCulture, out var number) && width.Length > 0 && width.Length < 4
                ? width[0] == '0' ? number.ToString($"D{int.Parse(width, CultureInfo.InvariantCulture)}", CultureInfo.InvariantCulture) : $"{number}".PadLeft(int.Parse(width, CultureInfo.InvariantCulture))
                : value;
        });
        if (unknown is not null)
            Say(Weight.Danger, at, $"nothing is known that {Printable.Quote(unknown)} would stand for");
        return unknown is null ? text : null;
    }

    private string? ValueOf(string name, Setting at, bool isSplit)
    {
        if (name is "here" or "host_node_name")
            return name == "here" ? at.Source.Folder : Environment.MachineName;
        if (!name.StartsWith("ENV_", StringComparison.Ordinal) || !EnvFile.IsName(name["ENV_".Length..]))
            return null;
        var variable = name["ENV_".Length..];
        if (shared.TryGetValue(variable, out var given))
            return given;
        if (!isSplit || conversion.Variable(variable) is not { } value || value.All(letter => char.IsAsciiLetterOrDigit(letter) || "/.+-_:".Contains(letter)))
            return Placeholders.Of(variable);
        Say(Weight.Danger, at, $"{variable} holds spaces or quotes, which count here, so its value of now is written into the file");
        return value;
    }

    [GeneratedRegex(@"%\((?<name>\w+)\)(?<width>\d*)[sd]|%%|%(\(\w*\)?)?")]
    private static partial Regex Field();

    [GeneratedRegex(@"%\(process_num\)(?<width>\d*)[sd]")]
    private static partial Regex Number();

    [GeneratedRegex("\ufdd0(?<name>\\w+)\ufdd1")]
    private static partial Regex Variable();

    [GeneratedRegex("""(?<comment>#[^\n]*)|(?<word>(?:[\w/.+\-():\ufdd0\ufdd1]|"(?:\\.|[^"\\])*"|'[^']*'|\\.)+)|\S""", RegexOptions.Singleline)]
    private static partial Regex Token();

    [GeneratedRegex(@"TICK_(?<seconds>\d+)")]
    private static partial Regex Tick();
}
