using System.Text.RegularExpressions;
using static Supervisor.Converters.RuleTable;

namespace Supervisor.Converters;

/// <summary>Converts PM2's ecosystem file in JSON: https://pm2.keymetrics.io/docs/usage/application-declaration/.</summary>
/// <param name="conversion">Where to.</param>
/// <param name="environment">Whose <c>env_NAME</c> counts; null for none.</param>
internal sealed partial class Pm2Import(Conversion conversion, string? environment)
{
    private const string OwnLog = "each service has one log of its own, LOG_DIR/NAME.log, as the program writes it";
    private static readonly TimeSpan LongestExponential = TimeSpan.FromSeconds(15);

    /// <summary>What PM2 runs a script with, by its extension.</summary>
    private static readonly Dictionary<string, string> Interpreters = new()
    {
        [".js"] = "node",
        [".cjs"] = "node",
        [".mjs"] = "node",
        [".sh"] = "bash",
        [".py"] = "python3",
        [".rb"] = "ruby",
        [".php"] = "php",
        [".pl"] = "perl",
        [".coffee"] = "coffee",
        [".ls"] = "lsc",
        [".ts"] = "bun",
        [".tsx"] = "bun",
    };

    private static readonly RuleTable OfApp = new(Says(Weight.Note, "there is no such thing here"))
    {
        ["script cmd command name args interpreter exec_interpreter interpreter_args node_args env cwd instances exec_mode autorestart namespace"] = Nothing,
        ["max_memory_restart"] = Becomes("memory_max", at => at.WrittenSize),
        ["kill_timeout"] = Becomes("stop_timeout", at => Written.Of(at.Milliseconds)),
        ["restart_delay"] = (service, at) => service.SetDelay(at, at.Milliseconds, at.Milliseconds),
        ["exp_backoff_restart_delay"] = (service, at) => service.SetDelay(at, at.Milliseconds, at.Milliseconds > LongestExponential ? at.Milliseconds : LongestExponential),
        ["min_uptime"] = Says(Weight.Noise, "restarts are counted anew once the service was well for backoff_reset (60s), which is another thing"),
        ["max_restarts"] = (service, at) =>
        {
            service.SetWithin(at, "alert_after", at.Number, 0, 1_000_000);
            service.Lose(Weight.Note, at, "a service is never given up; after as many restarts in a row an alert is raised");
        },
        ["uid user"] = Becomes("user", at => at.Written),
        ["gid"] = Becomes("group", at => at.Written),
        ["autostart"] = Becomes("autostart", at => at.Flag),
        ["shutdown_with_message"] = SaysIf(IsOn, Weight.Danger, "no message is sent, it is stopped by a signal"),
        ["wait_ready listen_timeout"] = SaysIf(IsOn, Weight.Note, "readiness is told by a health check: see health_port"),
        ["treekill"] = SaysIf(at => at.Flag is false, Weight.Danger, "the whole process group is stopped, not the first process alone"),
        ["watch ignore_watch watch_delay watch_options"] = SaysIf(IsOn, Weight.Danger, "files are not watched"),
        ["cron_restart cron"] = SaysIf(IsOn, Weight.Danger, "nothing is restarted by the clock"),
        ["stop_exit_codes"] = (service, at) =>
        {
            if ((string?)service.Keys["restart"] == "no")
                return;
            service.Keys["restart"] = "on-failure";
            if (at.Items.Any(code => code.Number is not 0))
                service.Lose(Weight.Danger, at, "with restart on-failure, 0 alone means that it is done; after any other exit code it is restarted");
        },
        ["filter_env"] = SaysIf(IsOn, Weight.Danger, "a service has all variables that the supervisor has; run env -u NAME in its command"),
        ["out_file output out error_file error err_file err log_file log log_date_format log_type time merge_logs combine_logs disable_logs pid_file pid"] = SaysIf(IsOn, Weight.Noise, OwnLog),
        ["source_map_support vizion automation pmx trace deep_monitoring disable_trace post_update force append_env_to_name instance_var increment_var"] = SaysIf(IsOn, Weight.Noise, "it is about PM2 itself"),
    };

