using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using static Supervisor.Converters.RuleTable;

namespace Supervisor.Converters;

/// <summary>Converts services of systemd, with what they are to each other: systemd.service(5), systemd.exec(5), systemd.unit(5).</summary>
internal sealed partial class SystemdImport(Conversion conversion)
{
    private const string Confines = "nothing confines a service but user, group, umask and limits";
    private const string Folders = "no folder is made for a service; make it, for its user";
    private const string GroupStops = "all processes of a service are stopped, the first one and the others";

    private readonly Dictionary<string, (Unit Unit, ImportedService Service)> services = [];

    private static readonly RuleTable OfService = new(Says(Weight.Note, "there is no such thing here"))
    {
        ["RestartSec ExecStart Type Environment EnvironmentFile WorkingDirectory RestartSteps RestartMaxDelaySec User"] = Nothing,
        ["Group"] = Becomes("group", at => at.Written),
        ["Nice"] = (service, at) => service.SetWithin(at, "nice", at.Number, -20, 19),
        ["UMask"] = Becomes("umask", at => at.Text!.Length <= 4 && at.Text.All(digit => digit is >= '0' and <= '7') ? at.Text.PadLeft(3, '0')[^3..] : null),
        ["Restart"] = TakeRestart,
        ["TimeoutStopSec TimeoutSec"] = TakeTimeout,
        ["KillSignal"] = Becomes("stop_signal", at => at.Signal),
        ["KillMode"] = (service, at) =>
        {
            if (at.Text != "control-group")
                service.Lose(at.Text == "mixed" ? Weight.Note : Weight.Danger, at, GroupStops);
        },
        ["SendSIGKILL"] = SaysIf(at => at.Flag is false, Weight.Danger, "what does not end by stop_timeout is killed"),
        ["MemoryMax MemoryLimit"] = (service, at) =>
        {
            if (at.Text == "infinity")
                return;
            service.Set(at, "memory_max", at.WrittenSize);
            service.Lose(Weight.Note, at, "is measured from time to time, and leads to a restart; the kernel does not enforce it");
        },
        ["ExecStartPre ExecStartPost ExecCondition"] = Says(Weight.Danger, "is not run; make it a service with restart no that others wait for (depends_on: completed), or part of the command"),
        ["ExecStop ExecStopPost"] = Says(Weight.Danger, "is not run; a service is stopped by stop_signal"),
        ["ExecReload"] = Says(Weight.Note, "see supervisor signal NAME HUP"),
        ["SupplementaryGroups DynamicUser"] = SaysIf(at => at.Flag is not false, Weight.Danger, "it runs with the groups of its user, who has to be there"),
        ["RemainAfterExit GuessMainPID NotifyAccess TimeoutStartSec TimeoutStartFailureMode TimeoutAbortSec StartLimitIntervalSec StartLimitInterval StartLimitBurst SyslogIdentifier SyslogFacility SyslogLevel StandardInput StandardOutput StandardError LogLevelMax LogRateLimitIntervalSec LogRateLimitBurst TasksMax TasksAccounting CPUAccounting MemoryAccounting IOAccounting IPAccounting Slice Delegate BusName RestartMode FinalKillSignal SendSIGHUP RestartKillSignal WatchdogSignal FileDescriptorStoreMax"] =
            Says(Weight.Noise, "it is about systemd itself"),
        ["WatchdogSec"] = Says(Weight.Danger, "no word is awaited from the program; say a health check: health_port, health_tcp or health_cmd"),
        ["SuccessExitStatus RestartPreventExitStatus RestartForceExitStatus"] = Says(Weight.Danger, "exit code 0 alone means that it is done"),
        ["PIDFile"] = Says(Weight.Noise, "the process that was started is the one that is supervised"),
        ["RuntimeDirectory StateDirectory CacheDirectory LogsDirectory ConfigurationDirectory"] = Says(Weight.Danger, Folders),
        ["RuntimeDirectoryMode RuntimeDirectoryPreserve StateDirectoryMode CacheDirectoryMode LogsDirectoryMode ConfigurationDirectoryMode"] = Says(Weight.Noise, Folders),
        ["Sockets FileDescriptorName"] = Says(Weight.Danger, "no socket is opened for a service"),
        ["PassEnvironment"] = Says(Weight.Noise, "a service has all variables that the supervisor has"),
        ["UnsetEnvironment"] = Says(Weight.Danger, "a service has all variables that the supervisor has; run env -u NAME in its command"),
        ["LoadCredential LoadCredentialEncrypted SetCredential ImportCredential"] = Says(Weight.Danger, "no credentials are handed over; see env_file"),
        ["RootDirectory RootImage BindPaths BindReadOnlyPaths TemporaryFileSystem NetworkNamespacePath"] = Says(Weight.Danger, "it sees the files and the network of this machine as they are"),
        ["NoNewPrivileges CapabilityBoundingSet AmbientCapabilities SecureBits SELinuxContext AppArmorProfile PAMName ReadWritePaths ReadOnlyPaths InaccessiblePaths ExecPaths NoExecPaths DevicePolicy DeviceAllow SocketBindAllow SocketBindDeny IPAddressAllow IPAddressDeny LockPersonality MemoryDenyWriteExecute RemoveIPC KeyringMode ProcSubset UtmpIdentifier"] = Says(Weight.Danger, Confines),
        ["OOMScoreAdjust OOMPolicy CPUWeight CPUQuota CPUShares MemoryHigh MemoryLow MemoryMin MemorySwapMax IOWeight BlockIOWeight AllowedCPUs CPUAffinity CPUSchedulingPolicy CPUSchedulingPriority IOSchedulingClass IOSchedulingPriority TimerSlackNSec NUMAPolicy NUMAMask IgnoreSIGPIPE CoredumpFilter Personality"] =
            Says(Weight.Note, "is not done; where it matters, have the command begin with choom, chrt, ionice, taskset or the like"),
    };

