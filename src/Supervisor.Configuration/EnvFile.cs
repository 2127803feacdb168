using System.Text;

namespace Supervisor.Configuration;

/// <summary>
/// A file of variables: <c>NAME=value</c> a line, with <c>export </c> before it or not; empty lines and those that begin
/// with # mean nothing. A value may stand between single quotes, as it is, or between double quotes, where a backslash
/// takes the next character as it is and \n is a new line. Without quotes it is the rest of the line. What is wrong is told without
/// what is in the file, which may be secret.
/// </summary>
public static class EnvFile
{
    private const string Export = "export ";

    private static readonly UTF8Encoding s_utf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>The variables of a file; with whatever is wrong reported, at its line or at the place that names the file.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Read(string path, Place at)
    {
        var variables = new Dictionary<string, string>();
        var lines = ReadText(path, at).Split('\n');
        for (var i = 0; i < lines.Length; i++)
            if (Parse(lines[i].Trim(), out var name, out var value) is { } problem)
                at.Problems.Add(path, i + 1, problem);
            else if (name.Length > 0)
                variables[name] = value;
        return variables;
    }

    /// <summary>Whether a shell would take this as a variable's name.</summary>
    public static bool IsName(string text) =>
        text.Length > 0 && !char.IsAsciiDigit(text[0]) && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_');

    private static string ReadText(string path, Place at)
    {
        var problems = new ProblemList(path);
        try
        {
            if (Directory.Exists(path))
                at.Lack($"{path} is a folder; name the file in it");
            else if (ConfigurationFile.IsEmpty(path))
                return "";
            else if (ConfigurationFile.ReadRegular(path) is { } file)
            {
                if (Environment.IsPrivilegedProcess)
                    ConfigurationReader.CheckTrust(file, problems);
                foreach (var problem in problems.InOrder())
                    at.Lack($"{path} {problem.Message}");
                return s_utf8.GetString(file.Content);
            }
            else
                at.Lack($"{path} is larger than 1 MB; is it a file of variables?");
        }
        catch (DecoderFallbackException)
        {
            at.Lack($"{path} is not valid UTF-8; save it as UTF-8");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            at.Lack($"{path} does not exist; create it, or name another");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            at.Lack($"{path} cannot be read: {(e is IOException ? e.Message : "permission denied")}");
        }
        return "";
    }

    /// <summary>What is wrong with a line, or null.</summary>
    private static string? Parse(string line, out string name, out string value)
    {
        name = value = "";
        if (line.Length == 0 || line[0] == '#')
            return null;
        var parts = (line.StartsWith(Export, StringComparison.Ordinal) ? line[Export.Length..].TrimStart() : line).Split('=', 2);
        if (parts.Length < 2 || !IsName(parts[0]))
            return "is not NAME=value, with a name of letters, digits and _, no digit first; a comment begins with #";
        name = parts[0];
        value = parts[1].TrimStart();
        if (value.Contains('\0'))
            return "must not contain a NUL character";
        if (value.Length == 0 || value[0] is not ('\'' or '"'))
            return null;
        value = Unquote(value) ?? "";
        return value.Length > 0 || parts[1].TrimStart().Length == 2 ? null : "has a quote that is not closed, or something after it; a value in quotes ends with the line";
    }

    /// <summary>The text between quotes, or null if they do not enclose the whole of it.</summary>
    private static string? Unquote(string quoted)
    {
        var (text, quote) = (new StringBuilder(), quoted[0]);
        for (var i = 1; i < quoted.Length; i++)
            if (quoted[i] == quote)
                return i == quoted.Length - 1 ? text.ToString() : null;
            else if (quote == '"' && quoted[i] == '\\' && i + 1 < quoted.Length)
                text.Append(quoted[++i] == 'n' ? '\n' : quoted[i]);
            else
                text.Append(quoted[i]);
        return null;
    }
}
