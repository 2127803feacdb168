using System.Buffers;
using System.Globalization;
using System.Text;

namespace Supervisor.Client;

/// <summary><c>logs</c>: reads the files themselves, so it needs no running supervisor.</summary>
internal static class LogsCommand
{
    private const long DefaultLines = 50;
    private const long AllLines = long.MaxValue / 2;
    private static readonly int[] s_colours = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94];

    public static int Run(CommandLine line)
    {
        if (ClientCommand.PlaceOf(ConfigurationReader.LogsOf(line.ConfigFile)) is not { } places)
            return (int)ExitCode.Usage;
        line = line with { Names = places.Resolve(line.Names) };
        KnownNames.Check(line.Names, places.Names);
        try
        {
            Show(line, places);
        }
        catch (ShownEnoughException)
        {
            // Whoever read it has seen enough, or pressed Ctrl+C.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Terminal.Fail(ExitCode.Failed, e.Message);
        }
        return (int)ExitCode.Done;
    }

    private static void Show(CommandLine line, LogPlaces places)
    {
        var chosen = places.Names.Where(known => line.Names.Count == 0 || line.Names.Any(name => Glob.Matches(name, known))).ToList();
        using var interruption = line.Has("follow") ? new Interruption() : null;
        var output = new OutputBuffer(interruption);
        var logs = chosen.Select((name, index) => (Cursor: new LogCursor(LogPath.Of(places.LogDir, name)), Output: OutputOf(output, chosen, index))).ToList();
        foreach (var name in chosen.Where(name => !File.Exists(LogPath.Of(places.LogDir, name))))
            Standard.Error($"supervisor: {name} has no log yet");
        var since = line.Since is { } age ? TimeProvider.System.GetUtcNow().UtcDateTime - age : DateTime.MinValue;
        foreach (var (cursor, text) in logs)
        {
            cursor.ShowLast(line.Lines ?? (line.Since is null ? DefaultLines : AllLines), since, text.Write);
            if (interruption is null)
                text.Flush();
        }
        output.Flush();
        interruption?.Follow(places.LogDir, () =>
        {
            var isMoreToCome = false;
            foreach (var (cursor, text) in logs)
                isMoreToCome |= cursor.ReadNews(text.Write);
            output.Flush();
            return isMoreToCome;
        });
        foreach (var (_, text) in logs)
            text.Flush();
        output.Flush();
    }

    /// <summary>One service alone is shown as it is, but not to a terminal.</summary>
    private static LogOutput OutputOf(OutputBuffer output, List<string> names, int index)
    {
        if (names.Count == 1)
            return new(output, Standard.IsTerminal ? [] : null, Terminal.HasColour);
        var label = $"{names[index].PadRight(names.Max(name => name.Length))} | ";
        var colour = s_colours[index % s_colours.Length].ToString(CultureInfo.InvariantCulture);
        return new(output, Encoding.UTF8.GetBytes(Terminal.HasColour ? $"\e[{colour}m{label}\e[0m" : label), Terminal.HasColour);
    }
}

/// <summary>Nobody wants to see more.</summary>
internal sealed class ShownEnoughException : Exception;

/// <summary>Collects what is shown, so that it is written in large pieces.</summary>
/// <param name="interruption">What may end it early; null for nothing.</param>
internal sealed class OutputBuffer(Interruption? interruption)
{
    private const int Full = 64 * 1024;
    private readonly ArrayBufferWriter<byte> pending = new(Full);

    /// <summary>Takes the next piece.</summary>
    /// <inheritdoc cref="Flush"/>
    public void Write(ReadOnlySpan<byte> text)
    {
        pending.Write(text);
        if (pending.WrittenCount >= Full)
            Flush();
    }

    /// <summary>Writes what was collected.</summary>
    /// <exception cref="ShownEnoughException">Nobody reads it, or it was interrupted.</exception>
    public void Flush()
    {
        if (pending.WrittenCount > 0 && (!Standard.Output(pending.WrittenSpan) || interruption?.Wait(-1, TimeSpan.Zero) == false))
            throw new ShownEnoughException();
        pending.ResetWrittenCount();
    }
}

/// <summary>
/// Where lines of one log go. With a prefix, which may be empty, output is cut into lines, so that those of several logs do not mix; then
/// what would steer the terminal is escaped. Colours that a daemon prints stay where there are any, and end with the line.
/// </summary>
/// <param name="output">Where to.</param>
/// <param name="prefix">What each line begins with; null to let everything through as it is.</param>
/// <param name="hasColour">Whether there are colours.</param>
internal sealed class LogOutput(OutputBuffer output, byte[]? prefix, bool hasColour)
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
        line.Add(letter);
    }

    private void EndLine()
    {
        output.Write(prefix);
        // A carriage return at the end belongs to the line end; one in the middle would overwrite the prefix.
        var letters = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(line).TrimEnd((byte)'\r');
        var isPlain = !letters.ContainsAnyExceptInRange((byte)' ', (byte)'~');
        var text = isPlain ? "" : Printable.Escape(Encoding.UTF8.GetString(letters), hasColour);
        output.Write(isPlain ? letters : Encoding.UTF8.GetBytes(text));
        output.Write(text.Contains('\e') ? "\e[0m\n"u8 : "\n"u8);
        line.Clear();
    }
}