    /// <summary>Limits that are a time, not a number or a size; see setrlimit(2).</summary>
    private static readonly string[] LimitsOfTime = ["cpu", "rttime"];

    public void Convert(IReadOnlyList<Source> sources)
    {
        foreach (var source in sources)
            if (Path.GetExtension(source.Name) is var type && (type == ".service" || type is not (".socket" or ".timer" or ".target" or ".path" or ".mount" or ".automount" or ".slice" or ".swap")))
                ConvertUnit(Unit.Read(source, conversion.Report));
            else
                conversion.Report.Say(type is ".target" or ".slice" ? Weight.Noise : Weight.Danger, $"{source.Path}:1:1", null, source.Name, type switch
                {
                    ".timer" => "nothing is started by the clock, so it is left out; leave it, and the service that it starts, to systemd or cron",
                    ".socket" => "no socket is opened for a service, so it is left out; the program has to listen by itself",
                    ".target" or ".slice" => "groups units; the supervisor starts all its services",
                    _ => "is no service, so it is left out",
                });
        foreach (var (unit, service) in services.Values)
            TakeDependencies(unit, service);
    }

    private void ConvertUnit(Unit unit)
    {
        var name = Path.GetFileNameWithoutExtension(unit.Source.Name);
        if (name.EndsWith('@'))
        {
            conversion.Report.Say(Weight.Danger, unit.At.Place, null, unit.Source.Name, "is a template, so it is left out; copy it to NAME@INSTANCE.service and name that");
            return;
        }
        var service = conversion.Add(unit.At, name);
        if (Command(unit, service) is not { } cmd)
        {
            conversion.Remove(service);
            return;
        }
        if (unit.Last("DynamicUser") is { Flag: true } dynamic && unit.Last("User") is null)
        {
            service.Lose(Weight.Danger, dynamic, "would have it run as the supervisor's own user, so the unit is left out; say User=, and convert again");
            conversion.Remove(service);
            return;
        }
        services[unit.Source.Name] = (unit, service);
        service.Keys["cmd"] = Written.Of(cmd);
        service.Keys["restart"] = "no"; // systemd's, where nothing is said
        var user = unit.Last("User") is { } at ? unit.Expand(at, service) : null;
        if (user is not null)
            service.Keys["user"] = Placeholders.Literal(user);
        TakeFolder(unit, service, user);
        TakeEnvironment(unit, service);
        OfService.Apply(service, unit.Service.Where(setting => !IsFamily(setting)).Select(setting => unit.Expand(setting, service) is { } text ? setting with { Node = new Node.Text(setting.Node.Position, text) } : null).OfType<Setting>());
        foreach (var family in unit.Service.Where(IsFamily))
            TakeFamily(service, family);
        // A delay does not grow, unless it is said to.
        if (unit.Last("RestartSec") is { } delay)
            service.SetDelay(delay, Span(delay.Text!), unit.Last("RestartSteps")?.Number is > 0 && unit.Last("RestartMaxDelaySec") is { } most && Span(most.Text!) is { } longest && longest > Span(delay.Text!) ? longest : Span(delay.Text!));
        if (!service.Keys.ContainsKey("stop_timeout"))
            service.Keys["stop_timeout"] = "1m30s"; // DefaultTimeoutStopSec
        if (unit.Last("Type")?.Text is "notify" or "notify-reload" or "dbus")
            service.Lose(Weight.Note, unit.Last("Type")!, "no word of its readiness is awaited; a health check would tell those that depend on it");
    }

