namespace Supervisor.Cli;

/// <summary>
/// How a command line that is being typed may go on. It is read with the tables that the parser reads by, and
/// forgivingly: what makes no sense has nothing to suggest.
/// </summary>
internal sealed class Completion
{
    private static readonly Verb Default = Verb.All.First(verb => verb.Name == "up");

    private readonly List<string> names = [];
    private readonly Dictionary<string, string> options = [];
    private Verb? verb;
    private Option? wanting;
    private bool optionsEnded;

    private Completion(IReadOnlyList<string> words)
    {
        foreach (var word in words.SkipLast(1))
            Take(word);
        Word = wanting is not null && words[^1] == "=" ? "" : words.LastOrDefault("");
    }

    /// <summary>The word under the cursor, as far as it is typed.</summary>
    public string Word { get; }

    /// <summary>The configuration that the line names.</summary>
    public string ConfigFile => new CommandLine { Verb = verb ?? Default, Options = options }.ConfigFile;

    /// <summary>Whether a file's name is wanted, which the shell knows best to complete.</summary>
    public bool WantsFile => (wanting ?? AttachedTo(Word))?.Value == "FILE";

    /// <summary>Whether names of services are wanted.</summary>
    public bool WantsNames => verb is not null && !WantsValue && !WantsOption && verb.Names switch
    {
        NamesRule.Optional => true,
        NamesRule.One => names.Count == 0,
        NamesRule.NamesOrAll => !options.ContainsKey("all"),
        NamesRule.None or NamesRule.Choice => false,
    };

    private bool WantsValue => wanting is not null || AttachedTo(Word) is not null;

    private bool WantsOption => !optionsEnded && Word.StartsWith('-');

    /// <summary>What is typed so far; the last word, which may be empty, is the one under the cursor.</summary>
    public static Completion Of(IReadOnlyList<string> words) => new(words);

    /// <summary>The words that may stand here, each with what it means.</summary>
    /// <param name="services">Names of services, if they are wanted.</param>
    public IEnumerable<Candidate> Candidates(IEnumerable<string> services) =>
        All(services).Where(candidate => candidate.Word.StartsWith(Word, StringComparison.Ordinal));

    private IEnumerable<Candidate> All(IEnumerable<string> services)
    {
        if (WantsValue)
            return [];
        if (WantsOption)
            return (verb ?? Default).ShownOptions.Where(option => !options.ContainsKey(option.Name)).Select(option => new Candidate($"--{option.Name}", option.Summary));
        if (verb is null)
            return Verb.All.Where(verb => !verb.IsHidden).Select(verb => new Candidate(verb.Name, verb.Summary));
        if (verb.Names == NamesRule.Choice)
            return names.Count == 0 ? verb.Choices.Select(choice => new Candidate(choice, "")) : [];
        return WantsNames ? services.Except(names).Select(name => new Candidate(name, "")) : [];
    }

    private void Take(string word)
    {
        if (wanting is not null)
            TakeValue(word);
        else if (optionsEnded || word.Length < 2 || word[0] != '-')
            TakeWord(word);
        else if (word == "--")
            optionsEnded = true;
        else if (word[1] == '-')
            TakeOption(word[2..].Split('=', 2));
        else
            TakeLetters(word);
    }

    private void TakeWord(string word)
    {
        if (verb is null)
            verb = Verb.All.FirstOrDefault(one => one.Name == word) ?? new(word, NamesRule.None, [], "");
        else
            names.Add(word);
    }

    private void TakeOption(string[] nameAndValue)
    {
        if (Option.All.FirstOrDefault(option => option.Name == nameAndValue[0]) is not { } option)
            return;
        options[option.Name] = nameAndValue.ElementAtOrDefault(1) ?? "";
        wanting = option.Value is not null && nameAndValue.Length == 1 ? option : null;
    }

    private void TakeLetters(string word)
    {
        for (var i = 1; i < word.Length; i++)
        {
            if (Option.All.FirstOrDefault(option => option.Short == word[i]) is not { } option)
                return;
            options[option.Name] = option.Value is null ? "" : word[(i + 1)..];
            wanting = option.Value is not null && i + 1 == word.Length ? option : null;
            if (option.Value is not null)
                return;
        }
    }

    private void TakeValue(string word)
    {
        // bash has --config=FILE in three words.
        if (word == "=")
            return;
        options[wanting!.Name] = word;
        wanting = null;
    }

    /// <summary>The option whose value is typed in the same word.</summary>
    private static Option? AttachedTo(string word) =>
        word.StartsWith("--", StringComparison.Ordinal) && word.Contains('=') ? Option.All.FirstOrDefault(option => option.Name == word[2..word.IndexOf('=')]) : null;
}

/// <summary>A word that may stand where the cursor is.</summary>
/// <param name="Word">All of it.</param>
/// <param name="Summary">What it means, in a line; may be empty.</param>
internal sealed record Candidate(string Word, string Summary);
