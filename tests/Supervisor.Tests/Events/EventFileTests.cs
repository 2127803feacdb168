using System.Threading.Channels;

namespace Supervisor.Tests.Events;

/// <summary><c>events.jsonl</c> on a disk that is not always kind.</summary>
public sealed class EventFileTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly Complaints complaints = new();

    private string Path => folder.File("events.jsonl");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task An_event_is_one_line_of_JSON_with_the_members_that_apply()
    {
        await WriteAsync(Event("exited") with { Pid = 7, Code = 1, PeakMemoryBytes = 4096, Failure = true }, new(default, null, "shutdown", "it's\nover"));
        var lines = await File.ReadAllLinesAsync(Path, TestContext.Current.CancellationToken);
        Assert.Equal(
            [
                """{"at":"0001-01-01T00:00:00+00:00","service":"a","event":"exited","text":"exited 1","pid":7,"code":1,"peak_memory_bytes":4096,"failure":true,"output":[]}""",
                """{"at":"0001-01-01T00:00:00+00:00","service":null,"event":"shutdown","text":"it's\nover"}""",
            ],
            lines);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
    }

    [Fact]
    public async Task A_failure_brings_the_last_lines_of_its_log()
    {
        var log = string.Concat(Enumerable.Range(1, 5000).Select(i => $"line {i}\n")) + "\e[31mlast";
        await File.WriteAllTextAsync(folder.File("a.log"), log, TestContext.Current.CancellationToken);
        await WriteAsync(Event("exited") with { Failure = true });
        var output = Read().Single().Output!;
        Assert.Equal(20, output.Count);
        Assert.Equal(("line 4982", "\\u001b[31mlast"), (output[0], output[^1]));
    }

    [Fact]
    public async Task It_stays_small_and_loses_nothing_on_the_way()
    {
        await WriteAsync(maxSize: 1000, [.. Enumerable.Range(0, 30).Select(i => Event("started") with { Pid = i })]);
        Assert.Equal(Enumerable.Range(0, 30), Read().Select(record => record.Pid!.Value));
        Assert.All(StatePaths.EventParts(Path), part => Assert.InRange(new FileInfo(part).Length, 1, 1000));
        await WriteAsync(maxSize: 1000, [.. Enumerable.Range(30, 30).Select(i => Event("started") with { Pid = i })]);
        Assert.Equal(59, Read().Last().Pid);
        Assert.Equal(3, Directory.GetFiles(folder.Path).Length);
    }

    [Fact]
    public async Task What_cannot_be_written_is_dropped_counted_and_told_once()
    {
        Directory.CreateDirectory(Path);
        await using (var file = new EventFile(Path, folder.Path, complaints, TimeProvider.System))
        {
            file.Write(Event("started"));
            Assert.Equal("events_not_saved", (await complaints.NextAsync()).Event);
            file.Write(Event("healthy"));
            Directory.Delete(Path);
            file.Write(Event("exited"));
            Assert.Matches("^events are written again; [12] were dropped$", (await complaints.NextAsync()).Text);
        }
        Assert.DoesNotContain("started", Read().Select(record => record.Event));
        Assert.Contains("exited", Read().Select(record => record.Event));
        Assert.Contains("events_saved", Read().Select(record => record.Event));
    }

    [Fact]
    public async Task A_symbolic_link_is_not_followed()
    {
        File.CreateSymbolicLink(Path, folder.File("elsewhere"));
        await WriteAsync(Event("started"));
        Assert.Contains("symbolic link", (await complaints.NextAsync()).Text);
        Assert.False(File.Exists(folder.File("elsewhere")));
    }

    [Fact]
    public async Task A_line_that_was_cut_short_spoils_no_other()
    {
        await File.WriteAllTextAsync(Path, """{"at":"2026""", TestContext.Current.CancellationToken);
        await WriteAsync(Event("started"));
        Assert.Equal("started", Read().Single().Event);
    }

    /// <summary>As before another program takes this one's place.</summary>
    [Fact]
    public async Task All_that_was_told_before_a_flush_is_written_after_it()
    {
        await using var file = new EventFile(Path, folder.Path, complaints, TimeProvider.System);
        for (var i = 0; i < 1000; i++)
            file.Write(Event("started"));
        await file.FlushAsync();
        Assert.Equal(1000, Read().Count);
    }

    private static EventRecord Event(string name) => new(default, "a", name, $"{name} 1");

    private Task WriteAsync(params EventRecord[] records) => WriteAsync(10_000_000, records);

    private async Task WriteAsync(long maxSize, EventRecord[] records)
    {
        await using var file = new EventFile(Path, folder.Path, complaints, TimeProvider.System, maxSize);
        foreach (var record in records)
            file.Write(record);
    }

    private List<EventRecord> Read()
    {
        using var reader = new EventReader(Path);
        return [.. reader.ReadAll().Select(line => line.Record)];
    }

    private sealed class Complaints : IEventSink
    {
        private readonly Channel<EventRecord> heard = Channel.CreateUnbounded<EventRecord>();

        public void Write(EventRecord record) => heard.Writer.TryWrite(record);

        public Task<EventRecord> NextAsync() => heard.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
    }
}