    private static bool IsFamily(Setting at) => Family().IsMatch(at.Key);

    private static void TakeFamily(ImportedService service, Setting at)
    {
        if (!at.Key.StartsWith("Limit", StringComparison.Ordinal))
        {
            if (at.Flag is not false && at.Text is not "off")
                service.Lose(Weight.Danger, at, Confines);
            return;
        }
        var name = at.Key["Limit".Length..].ToLowerInvariant();
        var parts = at.Text!.Split(':');
        var values = parts.Select(part => part == "infinity" ? (JsonNode?)"unlimited"
            : LimitsOfTime.Contains(name) ? Span(part) is { } time ? (long)(name == "cpu" ? time.TotalSeconds : time.TotalMicroseconds) : null
            : (at with { Node = new Node.Text(at.Node.Position, part) }).Size).ToArray();
        service.SetLimit(at, name, values switch
        {
            [{ } both] => both,
            [{ } soft, { } hard] => new JsonArray(soft, hard),
            _ => null,
        });
    }

    private static void TakeRestart(ImportedService service, Setting at)
    {
        service.Set(at, "restart", at.Text switch
        {
            "no" or "always" or "on-failure" => at.Text,
            "on-abnormal" or "on-abort" or "on-watchdog" => "on-failure",
            "on-success" => "no",
            _ => null,
        });
        if (at.Text is "on-abnormal" or "on-abort" or "on-watchdog")
            service.Lose(Weight.Danger, at, $"{at.Text} becomes on-failure, which restarts after a bad exit code too");
        if (at.Text == "on-success")
            service.Lose(Weight.Danger, at, "there is no restart after success alone, so it is not restarted at all");
    }

    private static void TakeTimeout(ImportedService service, Setting at)
    {
        if (at.Text == "infinity")
        {
            service.Keys["stop_timeout"] = "1d";
            service.Lose(Weight.Note, at, "no stop may take for ever, so it may take a day");
        }
        else
            service.Set(at, "stop_timeout", Written.Of(Span(at.Text!)));
    }

    private void TakeFolder(Unit unit, ImportedService service, string? user)
    {
        if (unit.Last("WorkingDirectory") is not { Text.Length: > 0 } at)
        {
            service.Keys["working_dir"] = "/";
            return;
        }
        var folder = unit.Expand(at, service)?.TrimStart('-');
        if (folder == "~")
            folder = user is null ? conversion.Variable("HOME") : Account.Find(user)?.Home;
        service.Set(at, "working_dir", folder is null ? null : Placeholders.Literal(folder));
        if (at.Text.StartsWith('-'))
            service.Lose(Weight.Note, at, "the folder has to be there");
    }

