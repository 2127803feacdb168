namespace Supervisor.Configuration;

/// <summary>What services may be called. A name becomes part of file names, so it can hold no slash and begin with no dot.</summary>
internal static class ServiceName
{
    private const int MaxLength = 63;

    /// <summary>The rule, in the words of an error message.</summary>
    public const string Rule = "a name is a letter or digit, then up to 62 of letters, digits, '.', '_' and '-'";

    /// <summary>Whether the rule holds.</summary>
    public static bool IsValid(string name) =>
        name.Length is > 0 and <= MaxLength && char.IsAsciiLetterOrDigit(name[0]) && name.All(IsAllowed);

    private static bool IsAllowed(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-';
}
