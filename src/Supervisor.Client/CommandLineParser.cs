using System.Globalization;

namespace Supervisor.Client;

/// <summary>What the user asked for.</summary>
internal sealed record CommandLine
{
    /// <summary>The verb; <c>up</c> when none was given.</summary>
    public required Verb Verb { get; init; }

    /// <summary>Service names or globs.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>The word after the names, where the verb takes one.</summary>
    public string? Choice { get; init; }

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

/// <summary>Takes a command line apart, word by word. Options may stand anywhere; <c>--</c> ends them.</summary>
/// <param name="refuse">Is told what makes no sense. If it does not throw, that is passed over.</param>
internal sealed class CommandLineWords(Action<string> refuse)
{
    private string written = "";
    private string before = ""; // the values so far of the option that is taken
    private bool ended;

    /// <summary>The options so far, with their values; those that take none have an empty one.</summary>
    public Dictionary<string, string> Options { get; } = [];

    /// <summary>The words so far that are no options: the verb, then names.</summary>
    public List<string> Plain { get; } = [];

    /// <summary>The option whose value comes next; null for none.</summary>
    public Option? Wanting { get; private set; }

    /// <summary>Whether all that comes is a plain word: after <c>--</c>, and once a command has begun, whose options are its own.</summary>
    public bool OptionsEnded => ended || (Plain.Count > 2 && Verb.All.Any(verb => verb.Name == Plain[0] && verb.Names == NamesRule.OneAndCommand));

    /// <summary>Takes the next word.</summary>
    public void Take(string word)
    {
        if (Wanting is { } option)
            (Options[option.Name], Wanting) = (before + word, null);
        else if (OptionsEnded || word.Length < 2 || word[0] != '-')
            Plain.Add(word);
        else if (word == "--")
            ended = true;
        else if (word[1] == '-')
            TakeOption(word[2..].Split('=', 2));
        else
            TakeLetters(word);
    }

    /// <summary>No word comes any more.</summary>
    public void End()
    {
        if (Wanting is { } option)
            refuse($"{written} needs a value: {written} {option.Value}");
    }

    private void TakeOption(string[] nameAndValue)
    {
        var name = nameAndValue[0];
        if (Option.All.FirstOrDefault(option => option.Name == name) is not { } option)
            refuse(CommandLineParser.Unknown("option", $"--{name}", Option.All.Where(option => !option.IsHidden).Select(option => $"--{option.Name}")));
        else if (option.Value is null && nameAndValue.Length > 1)
            refuse($"--{name} takes no value");
        else
            Set(option, $"--{name}", nameAndValue.ElementAtOrDefault(1));
    }

    private void TakeLetters(string word)
    {
        for (var i = 1; i < word.Length; i++)
        {
            if (Option.All.FirstOrDefault(option => option.Short == word[i]) is not { } option)
            {
                refuse($"unknown option '-{word[i]}'");
                return;
            }
            Set(option, $"-{word[i]}", option.Value is not null && i + 1 < word.Length ? word[(i + 1)..] : null);
            if (option.Value is not null)
                return;
        }
    }

    private void Set(Option option, string asWritten, string? value)
    {
        before = option.Repeats && Options.TryGetValue(option.Name, out var earlier) ? earlier + Option.Separator : "";
        (Options[option.Name], written) = (before + value, asWritten);
        Wanting = option.Value is not null && value is null ? option : null;
    }
}

/// <summary>Reads a whole command line.</summary>
internal static class CommandLineParser
{
    /// <summary>What the user asked for.</summary>
    /// <exception cref="UsageException">It makes no sense.</exception>
    public static CommandLine Parse(IEnumerable<string> args)
    {
        var words = new CommandLineWords(message => throw new UsageException(message));
        foreach (var arg in args)
            words.Take(arg);
        words.End();
        var options = words.Options;
        // 'help VERB' is 'VERB --help'.
        if (words.Plain is ["help", ..] && options.TryAdd("help", "") && words.Plain.Count <= 2)
            words.Plain.RemoveAt(0);
        var line = new CommandLine { Verb = VerbOf(words.Plain.FirstOrDefault() ?? "up"), Names = [.. words.Plain.Skip(1)], Options = options };
        if (line.Has("help") || line.Has("version"))
            return line;
        if (line.Verb.Choosing is not null && line.Names is [.., var choice])
            line = line with { Names = [.. line.Names.SkipLast(1)], Choice = Platform.Current.SignalNamed(choice) ?? throw new UsageException(Unknown("signal", choice, line.Verb.Choices, $"; it is called: {line.Verb.Usage}")) };
        Check(line);
        return line with
        {
            Timeout = options.TryGetValue("timeout", out var timeout) ? TimeoutOf(timeout) : line.Timeout,
            Lines = options.TryGetValue("lines", out var lines) ? LinesOf(lines) : null,
            Since = options.TryGetValue("since", out var since) ? SinceOf(since) : null,
        };
    }

