using System.Text;

namespace Supervisor.Configuration;

/// <summary>
/// A file of variables: <c>NAME=value</c> a line, with <c>export </c> before it or not; empty lines and those that begin
/// with # mean nothing. A value may stand between single quotes, as it is, or between double quotes, where a backslash
/// takes the next character as it is and \n is a new line; between quotes it may go on for lines. Without quotes it is the rest of the line.
/// What is wrong is told without what is in the file, which may be secret.
/// </summary>
public static class EnvFile
{
    private const string Export = "export ";

    /// <summary>The variables of a file; with whatever is wrong reported, at its line or at the place that names the file.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Read(string path, Place at)
    {
        var variables = new Dictionary<string, string>();
        var text = ReadText(path, at).TrimStart('\ufeff').Replace("\r\n", "\n", StringComparison.Ordinal);
        for (int start = 0, line = 1; start < text.Length;)
        {
            var end = EndOfLine(text, start);
            if (Parse(text, start, ref end, out var name, out var value) is { } problem)
                at.Problems.Add(path, line, problem);
            else if (name.Length > 0)
                variables[name] = value;
            line += text.AsSpan(start, end - start).Count('\n') + 1;
            start = end + 1;
        }
        return variables;
    }

    /// <summary>Whether a shell would take this as a variable's name.</summary>
    public static bool IsName(string text) =>
        text.Length > 0 && !char.IsAsciiDigit(text[0]) && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_');

    private static string ReadText(string path, Place at)
    {
        var problems = new ProblemList(path);
        if (path == "/dev/null")
            return "";
        try
        {
            if (ConfigurationFile.ReadRegular(path) is { } file)
            {
                if (Environment.IsPrivilegedProcess)
                    ConfigurationReader.CheckTrust(file, problems);
                foreach (var problem in problems.InOrder())
                    at.Lack($"{path} {problem.Message}");
                return SystemText.Decode(file.Content);
            }
            at.Lack($"{path} is larger than 1 MB; is it a file of variables?");
        }
        catch (FileNotFoundException)
        {
            at.Lack($"{path} does not exist; create it, or name another");
        }
        catch (InvalidDataException e)
        {
            at.Lack($"{path} {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            at.Lack($"{path} cannot be read: {(e is IOException ? e.Message : "permission denied")}");
        }
        return "";
    }

    private static int EndOfLine(string text, int start) => text.IndexOf('\n', start) is >= 0 and var end ? end : text.Length;

    /// <summary>What is wrong with a line, or null.</summary>
    /// <param name="text">The whole file.</param>
    /// <param name="start">Where the line begins.</param>
    /// <param name="end">Where it ends; with a value that goes on for lines, where that does.</param>
    /// <param name="name">The variable; empty where the line holds none.</param>
    /// <param name="value">Its value.</param>
    private static string? Parse(string text, int start, ref int end, out string name, out string value)
    {
        name = value = "";
        var line = text[start..end].Trim();
        if (line.Length == 0 || line[0] == '#')
            return null;
        var parts = (line.StartsWith(Export, StringComparison.Ordinal) ? line[Export.Length..].TrimStart() : line).Split('=', 2);
        if (parts.Length < 2 || !IsName(parts[0]))
            return "is not NAME=value, with a name of letters, digits and _, no digit first; a comment begins with #";
        if (ReservedVariable.Is(parts[0]))
            return $"{parts[0]} {ReservedVariable.Rule}";
        (name, value) = (parts[0], parts[1].TrimStart());
        if (value is ['\'' or '"', ..])
        {
            // The first quote of the line, for no name has one.
            var opening = text.IndexOf(value[0], start);
            if (Unquote(text, opening, out var closing) is not { } unquoted)
                return "has a quote that is not closed";
            end = EndOfLine(text, closing);
            if (text[(closing + 1)..end].TrimStart() is not ("" or ['#', ..]))
                return "has something after the quote that closes its value; put all of it between quotes";
            value = unquoted;
        }
        return value.Contains('\0') ? "must not contain a NUL character" : null;
    }

    /// <summary>The text between quotes, and where the second is; null if there is none.</summary>
    private static string? Unquote(string text, int opening, out int closing)
    {
        var (value, quote) = (new StringBuilder(), text[opening]);
        for (closing = opening + 1; closing < text.Length; closing++)
            if (text[closing] == quote)
                return value.ToString();
            else if (quote == '"' && text[closing] == '\\' && closing + 1 < text.Length)
                value.Append(text[++closing] == 'n' ? '\n' : text[closing]);
            else
                value.Append(text[closing]);
        return null;
    }
}
