namespace Supervisor.Client;

/// <summary><c>events</c>: what happened, from the file. So it works without a supervisor, and <c>-f</c> goes on through its restart.</summary>
internal static class EventsCommand
{
    private const int DefaultLines = 50;

    public static int Run(CommandLine line)
    {
        if (ClientCommand.PlaceOf(ConfigurationReader.StateDirOf(line.ConfigFile)) is not { } folder)
            return (int)ExitCode.Usage;
        if (line.Has("follow") && !Directory.Exists(folder))
            return Terminal.Fail(ExitCode.Failed, $"{folder}: does not exist, so there are no events to follow yet; start the supervisor");
        try
        {
            line = line with { Names = KnownNames.GivenIn(line) };
            using var interruption = line.Has("follow") ? new Interruption() : null;
            using var reader = new EventReader(StatePaths.Events(folder));
            ShowPast(line, [.. reader.ReadAll()]);
            interruption?.Follow(folder, () =>
            {
                // The former file is complete once another has taken its place, so this is asked first.
                var isReplaced = reader.IsReplaced();
                Print(line, reader.ReadNew().Where(one => IsMeant(line, one)));
                if (isReplaced)
                    reader.StartOver();
                return isReplaced;
            });
            return (int)ExitCode.Done;
        }
        catch (IOException e)
        {
            return Terminal.Fail(ExitCode.Failed, e.Message);
        }
    }

    /// <summary>The last ones; with a time given, as many as there are.</summary>
    private static void ShowPast(CommandLine line, IReadOnlyList<EventLine> past)
    {
        KnownNames.Check(line.Names, line.Names.Count == 0 ? [] : KnownNames.Of(line.ConfigFile, past));
        var since = line.Since is { } age ? TimeProvider.System.GetUtcNow() - age : DateTimeOffset.MinValue;
        var count = line.Lines ?? (line.Since is null ? DefaultLines : int.MaxValue);
        Print(line, past.Where(one => one.Record.At >= since && IsMeant(line, one)).TakeLast(count));
    }

    private static void Print(CommandLine line, IEnumerable<EventLine> events) =>
        Standard.Output(string.Concat(events.Select(one => $"{(line.Has("json") ? one.Raw : Printable.Escape(one.Record.ToLine()))}\n")));

    private static bool IsMeant(CommandLine line, EventLine one) =>
        line.Names.Count == 0 || line.Names.Any(name => one.Record.Service is { } service && Glob.Matches(name, service));
}
