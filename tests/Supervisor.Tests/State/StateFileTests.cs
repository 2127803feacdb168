using System.Runtime.InteropServices;
using Microsoft.Extensions.Time.Testing;

namespace Supervisor.Tests.State;

/// <summary>The state on a disk that does not do what it should.</summary>
public sealed partial class StateFileTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly Recorder events = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task What_cannot_be_saved_is_told_once_and_tried_until_it_can_be()
    {
        var time = new FakeTimeProvider();
        await using var state = new StateFile(folder.File("gone/state.json"), "boot", events, time);
        state.Save([]);
        await events.NextAsync("state_not_saved");
        Directory.CreateDirectory(folder.File("gone"));
        var saved = events.NextAsync("state_saved");
        while (!saved.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        await saved;
        Assert.True(File.Exists(folder.File("gone/state.json")));
    }

    [Fact]
    public async Task A_disk_that_never_answers_does_not_hold_up_the_end()
    {
        // Nobody reads from it, so whoever opens it for writing is held up.
        Assert.Equal(0, MakePipe(folder.File("state.json.tmp"), 0b110_000_000));
        var state = new StateFile(folder.File("state.json"), "boot", events, TimeProvider.System);
        state.Save([]);
        await state.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
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

    // mkfifo(3): 0, or -1 and errno.
    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakePipe(string path, uint mode);
}