    private static void TakeEnvironment(Unit unit, ImportedService service)
    {
        var files = new List<string>();
        foreach (var at in unit.All("EnvironmentFile"))
        {
            if (unit.Expand(at, service) is not { } path)
                continue;
            if (path.StartsWith('-') && !File.Exists(path[1..]))
                service.Lose(Weight.Note, at, $"{path[1..]} is not there, so it is left out; an env_file has to be there");
            else
                files.AddRange(RootReader.Matches(path.TrimStart('-')).Select(Placeholders.Literal));
        }
        if (files.Count > 0)
            service.Keys["env_file"] = files is [var only] ? only : new JsonArray([.. files.Select(file => (JsonNode)file)]);
        var variables = new Dictionary<string, string>();
        foreach (var at in unit.All("Environment"))
            if (UnitWords.Split(at.Text!)?.Select(word => unit.Expand(at, service, word)).ToList() is { } words && words.All(word => word?.Contains('=') is true))
                foreach (var parts in words.Select(word => word!.Split('=', 2)))
                    variables[parts[0]] = parts[1];
            else
                service.Lose(Weight.Danger, at, "is not NAME=value, with quotes where it needs them, so it is left out");
        // systemd has the files go before the unit, we have it the other way round.
        foreach (var name in files.SelectMany(file => EnvFile.Read(file, new(new Node.Text(default, ""), "", new("")))).Select(variable => variable.Key).Where(variables.ContainsKey).Distinct().ToList())
        {
            variables.Remove(name);
            service.Lose(Weight.Note, unit.Last("Environment")!, $"{name} is in a file of variables too, which goes before it, so it is left out");
        }
        service.AddEnvironment(variables.Select(one => (one.Key, Placeholders.Literal(one.Value))));
    }

    /// <summary>What is to be run; null, which is said, if that cannot be told or done.</summary>
    private static IReadOnlyList<string>? Command(Unit unit, ImportedService service)
    {
        var commands = unit.All("ExecStart");
        if (commands.Count != 1 || unit.Last("Type")?.Text == "forking")
        {
            service.Lose(Weight.Danger, unit.Last(commands.Count == 1 ? "Type" : "ExecStart") ?? unit.At with { Key = "ExecStart" }, commands.Count switch
            {
                0 => "is missing, so the unit is left out",
                1 => "forking puts the program into the background, so the unit is left out; name the option that keeps it in the foreground (docs/configuration.md has a list), and convert again",
                _ => "has several commands, so the unit is left out; make them one: sh -c 'a && b'",
            });
            return null;
        }
        var at = commands[0];
        var prefixes = at.Text!.TakeWhile(letter => "@-:+!|".Contains(letter)).ToList();
        if (UnitWords.Split(at.Text![prefixes.Count..])?.Select(word => unit.Expand(at, service, word)).ToList() is not { Count: > 0 } all || all.Contains(";"))
        {
            service.Lose(Weight.Danger, at, "cannot be read as one command, so the unit is left out");
            return null;
        }
        var words = all.OfType<string>().ToList();
        if (words.Count < all.Count)
            return null;
        if (prefixes.Contains('@') && words.Count > 1)
        {
            service.Lose(Weight.Note, at, "@ gave the program another name for itself, which is not done");
            words.RemoveAt(1);
        }
        if (prefixes.Contains('-'))
            service.Lose(Weight.Note, at, "- took a failure for success, which is not done");
        if (prefixes.Any(letter => letter is '+' or '!' or '|'))
            service.Lose(Weight.Danger, at, "+, ! or | gave it other rights than those of User=, or a shell, which is not done");
        return prefixes.Contains(':') ? words : WithVariables(words);
    }

    /// <summary>A shell puts in what systemd would: <c>$NAME</c> as words, <c>${NAME}</c> within one. It makes way for the program.</summary>
    private static IReadOnlyList<string> WithVariables(List<string> words)
    {
        if (!words.Skip(1).Any(word => Variable().Matches(word).Any(match => match.Value != "$$")))
            return [words[0], .. words.Skip(1).Select(word => word.Replace("$$", "$", StringComparison.Ordinal))];
        return ["sh", "-c", $"set -f; exec {string.Join(' ', words.Select((word, index) => index == 0 ? Quote(word) : WholeVariable().IsMatch(word) ? word : Shell(word)))}"];
    }

    private static string Shell(string word)
    {
        var text = new StringBuilder();
        var start = 0;
        foreach (Match match in Variable().Matches(word))
        {
            text.Append(Quote(word[start..match.Index], isPart: true)).Append(match.Value == "$$" ? "'$'" : $"\"{match.Value}\"");
            start = match.Index + match.Length;
        }
        return text.Append(Quote(word[start..], isPart: text.Length > 0)).ToString();
    }

