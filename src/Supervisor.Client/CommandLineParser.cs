using System.Globalization;

namespace Supervisor.Client;

/// <summary>What the user asked for.</summary>
internal sealed record CommandLine
{
    /// <summary>The verb; <c>up</c> when none was given.</summary>
    public required Verb Verb { get; init; }

    /// <summary>Service names or globs.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>The options given, with their values; those that take none have an empty one.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether an option was given, by its long name without dashes.</summary>
    public bool Has(string option) => Options.ContainsKey(option);

    /// <summary>The configuration file.</summary>
    public string ConfigFile =>
        Options.GetValueOrDefault("config") ?? (Environment.GetEnvironmentVariable("SUPERVISOR_CONFIG") is { Length: > 0 } file ? file : "supervisor.json");

    /// <summary>How many lines to show; null where it was not said.</summary>
    public int? Lines { get; init; }

    /// <summary>How far to look back; null for all the way.</summary>
    public TimeSpan? Since { get; init; }

    /// <summary>How long to wait for the outcome.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>The command line makes no sense; the message says why, in one line.</summary>
/// <param name="message">What is wrong, in words; it may quote what was typed.</param>
internal sealed class UsageException(string message) : Exception(Printable.Escape(message));

/// <summary>Reads the command line. Options may stand anywhere; <c>--</c> ends them.</summary>
internal sealed class CommandLineParser
{
    private readonly Dictionary<string, string> options = [];
    private readonly List<string> words = [];
    private readonly Queue<string> rest;

    private CommandLineParser(IEnumerable<string> args) => rest = new(args);

    /// <summary>What the user asked for.</summary>
    /// <exception cref="UsageException">It makes no sense.</exception>
    public static CommandLine Parse(IEnumerable<string> args) => new CommandLineParser(args).Parse();

    private CommandLine Parse()
    {
        while (rest.TryDequeue(out var arg))
            Take(arg);
        var line = new CommandLine { Verb = VerbOf(words.FirstOrDefault() ?? "up"), Names = [.. words.Skip(1)], Options = options };
        if (line.Has("help") || line.Has("version"))
            return line;
        Check(line);
        return line with
        {
            Timeout = options.TryGetValue("timeout", out var timeout) ? TimeoutOf(timeout) : line.Timeout,
            Lines = options.TryGetValue("lines", out var lines) ? LinesOf(lines) : null,
            Since = options.TryGetValue("since", out var since) ? SinceOf(since) : null,
        };
    }

    private void Take(string arg)
    {
        if (arg == "--")
            words.AddRange(TakeRest());
        else if (arg.StartsWith("--", StringComparison.Ordinal))
            TakeOption(arg[2..].Split('=', 2));
        else if (arg.Length > 1 && arg[0] == '-')
            TakeLetters(arg);
        else
            words.Add(arg);
    }

    private List<string> TakeRest()
    {
        var all = rest.ToList();
        rest.Clear();
        return all;
    }

    private void TakeOption(string[] nameAndValue)
    {
        var name = nameAndValue[0];
        var option = Option.All.FirstOrDefault(option => option.Name == name)
            ?? throw Unknown("option", $"--{name}", Option.All.Where(option => !option.IsHidden).Select(option => $"--{option.Name}"));
        if (option.Value is null && nameAndValue.Length > 1)
            throw new UsageException($"--{name} takes no value");
        options[name] = option.Value is null ? "" : nameAndValue.ElementAtOrDefault(1) ?? TakeValue($"--{name}", option);
    }

    private void TakeLetters(string arg)
    {
        for (var i = 1; i < arg.Length; i++)
        {
            var option = Option.All.FirstOrDefault(option => option.Short == arg[i]) ?? throw new UsageException($"unknown option '-{arg[i]}'");
            if (option.Value is null)
            {
                options[option.Name] = "";
                continue;
            }
            options[option.Name] = i + 1 < arg.Length ? arg[(i + 1)..] : TakeValue($"-{arg[i]}", option);
            return;
        }
    }

    private string TakeValue(string written, Option option) =>
        rest.TryDequeue(out var value) ? value : throw new UsageException($"{written} needs a value: {written} {option.Value}");

    private static Verb VerbOf(string word) =>
        Verb.All.FirstOrDefault(verb => verb.Name == word) ?? throw Unknown("verb", word, Verb.All.Where(verb => !verb.IsHidden).Select(verb => verb.Name));

    private static void Check(CommandLine line)
    {
        var verb = line.Verb;
        if (line.Options.Keys.FirstOrDefault(name => !verb.Options.Contains(name) && !Option.Common.Contains(name)) is { } misplaced)
            throw new UsageException($"'{verb.Name}' takes no --{misplaced}; it is called: {verb.Usage}");
        CheckNames(line, verb);
        if (line.Options.TryGetValue("ready-fd", out var number) && !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            throw new UsageException($"--ready-fd: '{number}' is not a descriptor number");
        if (line.Options.TryGetValue("name", out var name) && !ServiceName.IsValid(name))
            throw new UsageException($"--name: '{name}' cannot be the name of a unit; {ServiceName.Rule}");
    }

    /// <summary>A day is the longest that the supervisor lets anybody wait.</summary>
    private static TimeSpan TimeoutOf(string text) => DurationOf(text) is { } timeout && timeout <= TimeSpan.FromDays(1)
        ? timeout
        : throw new UsageException($"--timeout: '{text}' is not a duration of at most 24h; write for example 500ms, 60s or 2m");

    private static TimeSpan SinceOf(string text) => DurationOf(text) is { } since && since <= TimeSpan.FromDays(36_500)
        ? since
        : throw new UsageException($"--since: '{text}' is not a duration; write for example 30s, 10m or 2h");

    /// <summary>As in the configuration: text, or a number of seconds.</summary>
    private static TimeSpan? DurationOf(string text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds <= 3_600_000_000
            ? TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond))
            : Duration.TryParse(text, out var duration) ? duration : null;

    private static int LinesOf(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var lines)
        ? lines
        : throw new UsageException($"-n: '{text}' is not a number of lines");

    private static void CheckNames(CommandLine line, Verb verb)
    {
        if (verb.Names == NamesRule.None && line.Names.Count > 0)
            throw new UsageException($"'{verb.Name}' takes no service name; it is called: {verb.Usage}");
        if (verb.Names == NamesRule.Choice)
            CheckChoice(line, verb);
        if (verb.Names == NamesRule.One && line.Names.Count != 1)
            throw new UsageException($"'{verb.Name}' takes one service name; it is called: {verb.Usage}");
        if (verb.Names == NamesRule.NamesOrAll && line.Names.Count == 0 && !line.Has("all"))
            throw new UsageException($"'{verb.Name}' needs a service name, or --all for every one");
        if (line.Names.Count > 0 && line.Has("all"))
            throw new UsageException($"'{verb.Name}' takes names or --all, not both");
    }

    private static void CheckChoice(CommandLine line, Verb verb)
    {
        if (line.Names.FirstOrDefault(name => !verb.Choices.Contains(name)) is { } word)
            throw Unknown("word", word, verb.Choices, $"; it is called: {verb.Usage}");
        if (line.Names.Count != 1)
            throw new UsageException($"'{verb.Name}' needs one of {string.Join(", ", verb.Choices)}; it is called: {verb.Usage}");
    }

    private static UsageException Unknown(string kind, string word, IEnumerable<string> known, string otherwise = "; see supervisor --help") =>
        new($"unknown {kind} '{word}'{Nearest.Suggestion(word, known, otherwise)}");
}
