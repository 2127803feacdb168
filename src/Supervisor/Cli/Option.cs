namespace Supervisor.Cli;

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
        new("detach", 'd', null, "run in the background; return when every service is healthy"),
        new("all", null, null, "every service"),
        new("timeout", null, "DURATION", "how long to wait: 500ms, 60s, 2m (default: 60s)"),
        new("json", null, null, "print JSON"),
        new("follow", 'f', null, "go on with what comes"),
        new("lines", 'n', "N", "the last N (default: 50)"),
        new("since", null, "DURATION", "only of the last 10m, 2h, ..."),
        new("watch", null, null, "repaint every second"),
        new("diff", null, null, "also tell what a reload would do"),
        new("from", null, "FILE", "what to convert: supervisord.conf, Procfile, ecosystem.config.json or compose.json"),
        new("wide", null, null, "also the processor time and memory of each service's processes"),
        new("user", null, null, "for your own systemd or launchd, not the system's"),
        new("name", null, "NAME", "what the unit is called (default: supervisor)"),
        new("write", null, null, "put the unit in its place, and say what to do next"),
        new("help", 'h', null, "show help, also of one verb"),
        new("version", 'V', null, "show the version"),
        new("ready-fd", null, "N", "write a line to this descriptor once requests are taken") { IsHidden = true },
        new("inherit", null, "N,N", "take these descriptors over from the program before") { IsHidden = true },
        new("successor", null, null, "also whether this program could take the running supervisor's place") { IsHidden = true },
    ];

    /// <summary>Options that every verb takes.</summary>
    public static IReadOnlyList<string> Common { get; } = ["config", "help", "version"];

    /// <summary>Whether the help leaves it out: it is for programs.</summary>
    public bool IsHidden { get; init; }

    /// <summary>How it is written, short name first.</summary>
    public string Usage => (Short is { } letter ? $"-{letter}" : $"--{Name}") + (Value is null ? "" : $" {Value}");
}
