using System.Text;

namespace Supervisor.Client;

/// <summary>One verb of the command line. To add one: a line here, a row in <c>Program</c>, and a class that does it.</summary>
/// <param name="Name">What the user types.</param>
/// <param name="Names">Whether it takes service names, and whether it may do without.</param>
/// <param name="Options">Long names of the options it takes, besides those that every verb takes.</param>
/// <param name="Summary">What it does, in a line.</param>
internal sealed record Verb(string Name, NamesRule Names, IReadOnlyList<string> Options, string Summary)
{
    public static IReadOnlyList<Verb> All { get; } =
    [
        new("up", NamesRule.None, ["detach", "timeout", "logs", "abort-on-exit", "exit-code-from", "ready-fd", "inherit", "follower"], "start the services and watch over them, in the foreground (the default verb)"),
        new("status", NamesRule.Optional, ["json", "watch", "wide"], "show every service"),
        new("restart", NamesRule.NamesOrAll, ["all", "reload", "timeout", "json"], "stop and start services; returns when they are up"),
        new("start", NamesRule.NamesOrAll, ["all", "timeout", "json"], "start services; returns when they are up"),
        new("stop", NamesRule.NamesOrAll, ["all", "timeout", "json"], "stop services until they are started by hand"),
        new("signal", NamesRule.NamesOrAll, ["all", "group"], "send a signal, such as HUP, to the processes of services, also while they are stopping") { Choices = [.. Platform.Current.Signals.Keys.Select(name => name[3..])], Choosing = "SIGNAL" },
        new("wait", NamesRule.Optional, ["timeout", "json"], "wait until services are up: healthy, or without a health check running for a second"),
        new("logs", NamesRule.Optional, ["follow", "lines", "since", "attached"], "show the last lines of each log, also while no supervisor is running"),
        new("events", NamesRule.Optional, ["follow", "lines", "since", "json"], "show what happened and why, newest last"),
        new("why", NamesRule.One, ["json"], "tell the last failure of a service: what was seen, how it ended, what was done"),
        new("metrics", NamesRule.None, ["output"], "print the status in the text format of Prometheus, for its node_exporter or whatever else reads it"),
        new("reload", NamesRule.None, ["timeout", "json"], "take up the edited configuration; only what has changed is touched"),
        new("upgrade", NamesRule.None, ["timeout", "json"], "replace the running supervisor by the program now on disk; no service is touched"),
        new("down", NamesRule.None, ["timeout"], "stop everything, the supervisor too"),
        new("check", NamesRule.None, ["diff", "timeout", "json", "successor"], "validate the configuration and print every problem"),
        new("exec", NamesRule.OneAndCommand, [], "run a command with the user, environment, folder and limits of a service"),
        new("schema", NamesRule.None, [], "print the JSON schema of the configuration"),
        new("init", NamesRule.Files, ["from", "env", "run", "verbose"], "write a configuration to begin with, or one converted from supervisord, a Procfile, PM2 or systemd"),
        new("export", NamesRule.Choice, ["image", "verbose"], "print the same services for another engine; what it cannot do is said on stderr") { Choices = ["systemd", "kubernetes", "nomad"] },
        new("install", NamesRule.Choice, ["user", "name", "write"], "print the unit that has systemd or launchd guard the supervisor, or put it in its place") { Choices = ["systemd", "launchd"] },
        new("completion", NamesRule.Choice, [], "print the script that has a shell complete verbs, options and service names") { Choices = ["bash", "zsh", "fish"] },
        new("help", NamesRule.Verb, [], "show help, also of one verb"),
        new("complete", NamesRule.Optional, [], "print how the last of these words may go on") { IsHidden = true },
    ];

    /// <summary>The words of which it takes one: in place of service names, or after them.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>What the word after the names is called in the help; null where there is none.</summary>
    public string? Choosing { get; init; }

    /// <summary>Whether the help leaves it out: it is for programs.</summary>
    public bool IsHidden { get; init; }

    /// <summary>The options that a user may give it.</summary>
    public IEnumerable<Option> ShownOptions =>
        Option.All.Where(option => !option.IsHidden && (Options.Contains(option.Name) || Option.Common.Contains(option.Name)));

    /// <summary>How it is called.</summary>
    public string Usage => string.Join(' ', new[] { "supervisor [-c FILE]", Name, NamesUsage, Choosing ?? "", OptionsUsage }.Where(part => part.Length > 0));

    private string NamesUsage => Names switch
    {
        NamesRule.None or NamesRule.Files => "",
        NamesRule.Optional => "[NAME...]",
        NamesRule.One => "NAME",
        NamesRule.OneAndCommand => "NAME -- COMMAND...",
        NamesRule.NamesOrAll => "NAME...|--all",
        NamesRule.Choice => string.Join('|', Choices),
        NamesRule.Verb => "[VERB]",
    };

    private string OptionsUsage =>
        string.Join(' ', Option.All.Where(option => Options.Contains(option.Name) && !option.IsHidden && option.Name != "all").Select(option => $"[{option.Usage}]"));
}

/// <summary>Whether a verb takes service names.</summary>
internal enum NamesRule
{
    /// <summary>It takes none.</summary>
    None,

    /// <summary>None means all.</summary>
    Optional,

    /// <summary>One, neither more nor less.</summary>
    One,

    /// <summary>One, and then the words of a command.</summary>
    OneAndCommand,

    /// <summary>All must be said.</summary>
    NamesOrAll,