    private static string Quote(string text, bool isPart = false) => text.Length == 0 ? isPart ? "" : "''"
        : text.All(letter => char.IsAsciiLetterOrDigit(letter) || "/._-=:+,@%".Contains(letter)) ? text : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private void TakeDependencies(Unit unit, ImportedService service)
    {
        var wanted = new JsonObject();
        var needed = unit.Names("Requires", "BindsTo", "Requisite", "PartOf", "Wants").ToList();
        var after = unit.Names("After").Concat(services.Values.SelectMany(other => other.Unit.Names("Before").Where(before => before.Name == unit.Source.Name).Select(before => before with { Name = other.Unit.Source.Name })));
        foreach (var (at, name) in after.DistinctBy(one => one.Name))
            if (services.TryGetValue(name, out var other))
                wanted[other.Service.Name] = other.Unit.Last("Type")?.Text == "oneshot" ? "completed" : "started";
            else
                service.Lose(name.EndsWith(".service", StringComparison.Ordinal) ? Weight.Note : Weight.Noise, at with { Key = name }, "is not among the files, so it is not waited for");
        foreach (var (at, name) in needed)
            if (!services.TryGetValue(name, out var other))
                service.Lose(!name.EndsWith(".service", StringComparison.Ordinal) && !name.EndsWith(".socket", StringComparison.Ordinal) ? Weight.Noise : at.Key == "Wants" ? Weight.Note : Weight.Danger, at with { Key = name }, "is not among the files, so it is not started along");
            else if (at.Key is "BindsTo" or "PartOf" or "Requires" or "Requisite")
                service.Lose(Weight.Note, at, $"a restart of {other.Service.Name} leaves it alone; see restart_dependents");
        if (wanted.Count > 0)
            service.Keys["depends_on"] = wanted;
        foreach (var at in unit.Other.Where(setting => setting.Key is "OnFailure" or "OnSuccess" or "Conflicts" or "JoinsNamespaceOf" or "Upholds" || (Condition().IsMatch(setting.Key) && setting.Text!.Length > 0)))
            service.Lose(at.Key == "Conflicts" && at.Text == "shutdown.target" ? Weight.Noise : Weight.Danger, at, at.Key == "OnFailure" ? "is not done; see alert_cmd" : "is not done");
    }

    /// <summary>systemd.time(7): words of a number and a unit, with or without spaces; a number alone means seconds.</summary>
    private static TimeSpan? Span(string text)
    {
        text = string.Join(' ', text.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries));
        var parts = TimePart().Matches(text);
        if (parts.Count == 0 || parts.Sum(part => part.Length) != text.Length)
            return null;
        var total = 0m;
        foreach (Match part in parts)
            total += decimal.Parse(part.Groups["count"].Value, CultureInfo.InvariantCulture) * part.Groups["unit"].Value switch
            {
                "us" or "usec" => 0.000001m,
                "ms" or "msec" => 0.001m,
                "m" or "min" or "minute" or "minutes" => 60,
                "h" or "hr" or "hour" or "hours" => 3600,
                "d" or "day" or "days" => 86400,
                "w" or "week" or "weeks" => 604800,
                _ => 1,
            };
        return total > 3_600_000_000 ? null : TimeSpan.FromTicks((long)(total * TimeSpan.TicksPerSecond));
    }

    [GeneratedRegex("^(Limit|Protect|Private|Restrict|SystemCall)[A-Z]")]
    private static partial Regex Family();

    [GeneratedRegex("^(Condition|Assert)[A-Z]")]
    private static partial Regex Condition();

    [GeneratedRegex(@"\$\$|\$\{[A-Za-z_][A-Za-z0-9_]*\}|^\$[A-Za-z_][A-Za-z0-9_]*$")]
    private static partial Regex Variable();

    [GeneratedRegex(@"^\$[A-Za-z_][A-Za-z0-9_]*$")]
    private static partial Regex WholeVariable();

    [GeneratedRegex(@"(?<count>\d{1,12}(\.\d{1,6})?) ?(?<unit>usec|us|msec|ms|seconds|second|sec|s|minutes|minute|min|months|month|M|m|hours|hour|hr|h|days|day|d|weeks|week|w)? ?")]
    private static partial Regex TimePart();
}

/// <summary>A unit, with the files of NAME.d beside it.</summary>
internal sealed class Unit
{
    private readonly Dictionary<string, List<Setting>> settings = [];

