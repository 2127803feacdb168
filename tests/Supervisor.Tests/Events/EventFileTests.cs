namespace Supervisor.Tests.Events;

/// <summary><c>events.jsonl</c> on a disk that is not always kind.</summary>
public sealed class EventFileTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly Turning turning = new();
    private readonly Recorder complaints = new();
    private readonly Worker disk;

    public EventFileTests() => disk = new("disk", turning.Poller, turning.Deadlines, turning.Time);

    private string Path => folder.File("events.jsonl");

    public void Dispose()
    {
        Finish();
        disk.Dispose();
        turning.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Text_that_stands_for_bytes_which_are_not_UTF_8_can_be_written() =>
        Assert.Equal("a\ufffd does not exist", EventJson.Read(EventJson.Write(new(default, "a", "start_failed", $"{SystemText.Decode([(byte)'a', 0xe9])} does not exist")).ToArray())!.Text);

    [Fact]
    public void An_event_is_one_line_of_JSON_with_the_members_that_apply()
    {
        Write(Event("exited") with { Pid = 7, Code = 1, PeakMemoryBytes = 4096, Failure = true }, new(default, null, "shutdown", "it's\nover"));
        var lines = File.ReadAllLines(Path);
        Assert.Equal(
            [
                """{"at":"0001-01-01T00:00:00+00:00","service":"a","event":"exited","text":"exited 1","pid":7,"code":1,"peak_memory_bytes":4096,"failure":true,"output":[]}""",
                """{"at":"0001-01-01T00:00:00+00:00","service":null,"event":"shutdown","text":"it's\nover"}""",
            ],
            lines);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
    }

    [Fact]
    public void A_failure_brings_the_last_lines_of_its_log()
    {
        var log = string.Concat(Enumerable.Range(1, 5000).Select(i => $"line {i}\n")) + "\e[31mlast";
        File.WriteAllText(folder.File("a.log"), log);
        Write(Event("exited") with { Failure = true });
        var output = Read().Single().Output!;
        Assert.Equal(20, output.Count);
        Assert.Equal(("line 4982", "\\u001b[31mlast"), (output[0], output[^1]));
    }

    /// <summary>The worker is not waited for, and the next process may write before it looks.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("put aside")]
    [InlineData("cut")]
    [InlineData("deleted")]
    public void What_the_next_process_writes_does_not_explain_the_failure_of_this_one(string fate)
    {
        var (file, log) = (FileOf(), folder.File("a.log"));
        File.WriteAllText(log, "the end of this one\n");
        file.Write(Event("exited") with { Failure = true });
        File.AppendAllText(log, "and what a filter adds to it\n");
        file.BeforeStart("a");
        if (fate == "put aside")
            File.Move(log, PendingCut.PathOf(log, 0));
        else if (fate == "cut")
            File.WriteAllText(log, "");
        else if (fate == "deleted")
            File.Delete(log);
        File.AppendAllText(log, "the next\n");
        Finish();
        Assert.Equal(fate is "" or "put aside" ? ["the end of this one", "and what a filter adds to it"] : [], Read().Single().Output!);
    }

    [Fact]
    public void A_log_that_nobody_has_begun_anew_is_read_to_its_end()
    {
        var (file, log) = (FileOf(), folder.File("a.log"));
        file.Write(Event("exited") with { Failure = true });
        file.BeforeStart("b");
        File.WriteAllText(log, "late\n");
        Finish();
        file.BeforeStart("a");
        Assert.Equal(["late"], Read().Single().Output!);
    }

    [Fact]
    public void It_stays_small_and_loses_nothing_on_the_way()
    {
        Write(maxSize: 1000, [.. Enumerable.Range(0, 30).Select(i => Event("started") with { Pid = i })]);
        Assert.Equal(Enumerable.Range(0, 30), Read().Select(record => record.Pid!.Value));
        Assert.All(StatePaths.EventParts(Path), part => Assert.InRange(new FileInfo(part).Length, 1, 1000));
        Write(maxSize: 1000, [.. Enumerable.Range(30, 30).Select(i => Event("started") with { Pid = i })]);
        Assert.Equal(59, Read().Last().Pid);
        Assert.Equal(3, Directory.GetFiles(folder.Path).Length);
    }

    [Fact]
    public void What_cannot_be_written_is_dropped_counted_and_told_once()
    {
        Directory.CreateDirectory(Path);
        var file = FileOf();
        file.Write(Event("started"));
        file.Write(Event("healthy"));
        Finish();
        Assert.Equal(["events_not_saved"], complaints.Names);
        Directory.Delete(Path);
        file.Write(Event("exited"));
        Finish();
        Assert.Equal(["events_not_saved", "events_saved"], complaints.Names);
        Assert.Equal(["events are written again; 2 were dropped"], complaints.Texts("events_saved"));
        Assert.DoesNotContain("started", Read().Select(record => record.Event));
        Assert.Contains("exited", Read().Select(record => record.Event));
        Assert.Contains("events_saved", Read().Select(record => record.Event));
    }

    [Fact]
    public void A_symbolic_link_is_not_followed()
    {
        File.CreateSymbolicLink(Path, folder.File("elsewhere"));
        Write(Event("started"));
        Assert.Contains("symbolic link", Assert.Single(complaints.Texts("events_not_saved")));
        Assert.False(File.Exists(folder.File("elsewhere")));
    }

    [Fact]
    public void A_line_that_was_cut_short_spoils_no_other()
    {
        File.WriteAllText(Path, """{"at":"2026""");
        Write(Event("started"));
        Assert.Equal("started", Read().Single().Event);
    }

    /// <summary>As before another program takes this one's place.</summary>
    [Fact]
    public void All_that_was_told_is_written_once_the_disk_is_idle()
    {
        var file = FileOf();
        for (var i = 0; i < 1000; i++)
            file.Write(Event("started"));
        Finish();
        Assert.Equal(1000, Read().Count);
    }

    [Fact]
    public void What_a_disk_that_hangs_keeps_waiting_is_bounded_and_what_is_dropped_is_counted()
    {
        using var gate = new ManualResetEventSlim();
        disk.Post(gate.Wait);
        var file = FileOf();
        for (var i = 0; i < 10_000; i++)
            file.Write(Event("started") with { Pid = i });
        Assert.Equal(2, disk.Backlog);
        gate.Set();
        Finish();
        Assert.Equal(["events are written again; 5904 were dropped"], complaints.Texts("events_saved"));
        Assert.Equal(Enumerable.Range(5904, 4096), Read().Where(record => record.Event == "started").Select(record => record.Pid!.Value));
    }

    [Fact]
    public void Those_of_one_service_are_read_alone()
    {
        Write(Event("started"), Event("started") with { Service = "ab" }, Event("said \"service\":\"b\"") with { Service = null }, Event("exited") with { Service = "b" });
        using var reader = new EventReader(Path, "b");
        Assert.Equal(["exited"], reader.ReadAll().Select(line => line.Record.Event));
    }

    private static EventRecord Event(string name) => new(default, "a", name, $"{name} 1");

    private EventFile FileOf(long maxSize = 10_000_000) => new(Path, folder.Path, disk, complaints.Tell, TimeProvider.System, maxSize);

    private void Write(params EventRecord[] records) => Write(10_000_000, records);

    private void Write(long maxSize, EventRecord[] records)
    {
        var file = FileOf(maxSize);
        foreach (var record in records)
            file.Write(record);
        Finish();
    }

    private void Finish()
    {
        disk.Hurry();
        turning.Until(() => disk.IsIdle);
    }

    private List<EventRecord> Read()
    {
        using var reader = new EventReader(Path);
        return [.. reader.ReadAll().Select(line => line.Record)];
    }
}
