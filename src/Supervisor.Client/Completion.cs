namespace Supervisor.Client;

/// <summary>How a command line that is being typed may go on. What makes no sense in it is passed over, and has nothing to suggest.</summary>
internal sealed class Completion
{
    private static readonly Verb Default = Verb.All.First(verb => verb.Name == "up");

    private readonly CommandLineWords typed = new(_ => { });
    private readonly Verb? verb;

    private Completion(IReadOnlyList<string> words)
    {
        foreach (var word in words.SkipLast(1))
            if (typed.Wanting is null || word != "=") // bash has --config=FILE in three words.
                typed.Take(word);
        Word = typed.Wanting is not null && words[^1] == "=" ? "" : words.LastOrDefault("");
        if (typed.Plain is [var first, ..])
            verb = Verb.All.FirstOrDefault(one => one.Name == first) ?? new(first, NamesRule.None, [], "");
    }

    /// <summary>The word under the cursor, as far as it is typed.</summary>
    public string Word { get; }

    /// <summary>The configuration that the line names.</summary>
    public string ConfigFile => new CommandLine { Verb = verb ?? Default, Options = typed.Options }.ConfigFile;

    /// <summary>Whether a file's name is wanted, which the shell knows best to complete.</summary>
    public bool WantsFile => (typed.Wanting ?? AttachedTo(Word))?.Value?.StartsWith("FILE", StringComparison.Ordinal) is true || (verb?.Names == NamesRule.Files && typed.Options.ContainsKey("from") && !WantsValue && !WantsOption) || (verb?.Names == NamesRule.OneAndCommand && Names.Any() && !WantsOption);

    /// <summary>Whether names of services are wanted.</summary>
    public bool WantsNames => typed.Wanting?.Value == "SERVICE" || WantsNamesOfVerb;

    private bool WantsNamesOfVerb => verb is not null && !WantsValue && !WantsOption && verb.Names switch
    {
        NamesRule.Optional => true,
        NamesRule.One or NamesRule.OneAndCommand => !Names.Any(),
        NamesRule.NamesOrAll => !typed.Options.ContainsKey("all"),
        NamesRule.None or NamesRule.Choice or NamesRule.Files or NamesRule.Verb => false,
    };

    private IEnumerable<string> Names => typed.Plain.Skip(1);

    private bool WantsValue => typed.Wanting is not null || AttachedTo(Word) is not null;

    private bool WantsOption => !typed.OptionsEnded && Word.StartsWith('-');

    /// <summary>What is typed so far; the last word, which may be empty, is the one under the cursor.</summary>
    public static Completion Of(IReadOnlyList<string> words) => new(words);

    /// <summary>The words that may stand here, each with what it means.</summary>
    /// <param name="services">Names of services, if they are wanted.</param>
    public IEnumerable<Candidate> Candidates(IEnumerable<string> services) =>
        All(services).Where(candidate => candidate.Word.StartsWith(Word, StringComparison.Ordinal));

    private IEnumerable<Candidate> All(IEnumerable<string> services)
    {
        if (WantsValue)
            return WantsNames ? services.Select(name => new Candidate(name, "")) : [];
        if (WantsOption)
            return (verb ?? Default).ShownOptions.Where(option => option.Repeats || !typed.Options.ContainsKey(option.Name)).Select(option => new Candidate($"--{option.Name}", option.Summary));
        if (verb is null || (verb.Names == NamesRule.Verb && !Names.Any()))
            return Verb.All.Where(verb => !verb.IsHidden).Select(verb => new Candidate(verb.Name, verb.Summary));
        if (verb.Names == NamesRule.Choice)
            return !Names.Any() ? verb.Choices.Select(choice => new Candidate(choice, "")) : [];
        var choices = verb.Choosing is not null && (Names.Any() || typed.Options.ContainsKey("all")) ? verb.Choices : [];
        return (WantsNames ? services.Except(Names) : []).Concat(choices.Except(Names)).Select(word => new Candidate(word, ""));
    }

    /// <summary>The option whose value is typed in the same word.</summary>
    private static Option? AttachedTo(string word) =>
        word.StartsWith("--", StringComparison.Ordinal) && word.Contains('=') ? Option.All.FirstOrDefault(option => option.Name == word[2..word.IndexOf('=')]) : null;
}

/// <summary>A word that may stand where the cursor is.</summary>
/// <param name="Word">All of it.</param>
/// <param name="Summary">What it means, in a line; may be empty.</param>
internal sealed record Candidate(string Word, string Summary);

