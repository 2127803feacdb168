using System.Globalization;
using System.Threading.Channels;

namespace Supervisor.Client;

/// <summary><c>events</c>: what happened, from the file. So it works without a supervisor, and <c>-f</c> goes on through its restart.</summary>
internal static class EventsCommand
{
    private const int DefaultLines = 50;

    public static async Task<int> RunAsync(CommandLine line, TimeProvider time, CancellationToken interrupted)
    {
        var (count, since) = (CountOf(line), SinceOf(line, time));
        if (ClientCommand.StateDirOf(line.ConfigFile) is not { } folder)
            return (int)ExitCode.Usage;
        try
        {
            using var changes = line.Has("follow") ? new FileChanges(StatePaths.Events(folder)) : null;
            using var reader = new EventReader(StatePaths.Events(folder));
            var past = reader.ReadAll().ToList();
            KnownNames.Check(line.Names, KnownNames.TryConfigured(line.ConfigFile), past.Select(one => one.Record.Service));
            foreach (var one in past.Where(one => one.Record.At >= since && IsMeant(line, one)).TakeLast(count))
                Print(line, one);
            if (changes is not null)
                await FollowAsync(line, reader, changes, interrupted).ConfigureAwait(false);
            return (int)ExitCode.Done;
        }
        catch (IOException e)
        {
            return Terminal.Fail(ExitCode.Failed, e.Message);
        }
    }

    private static async Task FollowAsync(CommandLine line, EventReader reader, FileChanges changes, CancellationToken interrupted)
    {
        try
        {
            await foreach (var isGone in changes.Signals.ReadAllAsync(interrupted).ConfigureAwait(false))
            {
                PrintNew(line, reader);
                if (!isGone)
                    continue;
                reader.StartOver();
                PrintNew(line, reader);
            }
        }
        catch (OperationCanceledException)
        {
            // Ctrl+C is how one stops listening.
        }
    }

    private static void PrintNew(CommandLine line, EventReader reader)
    {
        foreach (var one in reader.ReadNew().Where(one => IsMeant(line, one)))
            Print(line, one);
    }

    private static bool IsMeant(CommandLine line, EventLine one) =>
        line.Names.Count == 0 || line.Names.Any(name => one.Record.Service is { } service && Glob.Matches(name, service));

    private static void Print(CommandLine line, EventLine one) =>
        Console.Out.WriteLine(line.Has("json") ? one.Raw : Printable.Escape(one.Record.ToLine()));

    /// <summary>How many; with a time given, as many as there are.</summary>
    private static int CountOf(CommandLine line)
    {
        if (!line.Options.TryGetValue("lines", out var text))
            return line.Has("since") ? int.MaxValue : DefaultLines;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count
            : throw new UsageException($"-n: '{text}' is not a number of lines; write for example -n 100");
    }

    private static DateTimeOffset SinceOf(CommandLine line, TimeProvider time)
    {
        if (!line.Options.TryGetValue("since", out var text))
            return DateTimeOffset.MinValue;
        var now = time.GetUtcNow();
        return Duration.TryParse(text, out var ago)
            ? ago < now - DateTimeOffset.MinValue ? now - ago : DateTimeOffset.MinValue
            : throw new UsageException($"--since: '{text}' is not a duration; write for example 30s, 10m or 2h");
    }

    /// <summary>Tells when a file changes, and with true when it was renamed or deleted.</summary>
    private sealed class FileChanges : IDisposable
    {
        private readonly Channel<bool> signals = Channel.CreateUnbounded<bool>();
        private readonly FileSystemWatcher watcher;

        public FileChanges(string path)
        {
            var folder = Path.GetDirectoryName(path)!;
            if (!Directory.Exists(folder))
                throw new IOException($"{folder}: does not exist, so there are no events to follow yet; start the supervisor");
            watcher = new(folder, Path.GetFileName(path)) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.Size | NotifyFilters.LastWrite };
            watcher.Created += (_, _) => signals.Writer.TryWrite(false);
            watcher.Changed += (_, _) => signals.Writer.TryWrite(false);
            watcher.Deleted += (_, _) => signals.Writer.TryWrite(true);
            watcher.Renamed += (_, change) => signals.Writer.TryWrite(change.OldFullPath == path);
            watcher.EnableRaisingEvents = true;
        }

        public ChannelReader<bool> Signals => signals.Reader;

        public void Dispose() => watcher.Dispose();
    }
}