    private Unit(Source source) => Source = source;

    public Source Source { get; }

    /// <summary>The unit as such.</summary>
    public Setting At => Source.At(1, Source.Name);

    /// <summary>What is said of the service.</summary>
    public IEnumerable<Setting> Service => settings.Where(one => one.Key.StartsWith("Service.", StringComparison.Ordinal)).SelectMany(one => one.Value).Where(one => one.Text!.Length > 0);

    /// <summary>What is said of the unit.</summary>
    public IEnumerable<Setting> Other => settings.Where(one => one.Key.StartsWith("Unit.", StringComparison.Ordinal)).SelectMany(one => one.Value);

    /// <summary>All values of a key of [Service], in their order; an empty one has taken back those before it.</summary>
    public IReadOnlyList<Setting> All(string key) => settings.GetValueOrDefault($"Service.{key}") ?? [];

    /// <summary>The last of them.</summary>
    public Setting? Last(string key) => All(key) is [.., var last] ? last : null;

    /// <summary>The units that keys of [Unit] name.</summary>
    public IEnumerable<(Setting At, string Name)> Names(params IEnumerable<string> keys) =>
        keys.SelectMany(key => settings.GetValueOrDefault($"Unit.{key}") ?? []).SelectMany(at => at.Text!.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries), (at, name) => (at, name));

    /// <summary>Reads it: systemd.syntax(7).</summary>
    public static Unit Read(Source source, Report report)
    {
        var unit = new Unit(source);
        unit.Take(source, report);
        var folder = Path.Combine(source.Folder, $"{source.Name}.d");
        foreach (var path in Directory.Exists(folder) ? Directory.GetFiles(folder, "*.conf").Order(StringComparer.Ordinal) : Enumerable.Empty<string>())
            try
            {
                unit.Take(ImportSource.Read(Path.Combine($"{source.Path}.d", Path.GetFileName(path))), report);
            }
            catch (InvalidDataException e)
            {
                report.Say(Weight.Danger, $"{source.Path}:1:1", null, source.Name, $"{e.Message}, so it is left out");
            }
        return unit;
    }

    private void Take(Source source, Report report)
    {
        var (section, lines) = ("", source.Text.Split('\n'));
        for (var i = 0; i < lines.Length; i++)
        {
            var (number, line) = (i + 1, lines[i].Trim());
            if (line is [] or ['#' or ';', ..])
                continue;
            if (line.EndsWith('\\'))
            {
                // A comment between the lines of a value is passed over.
                var parts = new List<string> { line };
                while (parts[^1].EndsWith('\\') && ++i < lines.Length)
                    if (lines[i].Trim() is not ['#' or ';', ..])
                        parts.Add(lines[i].Trim());
                line = string.Join(' ', parts.Select(part => part.TrimEnd('\\').TrimEnd()));
            }
            if (line is ['[', .. var name, ']'])
                section = name;
            else if (line.IndexOf('=') is > 0 and var split && section.Length > 0)
                Add(section, source.At(number, line[..split].Trim(), line[(split + 1)..].Trim()));
            else
                report.Say(Weight.Danger, $"{source.Path}:{number}:1", null, Printable.Quote(line), "is neither a [section] nor Key=value, so it is left out");
        }
    }

    private void Add(string section, Setting setting)
    {
        var key = $"{section}.{setting.Key}";
        if (!settings.TryGetValue(key, out var values))
            settings.Add(key, values = []);
        // Lists grow; of all else the last counts. An empty value begins anew.
        if (setting.Text!.Length == 0 || !(section == "Unit" || setting.Key is "ExecStart" or "Environment" or "EnvironmentFile" || setting.Key.StartsWith("ExecSt", StringComparison.Ordinal)))
            values.Clear();
        if (setting.Text.Length > 0)
            values.Add(setting);
    }

    /// <summary>The text of a setting, or a word of it, with what its specifiers stand for, as for units of the system; null, which is said, if something is unknown.</summary>
    public string? Expand(Setting at, ImportedService service, string? word = null)
    {
        var from = word ?? at.Text!;
        var text = new StringBuilder();
        var full = Source.Name;
        var name = Path.GetFileNameWithoutExtension(full);
        var instance = name.Contains('@') ? name[(name.IndexOf('@') + 1)..] : "";
        var prefix = name.Split('@')[0];
        for (var i = 0; i < from.Length; i++)
        {
            if (from[i] != '%' || i + 1 == from.Length)
            {
                text.Append(from[i]);
                continue;
            }
            var value = from[++i] switch
            {
                '%' => "%",
                'n' => full,
                'N' => name,
                'p' => prefix,
                'P' => Unescape(prefix),
                'i' => instance,
                'I' => Unescape(instance),
                'j' => prefix[(prefix.LastIndexOf('-') + 1)..],
                'f' => "/" + Unescape(instance.Length > 0 ? instance : prefix).TrimStart('/'),
                'u' => "root",
                'U' or 'G' => "0",
                'g' => "root",
                'h' => "/root",
                's' => "/bin/sh",
                't' => "/run",
                'S' => "/var/lib",
                'C' => "/var/cache",
                'L' => "/var/log",
                'E' => "/etc",
                'T' => "/tmp",
                'V' => "/var/tmp",
                'H' => Environment.MachineName,
                'l' => Environment.MachineName.Split('.')[0],
                _ => null,
            };
            if (value is null)
            {
                service.Lose(Weight.Danger, at, $"nothing is known that %{from[i]} would stand for, so it is left out");
                return null;
            }
            text.Append(value);
        }
        return text.ToString();
    }

    /// <summary>systemd-escape(1): a dash was a slash, \xNN any other byte.</summary>
    private static string Unescape(string text)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < text.Length; i++)
            if (text[i] == '-')
                bytes.Add((byte)'/');
            else if (text[i] == '\\' && i + 3 < text.Length && byte.TryParse(text.AsSpan(i + 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                bytes.Add(value);
                i += 3;
            }
            else
                bytes.AddRange(Encoding.UTF8.GetBytes(text[i].ToString()));
        return Encoding.UTF8.GetString([.. bytes]);
    }
}