/// <summary>
/// <c>complete -- WORD...</c>, for the scripts that <c>completion</c> prints: each candidate in a line, and behind a tab
/// what it means; or <see cref="Files"/>. Somebody is typing: it is quick, and whatever goes wrong, it is silent.
/// </summary>
internal static class CompleteCommand
{
    /// <summary>Has the shell complete the names of files. No candidate begins with a colon.</summary>
    private const string Files = ":files";

    /// <summary>How long a supervisor that hangs is waited for; the configuration is asked instead.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static int Run(CommandLine line)
    {
        var completion = Completion.Of(line.Names);
        IEnumerable<string> services = completion.WantsNames ? Services(ConfigFileOf(completion)) : [];
        var candidates = completion.Candidates(services).Select(candidate => candidate.Summary.Length > 0 ? $"{candidate.Word}\t{candidate.Summary}\n" : $"{candidate.Word}\n");
        return Terminal.Print(string.Concat([completion.WantsFile ? $"{Files}\n" : "", .. candidates]));
    }

    /// <summary>The file's name as it was typed, quotes and all, means the file that the shell would open.</summary>
    private static string ConfigFileOf(Completion completion)
    {
        var file = ShellWords.Split(completion.ConfigFile) is [var word] ? word : completion.ConfigFile;
        return file.StartsWith("~/", StringComparison.Ordinal) ? Path.Join(Environment.GetEnvironmentVariable("HOME"), file[1..]) : file;
    }

    private static IEnumerable<string> Services(string file)
    {
        try
        {
            if (Running(file) is { } running)
                return running;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The configuration knows them, too.
        }
        return ConfigurationReader.LogsOf(file).Tentative?.Names ?? [];
    }

    private static IEnumerable<string>? Running(string file)
    {
        if (ConfigurationReader.StateDirOf(file).Tentative is not { } folder)
            return null;
        using var client = ControlClient.TryConnect(StatePaths.Socket(folder), file);
        return client?.Call("status", new(), Patience).Report?.Services.Select(service => service.Name);
    }
}

/// <summary>
/// The scripts that <c>completion</c> prints. They know no verb and no option: they ask the program that is being typed, so
/// they need not be printed anew after an upgrade.
/// </summary>
internal static class CompletionScript
{
    private const string Bash = """
        # Completion of supervisor in bash. For this shell: source <(supervisor completion bash)
        # For every one: supervisor completion bash > ~/.local/share/bash-completion/completions/supervisor
        _supervisor() {
            local word=${COMP_WORDS[COMP_CWORD]} line
            # A word breaks at =, which then is not part of what is completed.
            [ "$word" != = ] || word=
            COMPREPLY=()
            while IFS= read -r line; do
                if [ "$line" = :files ]; then
                    compopt -o filenames 2>/dev/null
                    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$word")
                else
                    COMPREPLY+=("${line%%$'\t'*}")
                fi
            done < <("$1" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
        }
        complete -F _supervisor supervisor

        """;

    private const string Zsh = """
        #compdef supervisor
        # Completion of supervisor in zsh. For this shell: source <(supervisor completion zsh)
        # For every one: supervisor completion zsh > _supervisor, in a folder of $fpath
        _supervisor() {
            local -a typed found
            typed=("${(@Q)words[2,CURRENT-1]}")
            (( CURRENT > 2 )) || typed=()
            found=("${(@f)$("${(Q)words[1]}" complete -- "${typed[@]}" "$PREFIX" 2>/dev/null)}")
            if [[ $found[1] == :files ]]; then
                compset -P '--*='
                _files
            else
                # _describe wants a colon where the tab is.
                found=("${(@)found/$'\t'/:}")
                _describe supervisor found
            fi
        }
        if [ "$funcstack[1]" = _supervisor ]; then _supervisor "$@"; else compdef _supervisor supervisor; fi

        """;

    private const string Fish = """
        # Completion of supervisor in fish. For this shell: supervisor completion fish | source
        # For every one: supervisor completion fish > ~/.config/fish/completions/supervisor.fish
        function __supervisor_complete
            set -l typed (commandline -opc)
            set -l word (commandline -ct)
            set -l found ($typed[1] complete -- $typed[2..-1] "$word" 2>/dev/null)
            if test "$found[1]" = :files
                set -l option (string match -r -- '^--[^=]*=' "$word")
                printf "$option%s\n" (__fish_complete_path (string replace -- "$option" '' "$word"))
            else
                printf '%s\n' $found
            end
        end
        complete -c supervisor -f -a '(__supervisor_complete)'

        """;

    /// <summary>The script for one of these shells.</summary>
    public static string For(string shell) => shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        _ => Fish,
    };
}
