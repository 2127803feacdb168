using Supervisor.Tests.Configuration;

namespace Supervisor.Tests.Logs;

/// <summary>Which logs are kept small, as that changes.</summary>
public sealed class LogKeeperTests : IDisposable
{
    private readonly Volume volume = Volume.Of("tmpfs");
    private readonly Turning turning = new(TimeProvider.System);
    private readonly Recorder events = new();

    private string Folder => Path.GetDirectoryName(volume.Log)!;

    public void Dispose()
    {
        turning.Dispose();
        volume.Dispose();
    }

    [Fact]
    public void Logs_of_services_that_are_added_changed_and_removed_are_kept_small_without_a_restart()
    {
        var small = Read.ValidService("\"log_max_size\": \"16KB\"");
        var config = Read.Valid("""{"services": {"a": {"cmd": ["/bin/sh"]}, "gone": {"cmd": ["/bin/sh"], "log_max_size": "16KB"}}}""") with { LogDir = Folder };
        using var disk = new Worker("disk", turning.Poller);
        var keeper = new LogKeeper(config, turning.Poller, turning.Deadlines, disk, events.Tell, turning.Time);
        // What an earlier supervisor was killed in the middle of, of a service that this one did not know.
        File.WriteAllText(Log("b.log.cut-0"), "former\n");

        keeper.Keep([small, small with { Spec = small.Spec with { Name = "b" } }]);
        Exists("b.log.1");
        Assert.Equal("former\n", File.ReadAllText(Log("b.log.1")));
        foreach (var name in new[] { "a", "b", "gone" })
            Write(name);

        Exists("a.log.1");
        Exists("b.log.2");
        Exists("gone.log.1");
        turning.Until(() => disk.IsIdle);
        Assert.Empty(events.All);
    }

    /// <summary>inotify gives notice once, and that may be while the worker has looked already and the loop does not know yet.</summary>
    [Fact]
    public void What_is_written_while_the_logs_are_looked_at_is_noticed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "no other system can cut a log while it is written to");
        // The keeper gets the place of the one that is forgotten, and so hears of the write before it hears of the look.
        var first = new Nobody();
        turning.Poller.Watch(first, 0, 0);
        using var disk = new Worker("disk", turning.Poller);
        using var looked = new ManualResetEventSlim();
        var config = Read.Valid("""{"services": {"a": {"cmd": ["/bin/sh"], "log_max_size": "16KB"}}}""") with { LogDir = Folder };
        _ = new LogKeeper(config, turning.Poller, turning.Deadlines, disk, events.Tell, turning.Time);
        turning.Poller.Forget(first);
        disk.Post(looked.Set);
        Assert.True(looked.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));

        Write("a");
        Exists("a.log.1");
    }

    [Fact]
    public void A_log_that_is_too_large_is_renamed_before_its_daemon_starts()
    {
        var config = Read.Valid("""{"services": {"a": {"cmd": ["/bin/sh"], "log_max_size": "16KB"}}}""") with { LogDir = Folder };
        using var disk = new Worker("disk", turning.Poller);
        using var gate = new ManualResetEventSlim();
        var keeper = new LogKeeper(config, turning.Poller, turning.Deadlines, disk, events.Tell, turning.Time);
        turning.Until(() => disk.IsIdle);
        disk.Post(gate.Wait);
        Write("a");
        keeper.BeforeStart("a");
        keeper.BeforeStart("nobody");
        Assert.False(File.Exists(volume.Log));
        gate.Set();
        Exists("a.log.1");
        Assert.Equal(20_000, new FileInfo(Log("a.log.1")).Length);
    }

    [Fact]
    public void A_log_that_cannot_be_cut_is_told_once_and_nothing_else_suffers()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "no other system can cut a log while it is written to");
        File.CreateSymbolicLink(volume.Log, Log("elsewhere"));
        File.WriteAllText(Log("elsewhere"), new string('x', 20_000));
        var config = Read.Valid("""{"defaults": {"log_max_size": "16KB"}, "services": {"a": {"cmd": ["/bin/sh"]}, "b": {"cmd": ["/bin/sh"]}}}""") with { LogDir = Folder };
        using var disk = new Worker("disk", turning.Poller);
        _ = new LogKeeper(config, turning.Poller, turning.Deadlines, disk, events.Tell, turning.Time);
        Write("b");
        Exists("b.log.1");
        turning.Until(() => disk.IsIdle);
        Assert.InRange(events.Texts("log_rotation_failed").Count(), 0, 1);
        Assert.Equal(20_000, new FileInfo(Log("elsewhere")).Length);
    }

    private string Log(string name) => Path.Combine(Folder, name);

    private void Write(string service) => File.WriteAllText(Log($"{service}.log"), string.Concat(Enumerable.Repeat("line\n", 4_000)));

    private void Exists(string name) => turning.Until(() => File.Exists(Log(name)));

    private sealed class Nobody : Watcher
    {
        public override void OnReady(short seen)
        {
        }
    }
}
