namespace Supervisor.Chaos;

/// <summary>
/// As whom the supervisor runs. Not as root: the limit on processes (RLIMIT_NPROC) does not bind root, and a root that
/// fills a disk or signals a stranger is a bad guest.
/// </summary>
/// <param name="Prefix">What comes before each command.</param>
/// <param name="Owner">Whose the folder has to be, for chown(1); null if it is already.</param>
/// <param name="IsRoot">Whether it is root after all.</param>
internal sealed record RunAs(IReadOnlyList<string> Prefix, string? Owner, bool IsRoot)
{
    private const string Nobody = "65534";

    /// <summary>Nobody, if that works; checked by having him start a daemon with wrong arguments, which exits with 2.</summary>
    public static async Task<RunAs> ChooseAsync(string daemon)
    {
        if (Environment.UserName != "root")
            return new([], null, false);
        string[] prefix = ["setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups"];
        return await Command.EndsWithAsync(2, [.. prefix, "dotnet", daemon])
            ? new(prefix, $"{Nobody}:{Nobody}", false)
            : new([], null, true);
    }
}
