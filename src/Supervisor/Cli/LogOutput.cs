namespace Supervisor.Cli;

/// <summary>
/// Where lines of one log go. With a prefix, output is cut into lines, so that those of several logs do not mix; then
/// what would steer the terminal away from its line is replaced. Colours that a daemon prints stay, and end with the line.
/// </summary>
/// <param name="output">Where to.</param>
/// <param name="prefix">What each line begins with; null to let everything through as it is.</param>
/// <param name="hasColour">Whether a colour that is left on must be ended.</param>
internal sealed class LogOutput(Stream output, byte[]? prefix, bool hasColour)
{
    private const int LongestLine = 64 * 1024;
    private readonly List<byte> line = [];

    /// <summary>Takes the next piece.</summary>
    public void Write(ReadOnlySpan<byte> text)
    {
        if (prefix is null)
        {
            output.Write(text);
            return;
        }
        foreach (var letter in text)
            if (letter == '\n')
                EndLine();
            else
                Add(letter);
    }

    /// <summary>Ends a line that was begun.</summary>
    public void Flush()
    {
        if (line.Count > 0)
            EndLine();
    }

    private void Add(byte letter)
    {
        if (line.Count >= LongestLine)
            EndLine();
        line.Add(letter is < 0x20 and not (byte)'\t' and not 0x1b and not (byte)'\r' or 0x7f ? (byte)'?' : letter);
    }

    private void EndLine()
    {
        output.Write(prefix);
        // One at the end belongs to the line end; one in the middle would overwrite the prefix.
        var letters = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(line).TrimEnd((byte)'\r');
        letters.Replace((byte)'\r', (byte)'?');
        output.Write(letters);
        output.Write(hasColour && letters.Contains((byte)0x1b) ? "\e[0m\n"u8 : "\n"u8);
        line.Clear();
    }
}
