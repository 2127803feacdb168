using System.Buffers;
using System.Globalization;
using System.Text;

namespace Supervisor.Client;

/// <summary><c>logs</c>: reads the files themselves, so it needs no running supervisor.</summary>
internal static class LogsCommand
{
    private const long DefaultLines = 50;
    private const long LinesOfNew = 1000;
    private const int Attachment = 3;
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
        using var interruption = line.Has("attached") ? new Interruption(Attachment) : line.Has("follow") ? new Interruption() : null;
        var output = new OutputBuffer(line.Has("attached") ? null : interruption);
        var logs = new List<ShownLog>();
        var stamp = StampOf(line, places);
        Add(places, logs, line, output);
        foreach (var log in logs.Where(log => !line.Has("attached") && !File.Exists(log.Path)))
            Standard.Error($"supervisor: {log.Name} has no log yet");
        var since = line.Since is { } age ? TimeProvider.System.GetUtcNow().UtcDateTime - age : DateTime.MinValue;
        foreach (var log in logs)
        {
            log.Cursor.ShowLast(line.Lines ?? (line.Since is null ? DefaultLines : AllLines), since, log.Output.Write);
            if (interruption is null)
                log.Output.Flush();
        }
        output.Flush();
        if (line.Has("attached"))
            _ = Descriptors.Write(Attachment, "ready\n"u8);
        interruption?.Follow(places.LogDir, Look);
        while (line.Has("attached") && Look())
            continue;
        foreach (var log in logs)
            log.Output.Flush();
        output.Flush();

        bool Look()
        {
            if (StampOf(line, places) is var present && present != stamp && ConfigurationReader.LogsOf(line.ConfigFile).Value is { } now)
            {
                stamp = present;
                // What is new has only just begun to write. If it was there before, nobody wants to see all of that.
                foreach (var log in Add(now, logs, line, output))
                    log.Cursor.ShowLast(LinesOfNew, DateTime.MinValue, log.Output.Write);
            }
            var isMoreToCome = false;
            foreach (var log in logs)
                isMoreToCome |= log.Cursor.ReadNews(log.Output.Write);
            output.Flush();
            return isMoreToCome;
        }
    }

    /// <summary>Changes when services may have been added.</summary>
    private static (DateTime Configuration, DateTime Logs) StampOf(CommandLine line, LogPlaces places) =>
        (File.GetLastWriteTimeUtc(line.ConfigFile), Directory.GetLastWriteTimeUtc(places.LogDir));

    /// <summary>Adds those that are meant and not there yet, and gives each its prefix anew.</summary>
    private static List<ShownLog> Add(LogPlaces places, List<ShownLog> logs, CommandLine line, OutputBuffer output)
    {
        var added = places.Names.Where(known => (line.Names.Count == 0 || line.Names.Any(name => Glob.Matches(name, known))) && !logs.Exists(log => log.Name == known))
            .Select(name => new ShownLog(name, LogPath.Of(places.LogDir, name), output)).ToList();
        logs.AddRange(added);
        var width = logs.Select(log => log.Name.Length).DefaultIfEmpty(0).Max();
        for (var index = 0; index < logs.Count; index++)
            logs[index].Output.Prefix = PrefixOf(logs, index, width, line.Has("attached"));
        return added;
    }

    /// <summary>One service alone is shown as it is, but not to a terminal.</summary>
    private static byte[]? PrefixOf(List<ShownLog> logs, int index, int width, bool isAttached)
    {
        if (logs.Count == 1 && !isAttached)
            return Standard.IsTerminal ? [] : null;
        var label = $"{logs[index].Name.PadRight(width)} | ";
        var colour = s_colours[index % s_colours.Length].ToString(CultureInfo.InvariantCulture);
        return Encoding.UTF8.GetBytes(Terminal.HasColour ? $"\e[{colour}m{label}\e[0m" : label);
    }

    /// <summary>One log, how far it was shown, and where it is shown.</summary>
    private sealed record ShownLog(string Name, string Path, OutputBuffer Buffer)
    {
        public LogCursor Cursor { get; } = new(Path);

        public LogOutput Output { get; } = new(Buffer.Write, Terminal.HasColour);
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
/// <param name="write">Where to.</param>
/// <param name="hasColour">Whether there are colours.</param>
internal sealed class LogOutput(Action<ReadOnlySpan<byte>> write, bool hasColour)
{
    private const int LongestLine = 64 * 1024;
    private readonly List<byte> line = [];

    /// <summary>What each line begins with; null to let everything through as it is.</summary>
    public byte[]? Prefix { get; set; }

    /// <summary>Takes the next piece.</summary>
    public void Write(ReadOnlySpan<byte> text)
    {
        if (Prefix is null)
        {
            write(text);
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
        write(Prefix);
        // A carriage return at the end belongs to the line end; one in the middle would overwrite the prefix.
        var letters = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(line).TrimEnd((byte)'\r');
        var isPlain = !letters.ContainsAnyExceptInRange((byte)' ', (byte)'~');
        var text = isPlain ? "" : Printable.Escape(Encoding.UTF8.GetString(letters), hasColour);
        write(isPlain ? letters : Encoding.UTF8.GetBytes(text));
        write(text.Contains('\e') ? "\e[0m\n"u8 : "\n"u8);
        line.Clear();
    }
}
