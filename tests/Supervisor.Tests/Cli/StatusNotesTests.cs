namespace Supervisor.Tests.Cli;

public sealed class StatusNotesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_is_well_or_was_stopped_needs_no_words() => Assert.Empty(Notes(
        new("a", 1, "running", "healthy", 9, 3, 0, null, Exit("killed by SIGKILL", 9), null),
        new("b", null, "exited", null, null, 0, 0, null, Exit("exited with code 0", 9), null),
        new("c", null, "stopped", null, null, 0, 0, null, Exit("killed by SIGKILL", 9), null)));

    [Fact]
    public void What_ended_tells_how_and_when_and_what_comes_next() => Assert.Equal(
        [
            "guardian: killed by SIGKILL 3s ago; next start in 12s (restart 4 in a row)",
            "migrate: exited with code 1 5m 00s ago; it is not restarted",
        ],
        Notes(
            new("guardian", null, "backoff", null, null, 3, 3, 12, Exit("killed by SIGKILL", 3), null),
            new("migrate", null, "exited", null, null, 0, 0, null, Exit("exited with code 1", 300), null) { Failed = true }));

    [Fact]
    public void What_waits_tells_for_whom_and_how_they_are() => Assert.Equal(
        ["web: waiting for db (unhealthy), cache (backoff), far", "db: found unhealthy: HTTP 503 2s ago; it is being stopped, to be started again", "cache: ended; next start in 500ms (restart 1 in a row)"],
        Notes(
            new("web", null, "waiting", null, null, 0, 0, null, null, null, ["db", "cache", "far"]),
            new("db", 2, "stopping", "unhealthy", 9, 0, 0, null, null, new(Now.AddSeconds(-2), false, "HTTP 503")),
            new("cache", null, "backoff", null, null, 0, 0, 0.5, null, null)));

    [Fact]
    public void What_is_on_its_way_says_so() => Assert.Equal(
        ["a: not healthy yet: HTTP 503 1s ago", "b: not healthy yet", "c: stops once a, b have stopped", "d: stopping", "e: stopping, for it was removed from the configuration"],
        Notes(
            new("a", 1, "running", "starting", 9, 0, 0, null, null, new(Now.AddSeconds(-1), false, "HTTP 503")),
            new("b", 1, "running", "starting", 9, 0, 0, null, null, null),
            new("c", 1, "stopping", null, 9, 0, 0, null, null, null, ["a", "b"]),
            new("d", 1, "stopping", null, 9, 0, 0, null, null, null),
            new("e", 1, "stopping", null, 9, 0, 0, null, null, null) { Removed = true }));

    [Fact]
    public void A_clock_that_was_set_back_and_a_reason_that_would_steer_the_terminal_do_no_harm() => Assert.Equal(
        ["a: could not be started: \\u001b[2J 0ms ago; next start in 1s (restart 2 in a row)"],
        Notes(new ServiceStatus("a", null, "backoff", null, null, 1, 1, 1, Exit("could not be started: \e[2J", -60), null)));

    [Fact]
    public void A_window_is_filled_and_its_lines_are_cut_with_their_colours_whole()
    {
        var frame = Screen.Frame(["SERVICE   STATUS", "a         \e[32mrunning\e[0m"], [], width: 12, height: 4);
        Assert.Equal(["SERVICE   ST", "a         \e[32mru\e[0m", new(' ', 12), new(' ', 12)], frame);
    }

    [Fact]
    public void Where_rows_are_scarce_notes_have_half_of_them_and_the_table_the_rest()
    {
        string[] table = [.. Enumerable.Range(0, 9).Select(i => $"{i}")];
        Assert.Equal(["0", "1", "2", " ", "a", "b"], Screen.Frame(table, ["a", "b", "c"], width: 1, height: 6));
        Assert.Equal(["0", "1", "2", "3", " ", "a"], Screen.Frame(table, ["a"], width: 1, height: 6));
        Assert.Equal(["0", " ", "a", "b", "c", " "], Screen.Frame(["0"], ["a", "b", "c"], width: 1, height: 6));
    }

    private static IReadOnlyList<string> Notes(params ServiceStatus[] services) => StatusNotes.Of(services, Now);

    private static ExitReport Exit(string reason, double secondsAgo) => new(Now.AddSeconds(-secondsAgo), null, null, reason);
}
