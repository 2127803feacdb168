using System.Text;

namespace Supervisor.Os;

/// <summary>Splits a line into words as a POSIX shell does: quotes and backslashes count, nothing is expanded.</summary>
public static class ShellWords
{
    // Between double quotes a backslash stands for itself, but before these: XCU 2.2.3.
    private const string EscapedInQuotes = "\"\\$`";

    /// <summary>The words; null where a quote is not closed.</summary>
    /// <param name="line">The line.</param>
    /// <param name="escaped">Before what a backslash counts between double quotes; elsewhere it stands for itself there.</param>
    public static IReadOnlyList<string>? Split(string line, string escaped = EscapedInQuotes)
    {
        var words = new List<string>();
        StringBuilder? word = null;
        for (var i = 0; i < line.Length; i++)
        {
            if (char.IsWhiteSpace(line[i]))
            {
                Finish(words, ref word);
                continue;
            }
            word ??= new();
            if (line[i] is not ('\'' or '"'))
                word.Append(line[i] == '\\' && i + 1 < line.Length ? line[++i] : line[i]);
            else if (!TakeQuoted(line, ref i, word, escaped))
                return null;
        }
        Finish(words, ref word);
        return words;
    }

    /// <summary>Takes what stands between the quote at <paramref name="i"/> and the next, where it is left.</summary>
    private static bool TakeQuoted(string line, ref int i, StringBuilder word, string escaped)
    {
        var quote = line[i++];
        for (; i < line.Length && line[i] != quote; i++)
        {
            if (quote == '"' && line[i] == '\\' && i + 1 < line.Length && escaped.Contains(line[i + 1]))
                i++;
            word.Append(line[i]);
        }
        return i < line.Length;
    }

    private static void Finish(List<string> words, ref StringBuilder? word)
    {
        if (word is not null)
            words.Add(word.ToString());
        word = null;
    }
}
