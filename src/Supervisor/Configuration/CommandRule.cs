using System.Collections.Immutable;

namespace Supervisor.Configuration;

/// <summary>A command's program must exist.</summary>
internal static class CommandRule
{
    /// <summary>Reports a program that cannot be found.</summary>
    /// <param name="at">The command's array.</param>
    /// <param name="cmd">What stands in it.</param>
    /// <param name="workingDir">The absolute folder it runs in.</param>
    /// <param name="path">The PATH it runs with, or null when it has none.</param>
    public static void Check(Place at, ImmutableArray<string> cmd, string workingDir, string? path)
    {
        if (ExecutableLookup.Find(cmd[0], workingDir, path) is null)
            at.Items().First().Fail(Explain(cmd[0], workingDir, path ?? ExecutableLookup.DefaultPath));
    }

    private static string Explain(string program, string workingDir, string path)
    {
        if (!program.Contains('/'))
            return $"no executable {Printable.Quote(program)} in any folder of PATH ({path}); install it, or write its path";
        var file = AbsolutePath.Resolve(program, workingDir);
        return File.Exists(file)
            ? $"{file} is not executable; chmod +x it"
            : $"{file} does not exist; name an existing program (a relative path starts from working_dir)";
    }
}