    /// <summary>It takes no service, but one of a few words.</summary>
    Choice,

    /// <summary>It takes no service; what stands there are more files for its option.</summary>
    Files,

    /// <summary>It takes no service, but may take a verb.</summary>
    Verb,
}

/// <summary>One option of the command line.</summary>
/// <param name="Name">Its long name, without dashes.</param>
/// <param name="Short">Its short name, or none.</param>
/// <param name="Value">What its value is called in the help; null if it takes none.</param>
/// <param name="Summary">What it does, in a line.</param>
internal sealed record Option(string Name, char? Short, string? Value, string Summary)
{
    public static IReadOnlyList<Option> All { get; } =
    [
        new("config", 'c', "FILE", "the configuration (default: $SUPERVISOR_CONFIG, else ./supervisor.json)"),
        new("detach", 'd', null, "run in the background; return when every service is up"),
        new("all", null, null, "every service"),
        new("reload", null, null, "take up the edited configuration first, all of it"),
        new("logs", null, null, "also print what the services write, on stdout"),
        new("abort-on-exit", null, null, "stop everything once a service has ended for good; its exit code becomes that of the supervisor"),
        new("exit-code-from", null, "SERVICE", "the same once this one has ended, and its exit code"),
        new("timeout", null, "DURATION", "how long to wait: 500ms, 60s, 2m, 1d (default: 60s)"),
        new("json", null, null, "print JSON"),
        new("group", null, null, "to the whole process group of each, not its first process alone"),
        new("follow", 'f', null, "go on with what comes"),
        new("lines", 'n', "N", "the last N (default: 50)"),
        new("since", null, "DURATION", "only of the last 10m, 2h, 2d, ..."),
        new("watch", null, null, "repaint every second"),
        new("diff", null, null, "also tell what a reload would do"),
        new("from", null, "FILE...", "what to convert: supervisord.conf, Procfile, ecosystem.config.js, units of systemd; files or folders") { Repeats = true },
        new("env", null, "NAME", "of PM2: also what stands in env_NAME"),
        new("run", null, null, "have node run a configuration of PM2 that is a program"),
        new("verbose", null, null, "also name what changes nothing"),
        new("image", null, "NAME", "the image that has the programs, for kubernetes"),
        new("wide", null, null, "also the processor time and memory of each service's processes"),
        new("output", 'o', "FILE", "write to this file, whole or not at all"),
        new("user", null, null, "for your own systemd or launchd, not the system's"),
        new("name", null, "NAME", "what the unit is called (default: dispatch-supervisor)"),
        new("write", null, null, "put the unit in its place, and say what to do next"),
        new("help", 'h', null, "show help, also of one verb"),
        new("version", 'V', null, "show the version"),
        new("ready-fd", null, "N", "write a line to this descriptor once requests are taken") { IsHidden = true },
        new("inherit", null, "N,N", "take these descriptors over from the program before") { IsHidden = true },
        new("follower", null, "N,N", "take over the process that prints what the services write, and the descriptor that it listens to") { IsHidden = true },
        new("attached", null, null, "begin with what comes, and end with the supervisor, which holds the other end of descriptor 3") { IsHidden = true },
        new("successor", null, null, "also whether this program could take the running supervisor's place") { IsHidden = true },
    ];

    /// <summary>Options that every verb takes.</summary>
    public static IReadOnlyList<string> Common { get; } = ["config", "help", "version"];

    /// <summary>Whether the help leaves it out: it is for programs.</summary>
    public bool IsHidden { get; init; }

    /// <summary>Stands between the values of an option that was given several times; no argument has it.</summary>
    public const char Separator = '\0';

    /// <summary>Whether it may be given several times. Of any other, the last counts.</summary>
    public bool Repeats { get; init; }

    /// <summary>How it is written, short name first.</summary>
    public string Usage => (Short is { } letter ? $"-{letter}" : $"--{Name}") + (Value is null ? "" : $" {Value}");
}

/// <summary>The help pages.</summary>
internal static class Help
{
    /// <summary>All verbs and options.</summary>
    public static string Overview()
    {
        var text = new StringBuilder("Starts a set of daemons, watches that each lives and answers its health check, and restarts the dead and the hung.\n\n");
        text.Append("usage: supervisor [-c FILE] [VERB] [NAME...] [options]\n\nverbs:\n");
        foreach (var verb in Verb.All.Where(verb => !verb.IsHidden))
            text.Append($"  {verb.Name,-12}{verb.Summary}\n");
        text.Append("\noptions:\n");
        foreach (var option in Option.All.Where(option => !option.IsHidden))
            text.Append(Line(option));
        return text.Append("\nNAME may be a glob: 'worker-*'.\nexit codes: 0 done, 1 failed or timed out, 2 usage or configuration error, 3 no supervisor is running\n").ToString();
    }

    /// <summary>One verb.</summary>
    public static string Of(Verb verb)
    {
        var text = new StringBuilder($"usage: {verb.Usage}\n\n{verb.Summary}\n\noptions:\n");
        foreach (var option in verb.ShownOptions)
            text.Append(Line(option));
        return text.ToString();
    }

    private static string Line(Option option)
    {
        var written = $"{(option.Short is { } letter ? $"-{letter}, " : "    ")}--{option.Name}{(option.Value is null ? "" : $" {option.Value}")}";
        return $"  {written,-24}{option.Summary}\n";
    }
}