    private static bool IsOn(Setting at) => at.Flag is not false;

    public void Convert(Setting root)
    {
        if (root.Members.FirstOrDefault(member => member.Key == "apps") is { } apps)
            foreach (var member in root.Members.Where(member => member.Key != "apps"))
                conversion.Report.Say(Weight.Noise, member.Place, null, member.Key, "it is about PM2 itself");
        else
            apps = root with { Key = "app" };
        foreach (var app in apps.Items)
            ConvertApp(app);
    }

    private void ConvertApp(Setting at)
    {
        var app = new App(at.Members);
        if (app.Find("script", "cmd", "command")?.Text is not { Length: > 0 } script)
        {
            conversion.Report.Say(Weight.Danger, at.Place, null, app.Find("name")?.Text ?? at.Key, "has no script, so it is left out");
            return;
        }
        var service = conversion.Add(at, app.Find("name")?.Text ?? Path.GetFileNameWithoutExtension(script));
        var folder = app.Find("cwd");
        var cmd = Command(service, app, at, script, Path.GetFullPath(folder?.Text ?? ".", at.Source.Folder));
        if (cmd is null)
        {
            conversion.Remove(service);
            return;
        }
        service.Keys["cmd"] = Written.Of(cmd);
        if (folder is not null)
            service.Set(folder, "working_dir", folder.Text is { Length: > 0 } text ? Placeholders.Literal(conversion.PathOf(at.Source, text)) : null);
        if (cmd[0].Contains("python", StringComparison.Ordinal))
            service.AddEnvironment([("PYTHONUNBUFFERED", "1")]);
        // PM2 asks with SIGINT, and applications written for it listen to that.
        service.Keys["stop_signal"] = "SIGINT";
        TakeEnvironment(service, app);
        TakeInstances(service, app, cmd[0]);
        if (app.Find("autorestart") is { } restart)
            service.Set(restart, "restart", restart.Flag switch { true => "always", false => "no", null => null });
        OfApp.Apply(service, app.Settings.Where(setting => !setting.Key.StartsWith("env_", StringComparison.Ordinal)));
        conversion.RunIn(at.Source, service);
    }

    /// <summary>What PM2 would execute; null, which is said, if that cannot be told.</summary>
    private static IReadOnlyList<string>? Command(ImportedService service, App app, Setting at, string script, string folder)
    {
        if (script.Contains(' '))
            return ["bash", "-c", script];
        var interpreter = app.Find("interpreter", "exec_interpreter")?.Text;
        var file = Path.GetFullPath(script, folder);
        // A file beside the others goes before a program on PATH; what has no extension and is no binary goes to node.
        var isHere = File.Exists(file);
        interpreter ??= Interpreters.GetValueOrDefault(Path.GetExtension(script)) ?? (isHere ? IsBinary(file) ? "none" : "node" : script.Contains('/') ? "node" : "none");
        if (interpreter.StartsWith("node@", StringComparison.Ordinal))
        {
            service.Lose(Weight.Danger, app.Find("interpreter", "exec_interpreter")!, "names a version of nvm's; the node on PATH runs it now");
            interpreter = "node";
        }
        if (!isHere && script.Contains('/'))
            service.Lose(Weight.Note, at with { Key = "script" }, $"{Printable.Shorten(script)} is not there; what runs it is told by its name alone");
        if (Words(app.Find("interpreter_args", "node_args")) is not { } before || Words(app.Find("args")) is not { } after)
        {
            service.Lose(Weight.Danger, at with { Key = "args" }, "has a quote that is not closed, or is no text, so the service is left out");
            return null;
        }
        return
        [
            .. interpreter == "none" ? before : [interpreter, .. before],
            interpreter == "none" && !script.Contains('/') && isHere ? $"./{script}" : script,
            .. after,
        ];
    }

