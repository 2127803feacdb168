using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Supervisor.Client;

/// <summary><c>logs</c>: reads the files themselves, so it needs no running supervisor.</summary>
internal static class LogsCommand
{
    private const long DefaultLines = 50;
    private const long AllLines = long.MaxValue / 2;
    private static readonly TimeSpan Batch = TimeSpan.FromMilliseconds(50);
    private static readonly int[] s_colours = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94];

    public static async Task<int> RunAsync(CommandLine line, TimeProvider time, CancellationToken interrupted)
    {
        if (ClientCommand.ValueOf(ConfigurationReader.LogsOf(line.ConfigFile)) is not { } places)
            return (int)ExitCode.Usage;
        if (line.Names.FirstOrDefault(name => !places.Names.Any(known => Glob.Matches(name, known))) is { } unknown)
            return Terminal.Fail(ExitCode.Usage, Printable.Escape($"no service is named '{unknown}'{(Nearest.To(unknown, places.Names) is { } nearest ? $"; did you mean '{nearest}'?" : "")}"));
        try
        {
            await ShowAsync(line, places, time, interrupted).ConfigureAwait(false);
        }
        catch (Exception e) when (IsBrokenPipe(e))
        {
            // Whoever read has seen enough.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Terminal.Fail(ExitCode.Failed, e.Message);
        }
        return (int)ExitCode.Done;
    }

    private static async Task ShowAsync(CommandLine line, LogPlaces places, TimeProvider time, CancellationToken interrupted)
    {
        var chosen = places.Names.Where(known => line.Names.Count == 0 || line.Names.Any(name => Glob.Matches(name, known))).ToList();
        await using var output = new BufferedStream(OpenOutput(), 64 * 1024);
        var logs = chosen.Select((name, index) => (Cursor: new LogCursor(LogPath.Of(places.LogDir, name)), Output: OutputOf(output, chosen, index))).ToList();
        foreach (var name in chosen.Where(name => !File.Exists(LogPath.Of(places.LogDir, name))))
            Console.Error.WriteLine($"supervisor: {name} has no log yet");
        var since = line.Since is { } age ? time.GetUtcNow().UtcDateTime - age : DateTime.MinValue;
        foreach (var (cursor, text) in logs)
        {
            cursor.ShowLast(line.Lines ?? (line.Since is null ? DefaultLines : AllLines), since, text.Write);
            if (!line.Has("follow"))
                text.Flush();
        }
        await output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        if (line.Has("follow"))
            await FollowAsync(places.LogDir, logs, output, time, interrupted).ConfigureAwait(false);
    }

    /// <summary>Until it is interrupted. What is written within a moment is shown together, so that busy logs cost little.</summary>
    private static async Task FollowAsync(string folder, List<(LogCursor Cursor, LogOutput Output)> logs, BufferedStream output, TimeProvider time, CancellationToken interrupted)
    {
        using var watch = new FolderWatch(folder, time);
        try
        {
            while (true)
            {
                var isArmed = watch.Arm();
                var isMoreToCome = false;
                foreach (var (cursor, text) in logs)
                    isMoreToCome |= cursor.ReadNews(text.Write);
                await output.FlushAsync(interrupted).ConfigureAwait(false);
                if (!isMoreToCome)
                    await watch.WaitAsync(isArmed, interrupted).ConfigureAwait(false);
                await Task.Delay(Batch, time, interrupted).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            foreach (var (_, text) in logs)
                text.Flush();
        }
    }

    /// <summary>One service alone is shown as it is.</summary>
    private static LogOutput OutputOf(Stream output, List<string> names, int index)
    {
        if (names.Count == 1)
            return new(output, null, Terminal.HasColour);
        var label = $"{names[index].PadRight(names.Max(name => name.Length))} | ";
        var colour = s_colours[index % s_colours.Length].ToString(CultureInfo.InvariantCulture);
        return new(output, Encoding.UTF8.GetBytes(Terminal.HasColour ? $"\e[{colour}m{label}\e[0m" : label), Terminal.HasColour);
    }

    /// <summary>The console's own stream does not tell when the reader of a pipe has gone, and one would follow for nobody.</summary>
    private static Stream OpenOutput() => Libc.Seek(1, 0, 1) < 0
        ? new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0)
        : Console.OpenStandardOutput();

    private static bool IsBrokenPipe(Exception e) => e is IOException { HResult: Libc.BrokenPipe };
}

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