    /// <summary>What is said of a word that is none of those that are known.</summary>
    public static string Unknown(string kind, string word, IEnumerable<string> known, string otherwise = "; see supervisor --help") =>
        $"unknown {kind} '{word}'{Nearest.Suggestion(word, known, otherwise)}";

    private static Verb VerbOf(string word) => Verb.All.FirstOrDefault(verb => verb.Name == word)
        ?? throw new UsageException(Unknown("verb", word, Verb.All.Where(verb => !verb.IsHidden).Select(verb => verb.Name)));

    private static void Check(CommandLine line)
    {
        var verb = line.Verb;
        if (line.Options.Keys.FirstOrDefault(name => !verb.Options.Contains(name) && !Option.Common.Contains(name)) is { } misplaced)
            throw new UsageException($"'{verb.Name}' takes no --{misplaced}; it is called: {verb.Usage}");
        if (line.Has("detach") && line.Options.Keys.FirstOrDefault(name => name is "logs" or "abort-on-exit" or "exit-code-from") is { } attached)
            throw new UsageException($"--{attached} is for a supervisor in the foreground; leave -d out");
        CheckNames(line, verb);
        if (line.Options.TryGetValue("ready-fd", out var number) && !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            throw new UsageException($"--ready-fd: '{number}' is not a descriptor number");
        if (line.Options.TryGetValue("name", out var name) && !ServiceName.IsValid(name))
            throw new UsageException($"--name: '{name}' cannot be the name of a unit; {ServiceName.Rule}");
    }

    private static TimeSpan TimeoutOf(string text) => DurationOf(text) is { } timeout && timeout <= Rpc.LongestPatience
        ? timeout
        : throw new UsageException($"--timeout: '{text}' is not a duration of at most {Duration.Format(Rpc.LongestPatience)}; write for example 500ms, 60s, 2m or 1d");

    private static TimeSpan SinceOf(string text) => DurationOf(text) is { } since && since <= TimeSpan.FromDays(36_500)
        ? since
        : throw new UsageException($"--since: '{text}' is not a duration; write for example 30s, 10m, 2h or 2d");

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
        if (verb.Names == NamesRule.OneAndCommand && line.Names.Count < 2)
            throw new UsageException($"'{verb.Name}' needs a service name and a command; it is called: {verb.Usage}");
        if (verb.Names == NamesRule.NamesOrAll && line.Names.Count == 0 && !line.Has("all"))
            throw new UsageException($"'{verb.Name}' needs a service name, or --all for every one");
        if (line.Names.Count > 0 && line.Has("all"))
            throw new UsageException($"'{verb.Name}' takes names or --all, not both");
    }

    private static void CheckChoice(CommandLine line, Verb verb)
    {
        if (line.Names.FirstOrDefault(name => !verb.Choices.Contains(name)) is { } word)
            throw new UsageException(Unknown("word", word, verb.Choices, $"; it is called: {verb.Usage}"));
        if (line.Names.Count != 1)
            throw new UsageException($"'{verb.Name}' needs one of {string.Join(", ", verb.Choices)}; it is called: {verb.Usage}");
    }
}
