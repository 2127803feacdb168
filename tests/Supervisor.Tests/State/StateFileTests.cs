using System.Runtime.InteropServices;

namespace Supervisor.Tests.State;

/// <summary>The state on a disk that does not do what it should.</summary>
public sealed partial class StateFileTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly Turning turning = new();
    private readonly Recorder events = new();
    private readonly Worker disk;

    public StateFileTests() => disk = new("disk", turning.Poller, turning.Deadlines, turning.Time);

    public void Dispose()
    {
        disk.Dispose();
        turning.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void What_cannot_be_saved_is_told_once_and_tried_until_it_can_be()
    {
        var state = StateAt("gone/state.json");
        Write(state);
        turning.Until(() => events.Has("state_not_saved"));
        for (var attempt = 0; attempt < 3; attempt++)
        {
            Assert.Equal(turning.Now + TimeSpan.FromSeconds(1), turning.Deadlines.Next);
            Retry();
            Assert.False(state.IsSaved);
        }
        Directory.CreateDirectory(folder.File("gone"));
        Retry();
        Assert.True(state.IsSaved);
        Assert.Equal(["state_not_saved", "state_saved"], events.Names);
        Assert.True(File.Exists(folder.File("gone/state.json")));
    }

    [Fact]
    public void Only_the_newest_state_is_written_and_it_is_written_last()
    {
        using var gate = new ManualResetEventSlim();
        disk.Post(gate.Wait);
        var state = StateAt("state.json");
        for (var generation = 1; generation <= 1000; generation++)
            state.Save([Record(generation)]);
        Assert.Equal(1, disk.Backlog);
        turning.Pass(StateFile.Gathering);
        Assert.Equal(2, disk.Backlog);
        Assert.False(state.IsSaved);
        gate.Set();
        turning.Until(() => state.IsSaved);
        Assert.Equal(1000, Assert.Single(StateFile.Read(folder.File("state.json"), "boot")).State.Generation);
    }

    [Fact]
    public void What_was_noted_while_the_disk_failed_is_what_is_written_in_the_end()
    {
        var state = StateAt("gone/state.json");
        Write(state, Record(1));
        turning.Until(() => disk.IsIdle);
        state.Save([Record(2)]);
        Assert.True(disk.IsIdle);
        Directory.CreateDirectory(folder.File("gone"));
        Retry();
        Assert.Equal(2, Assert.Single(StateFile.Read(folder.File("gone/state.json"), "boot")).State.Generation);
    }

    [Fact]
    public void Whoever_relies_on_what_was_noted_hears_when_it_is_written_and_not_before()
    {
        using var gate = new ManualResetEventSlim();
        disk.Post(gate.Wait);
        var state = StateAt("state.json");
        var heard = new List<string>();
        state.WhenSaved(() => heard.Add("nothing"));
        state.Save([Record(1)]);
        state.WhenSaved(() => heard.Add("first"));
        turning.Turn(); // It is written at once, for somebody waits.
        state.WhenSaved(() => heard.Add("first again"));
        state.Save([Record(2)]);
        state.WhenSaved(() => heard.Add("second"));
        Assert.Equal(["nothing"], heard);
        gate.Set();
        turning.Until(() => heard.Count == 3);
        Assert.Equal(["nothing", "first", "first again"], heard);
        turning.Until(() => state.IsSaved);
        Assert.Equal(["nothing", "first", "first again", "second"], heard);
    }

    [Fact]
    public void While_nothing_can_be_written_nobody_waits_for_it()
    {
        var state = StateAt("gone/state.json");
        var heard = 0;
        state.Save([Record(1)]);
        state.WhenSaved(() => heard++);
        turning.Until(() => heard == 1);
        state.Save([Record(2)]);
        state.WhenSaved(() => heard++);
        Assert.Equal(2, heard);
    }

    [Fact]
    public void What_is_noted_while_the_state_is_written_once_more_is_written_though_that_fails()
    {
        Directory.CreateDirectory(folder.File("there"));
        var state = StateAt("there/state.json");
        Write(state, Record(1));
        turning.Until(() => state.IsSaved);
        Directory.Delete(folder.File("there"), recursive: true);
        using var gate = new ManualResetEventSlim();
        disk.Post(gate.Wait);
        turning.Pass(TimeSpan.FromSeconds(5)); // It is written once more, for what the service has started meanwhile.
        state.Save([Record(2)]);
        gate.Set();
        turning.Until(() => events.Has("state_not_saved"));
        Directory.CreateDirectory(folder.File("there"));
        Retry();
        turning.Until(() => state.IsSaved);
        Assert.Equal(2, Assert.Single(StateFile.Read(folder.File("there/state.json"), "boot")).State.Generation);
    }

    [Fact]
    public void A_disk_that_does_not_answer_lets_no_more_than_a_thousand_wait()
    {
        using var gate = new ManualResetEventSlim();
        disk.Post(gate.Wait);
        var state = StateAt("state.json");
        Write(state, Record(1));
        var heard = 0;
        for (var asked = 0; asked < 1_003; asked++)
            state.WhenSaved(() => heard++);
        Assert.Equal(3, heard);
        gate.Set();
        turning.Until(() => heard == 1_003);
    }

    [Fact]
    public void A_disk_that_never_answers_does_not_hold_up_the_end()
    {
        // Nobody reads from it, so whoever opens it for writing is held up.
        Assert.Equal(0, MakePipe(folder.File("state.json.tmp"), 0b110_000_000));
        var state = StateAt("state.json");
        Write(state);
        turning.Turn();
        Assert.False(state.IsSaved);
        disk.Dispose();
        using var release = File.OpenRead(folder.File("state.json.tmp"));
    }

    [Fact]
    public void A_folder_that_is_gone_at_the_end_is_no_error()
    {
        var state = StateFolder.Take(folder.File("state"));
        Directory.Delete(folder.File("state"), recursive: true);
        state.Clear();
        state.Dispose();
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("")]
    public void What_makes_no_sense_is_not_taken_for_nothing(string text) =>
        Assert.Contains("makes no sense", Assert.Throws<InvalidDataException>(() => StateFile.Read(folder.Write("state.json", text), "boot")).Message);

    [Fact]
    public void What_a_newer_program_has_written_is_not_read() =>
        Assert.Contains("was written by a newer supervisor", Assert.Throws<IOException>(() => StateFile.Read(folder.Write("state.json", """{"version":99,"boot_id":"boot","services":[]}"""), "boot")).Message);

    [Fact]
    public void What_is_not_there_is_nothing() => Assert.Empty(StateFile.Read(folder.File("state.json"), "boot"));

    private static ServiceRecord Record(int generation) => new("a", ServiceState.Initial with { Generation = generation }, null, null, StopPolicy.Default, null);

    private StateFile StateAt(string name) => new(folder.File(name), "boot", disk, turning.Deadlines, events.Tell, () => { }, turning.Time);

    private void Write(StateFile state, params ServiceRecord[] services)
    {
        state.Save(services);
        turning.Pass(StateFile.Gathering);
    }

    private void Retry()
    {
        turning.Pass(TimeSpan.FromSeconds(1));
        turning.Until(() => disk.IsIdle);
    }

    // mkfifo(3): 0, or -1 and errno.
    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakePipe(string path, uint mode);
}
