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
        var config = Read.Valid("""{"services": {"gone": {"cmd": ["/bin/sh"], "log_max_size": "16KB"}, "a": {"cmd": ["/bin/sh"]}}}""") with { LogDir = Folder };
        using var disk = new Worker("disk", turning.Poller, turning.Deadlines, turning.Time);
        var keeper = new LogKeeper(config, turning.Poller, turning.Deadlines, disk, events.Tell, turning.Time);
        // What an earlier supervisor was killed in the middle of, of a service that this one did not know.
        File.WriteAllText(Log("b.log.cut-0"), "former\n");

        var b = small with { Spec = small.Spec with { Name = "b" } };
        keeper.Keep([config.Services[0], small, b]);
        Exists("b.log.1");
        Assert.Equal("former\n", File.ReadAllText(Log("b.log.1")));
        foreach (var name in new[] { "a", "b", "gone" })
            Write(name);

        Exists("a.log.1");
        Exists("b.log.2");
        Exists("gone.log.1");
        turning.Until(() => disk.IsIdle);
        // It was looked at first, as long as it was looked at.
        keeper.Keep([small, b]);
        Write("gone");
        Write("a");
        Exists("a.log.2");
        Assert.False(File.Exists(Log("gone.log.2")), "its daemon has ended, and it is kept in mind no more");
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
        using var disk = new Worker("disk", turning.Poller, turning.Deadlines, turning.Time);
        using var gate = new ManualResetEventSlim();
        using var looked = new ManualResetEventSlim();
        disk.Post(gate.Wait);
        var config = Read.Valid("""{"services": {"a": {"cmd": ["/bin/sh"], "log_max_size": "16KB"}}}""") with { LogDir = Folder };
        _ = new LogKeeper(config, turning.Poller, turning.Deadlines, disk, events.Tell, turning.Time);
        turning.Poller.Forget(first);
        disk.Post(looked.Set);
        turning.Turn();
        gate.Set();
        Assert.True(looked.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));

        Write("a");
        Exists("a.log.1");
    }

    /// <summary>The loop does the work itself then.</summary>
    [Fact]
    public void Where_no_thread_can_be_had_logs_are_kept_small_again_and_again()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "no other system can cut a log while it is written to");
        using var disk = new Worker("disk", turning.Poller, turning.Deadlines, turning.Time, mayHaveThread: false);
        var config = Read.Valid("""{"services": {"a": {"cmd": ["/bin/sh"], "log_max_size": "16KB"}}}""") with { LogDir = Folder };
        var keeper = new LogKeeper(config, turning.Poller, turning.Deadlines, disk, events.Tell, turning.Time);
        for (var number = 1; number <= 3; number++)
        {
            Write("a");
            Exists($"a.log.{number}");
        }
        Write("a");
        keeper.BeforeStart("a");
        Exists("a.log.4");
        Write("a");
        Exists("a.log.5");
        Assert.Empty(events.All);
    }

    [Fact]
    public void A_log_that_is_too_large_is_renamed_before_its_daemon_starts()
    {
        var config = Read.Valid("""{"services": {"a": {"cmd": ["/bin/sh"], "log_max_size": "16KB"}}}""") with { LogDir = Folder };
        using var disk = new Worker("disk", turning.Poller, turning.Deadlines, turning.Time);
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
        using var disk = new Worker("disk", turning.Poller, turning.Deadlines, turning.Time);
        _ = new LogKeeper(config, turning.Poller, turning.Deadlines, disk, events.Tell, turning.Time);
        turning.Until(() => events.Has("log_rotation_failed"));
        Write("b");
        Exists("b.log.1");
        turning.Until(() => disk.IsIdle);
        Assert.Single(events.Texts("log_rotation_failed"));
        Assert.Equal(20_000, new FileInfo(Log("elsewhere")).Length);
    }

    /// <summary>As <c>echo x &gt; /dev/stderr</c> in a daemon does.</summary>
    [Fact]
    public void A_log_that_somebody_truncates_is_noticed_once_for_each_process()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "nowhere else are logs looked at");
        var log = new KeptLog(Read.ValidService(""), Folder);
        File.WriteAllText(log.Path, "written before\n");
        log.Begin();
        Assert.True(HasLossAfter(() => File.WriteAllText(log.Path, "x\n")), "it was truncated before it was ever looked at");
        Assert.False(HasLossAfter(() => File.WriteAllText(log.Path, "")), "it was told already");
        log.Begin();
        Assert.False(HasLossAfter(() => File.AppendAllText(log.Path, "more\n")), "it grew");
        Assert.True(HasLossAfter(() => File.WriteAllText(log.Path, "x\n")));
        log.Begin();
        Assert.False(HasLossAfter(() =>
        {
            File.Move(log.Path, Log("elsewhere"));
            File.WriteAllText(log.Path, "");
        }), "it is another file");
        File.WriteAllText(log.Path, "long\n");
        Assert.False(HasLossAfter(() => File.Delete(log.Path)), "it is gone");
        log.Begin();
        Assert.False(HasLossAfter(() => File.WriteAllText(log.Path, "")), "it is another file, perhaps of the same number");

        bool HasLossAfter(Action what)
        {
            what();
            log.Measure(turning.Time.GetTimestamp(), turning.Time);
            return log.HasLoss;
        }
    }

    private string Log(string name) => Path.Combine(Folder, name);

    private void Write(string service) => File.AppendAllText(Log($"{service}.log"), string.Concat(Enumerable.Repeat("line\n", 4_000)));

    private void Exists(string name) => turning.Until(() => File.Exists(Log(name)));

    private sealed class Nobody : Watcher
    {
        public override void OnReady(short seen)
        {
        }
    }
}
