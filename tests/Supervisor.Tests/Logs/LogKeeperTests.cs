using Supervisor.Tests.Configuration;

namespace Supervisor.Tests.Logs;

/// <summary>Which logs are kept small, as that changes.</summary>
public sealed class LogKeeperTests
{
    [Fact]
    public async Task Logs_of_services_that_are_added_changed_and_removed_are_kept_small_without_a_restart()
    {
        using var volume = Volume.Of("tmpfs");
        var folder = Path.GetDirectoryName(volume.Log)!;
        var small = Read.ValidService("\"log_max_size\": \"16KB\"");
        var config = Read.Valid("""{"services": {"a": {"cmd": ["/bin/sh"]}, "gone": {"cmd": ["/bin/sh"], "log_max_size": "16KB"}}}""") with { LogDir = folder };
        await using var keeper = new LogKeeper(config, new Recorder(), TimeProvider.System);
        // What an earlier supervisor was killed in the middle of, of a service that this one did not know.
        await File.WriteAllTextAsync(Path.Combine(folder, "b.log.cut-0"), "former\n", TestContext.Current.CancellationToken);

        keeper.Keep([small, small with { Spec = small.Spec with { Name = "b" } }]);
        await ExistsAsync(Path.Combine(folder, "b.log.1"));
        Assert.Equal("former\n", await File.ReadAllTextAsync(Path.Combine(folder, "b.log.1"), TestContext.Current.CancellationToken));
        foreach (var name in new[] { "a", "b", "gone" })
            await File.WriteAllTextAsync(Path.Combine(folder, $"{name}.log"), string.Concat(Enumerable.Repeat("line\n", 4_000)), TestContext.Current.CancellationToken);

        await ExistsAsync(Path.Combine(folder, "a.log.1"));
        await ExistsAsync(Path.Combine(folder, "b.log.2"));
        await ExistsAsync(Path.Combine(folder, "gone.log.1"));
    }

    private static async Task ExistsAsync(string path)
    {
        while (!File.Exists(path))
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
