namespace Supervisor.Cli;

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