    private static List<string>? Words(Setting? at) => at switch
    {
        null => [],
        { Node: Node.Array } => at.Items.All(item => item.Text is not null) ? [.. at.Items.Select(item => item.Text!)] : null,
        { Text: { } line } => ShellWords.Split(line)?.ToList(),
        _ => null,
    };

    /// <summary>As programs that tell text from binaries do: by a NUL at the beginning.</summary>
    private static bool IsBinary(string file)
    {
        Span<byte> head = stackalloc byte[512];
        return head[..Math.Max(0, ProcFiles.Read(file, head))].Contains((byte)0);
    }

    private void TakeEnvironment(ImportedService service, App app)
    {
        var name = environment is null ? null : $"env_{environment}";
        var chosen = name is null ? null : app.Find(name);
        if (name is not null && chosen is null)
            service.Lose(Weight.Note, app.Settings[0] with { Key = name }, "is not given for it");
        if (name is null)
            foreach (var other in app.Settings.Where(setting => setting.Key.StartsWith("env_", StringComparison.Ordinal)))
                service.Lose(Weight.Note, other, $"is left out; --env {other.Key["env_".Length..]} would take it in");
        foreach (var variable in (app.Find("env")?.Members ?? []).Concat(chosen?.Members ?? []))
            if (Secret.Is(variable.Key, variable.Text ?? ""))
            {
                service.AddEnvironment([(variable.Key, $"${{{variable.Key}}}")]);
                service.Lose(Weight.Danger, variable, "looks like a secret, so its value is not written; set it for the supervisor, or in an env_file");
            }
            else if (variable.Text is { } value)
                service.AddEnvironment([(variable.Key, Placeholders.Literal(value))]);
            else
                service.Lose(Weight.Danger, variable, "is no text, so it is left out");
    }

    private static void TakeInstances(ImportedService service, App app, string program)
    {
        var (instances, mode) = (app.Find("instances"), app.Find("exec_mode"));
        var isCluster = mode?.Text is "cluster" or "cluster_mode" || (mode is null && instances is not null && Path.GetFileName(program) is "node" or "bun");
        if (instances?.Number is 1 || (instances is null && !isCluster))
            return;
        if (isCluster)
            service.Lose(instances is null ? Weight.Note : Weight.Danger, (instances ?? mode)!, "one process runs now, not a cluster that shares a port; several need instances, ports of their own and a proxy");
        else if (instances!.Number is > 1 and <= Instance.Most and var count)
        {
            service.Keys["instances"] = count;
            service.Lose(Weight.Note, instances, "NODE_APP_INSTANCE is not set; ${INSTANCE} counts from 1");
        }
        else
            service.Lose(Weight.Danger, instances, "the number of processors is not asked for, so one process runs; say a number of instances");
    }

    private sealed record App(IReadOnlyList<Setting> Settings)
    {
        /// <summary>The first of these that is there.</summary>
        public Setting? Find(params string[] names) => names.Select(name => Settings.FirstOrDefault(setting => setting.Key == name)).FirstOrDefault(setting => setting is not null);
    }
}

/// <summary>Tells what is better not written into a file that others read.</summary>
internal static partial class Secret
{
    /// <summary>Whether a variable's name says so, or its value is a URL with a password in it.</summary>
    public static bool Is(string name, string value) => Name().IsMatch(name) || Url().IsMatch(value);

    [GeneratedRegex("PASS(WORD|WD|PHRASE)?(_|$)|SECRET|TOKEN$|CREDENTIAL|PRIVATE|(^|_)(API|ACCESS|AUTH|ENCRYPTION|SIGNING)?_?KEY(_|$)|APIKEY|(^|_)(SALT|DSN)$", RegexOptions.IgnoreCase)]
    private static partial Regex Name();

    [GeneratedRegex("^[a-z][a-z0-9+.-]*://[^/@:]*:[^/@]+@", RegexOptions.IgnoreCase)]
    private static partial Regex Url();
}
