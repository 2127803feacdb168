using Supervisor.Configuration;

namespace Supervisor.Import;

/// <summary>Writes text that the reader of configurations would expand, if it does.</summary>
internal static class Placeholders
{
    /// <summary>Whether <c>${NAME}</c> is expanded, which came with the key that can set such a name.</summary>
    public static bool IsSupported { get; } = ServiceKeys.OfService.Names.Contains("env_file");

    /// <summary>Text that means itself.</summary>
    public static string Literal(string text) => IsSupported ? text.Replace("$", "$$", StringComparison.Ordinal) : text;
}
