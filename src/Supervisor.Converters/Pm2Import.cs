namespace Supervisor.Converters;

/// <summary>Converts PM2's ecosystem file in JSON: https://pm2.keymetrics.io/docs/usage/application-declaration/.</summary>
internal sealed class Pm2Import(Conversion conversion)
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

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
    };

    public void Convert(Place root)
    {
        if (root.Node is Node.Array)
        {
            ConvertApps(root);
            return;
        }
        var section = root.AsSection();
        if (section.Find("apps") is not { } apps)
        {
            ConvertApp(root);
            return;
        }
        ConvertApps(apps);
        foreach (var member in section.Members.Where(member => member.Name != "apps"))
            section.Of(member).Lose("it is about PM2 itself");
    }

    private void ConvertApps(Place apps)
    {
        foreach (var app in apps.Node is Node.Array ? apps.Items() : [apps])
            ConvertApp(app);
    }

    private void ConvertApp(Place at)
    {
        var app = at.AsSection();
        if (app.Find("script")?.AsText() is not { Length: > 0 } script)
        {
            at.Lose("it has no script");
            return;
        }
        var service = conversion.Add(at, app.Find("name")?.AsText() ?? Path.GetFileNameWithoutExtension(script));
        service.Keys["cmd"] = Command(app, script).Select(Placeholders.Literal).Written();
        // PM2 asks with SIGINT, and applications written for it listen to that.
        service.Keys["stop_signal"] = "SIGINT";
        foreach (var member in app.Members)
            Take(service, member.Name, app.Of(member));
        conversion.RunInSourceFolder(service);
    }

    private IEnumerable<string> Command(Section app, string script)
    {
        var interpreter = (app.Find("interpreter") ?? app.Find("exec_interpreter"))?.AsText() ?? Interpreters.GetValueOrDefault(Path.GetExtension(script), "none");
        var folder = Path.GetFullPath(app.Find("cwd")?.AsText() ?? ".", conversion.SourceFolder);
        // Without an interpreter, a file beside the others is meant before a program on PATH.
        var program = interpreter == "none" && !script.Contains('/') && File.Exists(Path.Combine(folder, script)) ? $"./{script}" : script;
        return
        [
            .. interpreter == "none" ? [] : (string[])[interpreter],
            .. (app.Find("interpreter_args") ?? app.Find("node_args")).AsWords(),
            program,
            .. app.Find("args").AsWords(),
        ];
    }

    private void Take(ImportedService service, string key, Place at)
    {
        switch (key)
        {
            case "script" or "name" or "args" or "interpreter" or "exec_interpreter" or "interpreter_args" or "node_args":
            case "exec_mode" when at.AsText() is "fork" or "fork_mode":
            case "watch" or "merge_logs" or "combine_logs" or "time" or "source_map_support" or "vizion" when at.AsFlag() is false:
            case "merge_logs" or "combine_logs" or "namespace":
                break;
            case "cwd":
                service.Set(at, "working_dir", at.AsText() is { } folder ? Placeholders.Literal(conversion.PathOf(folder)) : null);
                break;
            case "env":
                service.AddEnvironment(Variables(at));
                break;
            case "instances":
                TakeInstances(service, at);
                break;
            case "max_memory_restart":
                service.Set(at, "memory_max", at.AsSize().Written());
                break;
            case "autorestart":
                service.Set(at, "restart", at.AsFlag() switch { true => "always", false => "no", null => null });
                break;
            case "stop_exit_codes" when at.AsText() == "0" || (at.Items().ToList() is [var only] && only.AsText() == "0"):
                service.Set(at, "restart", "on-failure");
                break;
            case "kill_timeout":
                service.Set(at, "stop_timeout", at.AsDuration(Millisecond).Written());
                break;
            case "restart_delay" or "exp_backoff_restart_delay":
                service.Set(at, "backoff_initial", at.AsDuration(Millisecond).Written());
                break;
            case "min_uptime":
                service.Set(at, "backoff_reset", at.AsDuration(Millisecond).Written());
                break;
            case "max_restarts":
                service.Set(at, "alert_after", at.AsNumber());
                at.Lose("a service is never given up; after as many restarts an alert is raised");
                break;
            case "uid" or "user":
                service.Set(at, "user", at.AsText());
                break;
            case "gid":
                service.Set(at, "group", at.AsText());
                break;
            default:
                at.Lose(Reason(key));
                break;
        }
    }

    private static void TakeInstances(ImportedService service, Place at)
    {
        if (at.AsNumber() is 1)
            return;
        if (at.AsNumber() is > 1)
            service.Set(at, "instances", at.AsNumber());
        else
            at.Lose("the number of processors is not asked for; say a number of instances");
    }

    private static IEnumerable<(string, string)> Variables(Place at)
    {
        var section = at.AsSection();
        foreach (var variable in section.Members.Select(section.Of))
        {
            if (variable.AsText() is null)
                variable.Lose("it is not a text");
        }
        return section.Members.Where(member => section.Of(member).AsText() is not null).Select(member => (member.Name, Placeholders.Literal(section.Of(member).AsText()!)));
    }

    private static string Reason(string key) => key switch
    {
        _ when key.StartsWith("env_", StringComparison.Ordinal) => "there are no environments to choose from; write a configuration for each, or an env_file",
        "exec_mode" => "there is no cluster mode; instances listen on ports of their own",
        "watch" or "ignore_watch" or "watch_delay" or "watch_options" => "files are not watched",
        "out_file" or "output" or "out" or "error_file" or "error" or "err_file" or "err" or "log_file" or "log" or "log_date_format" or "log_type" or "time" =>
            "each service has a log of its own, LOG_DIR/NAME.log, as the program writes it",
        "cron_restart" or "cron" => "nothing is restarted by the clock",
        "wait_ready" or "listen_timeout" => "a health check tells when it is ready",
        "stop_exit_codes" => "with restart on-failure, 0 alone means that it is done",
        _ => "it has no counterpart",
    };
}
