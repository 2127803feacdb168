namespace Supervisor.Cli;

/// <summary>One verb of the command line. To add one: a line here, a row in <c>Program</c>, and a class that does it.</summary>
/// <param name="Name">What the user types.</param>
/// <param name="Names">Whether it takes service names, and whether it may do without.</param>
/// <param name="Options">Long names of the options it takes, besides those that every verb takes.</param>
/// <param name="Summary">What it does, in a line.</param>
internal sealed record Verb(string Name, NamesRule Names, IReadOnlyList<string> Options, string Summary)
{
    public static IReadOnlyList<Verb> All { get; } =
    [
        new("up", NamesRule.None, ["detach", "timeout", "ready-fd"], "start the services and watch over them, in the foreground (the default verb)"),
        new("status", NamesRule.Optional, ["json", "watch"], "show every service"),
        new("restart", NamesRule.NamesOrAll, ["all", "timeout", "json"], "stop and start services; returns when they are healthy"),
        new("start", NamesRule.NamesOrAll, ["all", "timeout", "json"], "start services; returns when they are healthy"),
        new("stop", NamesRule.NamesOrAll, ["all", "timeout", "json"], "stop services until they are started by hand"),
        new("wait", NamesRule.Optional, ["timeout", "json"], "wait until services are healthy"),
        new("logs", NamesRule.Optional, ["follow", "lines", "since"], "show the last lines of each log, also while no supervisor is running"),
        new("down", NamesRule.None, ["timeout"], "stop everything, the supervisor too"),
        new("check", NamesRule.None, [], "validate the configuration and print every problem"),
    ];

    /// <summary>How it is called.</summary>
    public string Usage => string.Join(' ', new[] { "supervisor [-c FILE]", Name, NamesUsage, OptionsUsage }.Where(part => part.Length > 0));

    private string NamesUsage => Names switch
    {
        NamesRule.None => "",
        NamesRule.Optional => "[NAME...]",
        NamesRule.NamesOrAll => "NAME...|--all",
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

    /// <summary>All must be said.</summary>
    NamesOrAll,
}
