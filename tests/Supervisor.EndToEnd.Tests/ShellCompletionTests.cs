using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

/// <summary>The scripts of <c>completion</c>, in the shells that they are for.</summary>
public sealed class ShellCompletionTests
{
    /// <summary>Calls the function as bash does: words are split at spaces, and at =.</summary>
    private const string Bash = """
        source <(supervisor completion bash)
        read -ra COMP_WORDS <<< "${1//=/ = }"
        [[ $1 != *' ' ]] || COMP_WORDS+=('')
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _supervisor supervisor "${COMP_WORDS[COMP_CWORD]}" x
        printf '%s\n' "${COMPREPLY[@]}"
        """;

    /// <summary>Presses tab in an interactive shell; what would be added to the matches is printed.</summary>
    private const string Zsh = """
        zmodload zsh/zpty
        zpty z zsh -f -i
        zpty -w z 'PS1=; autoload -Uz compinit; compinit -D -u; source <(supervisor completion zsh)
        compadd() { local -a hits; builtin compadd -O hits "$@" 2>/dev/null; print -rn -- "<${(j:|:)hits}>"; builtin compadd "$@"; }
        finished() { print -rn -- "<E""ND>"; }; zle -N finished; bindkey "^I" complete-word; bindkey "^T" finished; print -r -- "<REA""DY>"'
        zpty -r z all '*<READY>*'
        zpty -w -n z "$1"$'\t\x14'
        zpty -r z all '*<END>*'
        zpty -d z
        print -r -- "$all" | grep -o '<[^<>]*>' | tr -d '<>' | tr '|' '\n' | grep -v '^END$'
        """;

    private const string Fish = """
        supervisor completion fish | source
        complete -C $argv[1] | string replace -r '\t.*' '' | string replace -r '^--config=' ''
        """;

    public static TheoryData<string> Shells => ["bash", "zsh", "fish"];

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task Verbs_options_files_and_services_are_completed(string shell)
    {
        await using var deployment = Deployment.Of(("reaper", Shell("exec sleep 1000")), ("recorder", Shell("exec sleep 1000")));
        await File.WriteAllTextAsync(Path.Combine(deployment.Folder, "other.json"), """{"services": {"alone": {"cmd": "wrong"}}}""", TestContext.Current.CancellationToken);
        await AssertAsync("supervisor rest", "restart");
        await AssertAsync("supervisor restart re", "reaper", "recorder");
        await AssertAsync("supervisor restart reaper re", "recorder");
        await AssertAsync("supervisor restart --a", "--all");
        await AssertAsync("supervisor install ", "launchd", "systemd");
        await AssertAsync("supervisor -c oth", "other.json");
        await AssertAsync("supervisor --config=oth", "other.json");
        await AssertAsync("supervisor -c other.json why ", "alone");
        await AssertAsync("supervisor --config=other.json why ", "alone");
        await AssertAsync("supervisor -c missing.json why ");

        async Task AssertAsync(string line, params string[] candidates) =>
            Assert.Equal((line, string.Join(' ', candidates)), (line, string.Join(' ', await CompleteAsync(deployment, shell, line))));
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task Services_are_those_of_the_running_supervisor(string shell)
    {
        await using var deployment = await Deployment.Of(("before", Shell("exec sleep 1000"))).StartHealthyAsync();
        deployment.Rewrite(services =>
        {
            services.Clear();
            services["after"] = Shell("exec sleep 1000");
        });
        Assert.Equal(["before"], await CompleteAsync(deployment, shell, "supervisor stop "));
    }

    private static async Task<IEnumerable<string>> CompleteAsync(Deployment deployment, string shell, string line)
    {
        Assert.SkipUnless(Commands.Exist(shell), $"{shell} is not installed");
        var bin = Directory.CreateDirectory(Path.Combine(deployment.Folder, "bin")).FullName;
        if (!File.Exists(Path.Combine(bin, "supervisor")))
            File.CreateSymbolicLink(Path.Combine(bin, "supervisor"), Programs.Supervisor);
        string[] call = shell switch
        {
            "bash" => ["bash", "--norc", "-c", Bash, "bash", line],
            "zsh" => ["zsh", "-f", "-c", Zsh, "zsh", line],
            _ => ["fish", "--no-config", "-c", Fish, line],
        };
        var result = await Commands.RunAsync(
            "sh", ["-c", "cd \"$1\" && shift && PATH=\"$PWD/bin:$PATH\" HOME=\"$PWD\" exec \"$@\"", "sh", deployment.Folder, .. call]);
        Assert.Equal("", result.Error);
        return result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().Order(StringComparer.Ordinal);
    }
}