/// <summary>Splits a line as systemd does: systemd.service(5), "Command lines"; systemd.syntax(7), "Quoting".</summary>
internal static class UnitWords
{
    /// <summary>The words; null where a quote is not closed, or an escape is none.</summary>
    public static List<string>? Split(string line)
    {
        var words = new List<string>();
        for (var i = 0; i < line.Length;)
        {
            if (char.IsWhiteSpace(line[i]))
            {
                i++;
                continue;
            }
            var word = new StringBuilder();
            char quote = '\0';
            for (; i < line.Length && (quote != '\0' || !char.IsWhiteSpace(line[i])); i++)
                if (line[i] == '\\')
                {
                    if (!TakeEscape(line, ref i, word))
                        return null;
                }
                else if (quote == '\0' && line[i] is '"' or '\'')
                    quote = line[i];
                else if (quote != '\0' && line[i] == quote)
                    quote = '\0';
                else
                    word.Append(line[i]);
            if (quote != '\0')
                return null;
            words.Add(word.ToString());
        }
        return words;
    }

    private static bool TakeEscape(string line, ref int i, StringBuilder word)
    {
        if (++i >= line.Length)
            return false;
        var digits = line[i] switch { 'x' => 2, 'u' => 4, 'U' => 8, >= '0' and <= '7' => 3, _ => 0 };
        if (digits == 0)
        {
            const string Letters = "abfnrtvs\\\"' ;";
            const string Meanings = "\a\b\f\n\r\t\v \\\"' ;";
            if (Letters.IndexOf(line[i]) is not (>= 0 and var at))
                return false;
            word.Append(Meanings[at]);
            return true;
        }
        var start = line[i] is >= '0' and <= '7' ? i : i + 1;
        var (radix, value) = (digits == 3 ? 8 : 16, 0L);
        if (start + digits > line.Length)
            return false;
        foreach (var digit in line.AsSpan(start, digits))
            if (char.IsAsciiHexDigit(digit) && Convert.ToInt32(digit.ToString(), 16) is var worth && worth < radix)
                value = value * radix + worth;
            else
                return false;
        if (value is 0 or > int.MaxValue || !Rune.IsValid((int)value))
            return false;
        word.Append(new Rune((int)value));
        i = start + digits - 1;
        return true;
    }
}
