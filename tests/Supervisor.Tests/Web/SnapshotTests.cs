using System.Text.Json;
using Supervisor.Web;

namespace Supervisor.Tests.Web;

public sealed class SnapshotTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);
    private static readonly ServiceStatus Well = new("a", 7, "running", "healthy", 90, 3, 0, null, null, new(Noon, true, "HTTP 200")) { MemoryBytes = 10_000_000, CpuPercent = 1 };

    [Fact]
    public async Task What_only_goes_on_with_the_clock_is_no_news()
    {
        var first = Of(Well, Well with { Name = "b" });
        first.Follow(Of(Well with { UptimeSeconds = 92, CpuPercent = 2, MemoryBytes = 10_000_001, LastProbe = new(Noon.AddSeconds(2), true, "HTTP 200") }, Well with { Name = "b", Pid = 8 }));
        Assert.Equal(["b"], NamesIn((await first.Next).News));
        Assert.Equal(["a", "b"], NamesIn((await first.Next).Whole("i")));
    }

    [Fact]
    public async Task An_event_is()
    {
        var first = Of(Well);
        first.Follow(new(Noon, new(new(1, "1", Noon), [Well]), null, [new(Well, 1)]));
        Assert.Equal(["a"], NamesIn((await first.Next).News));
    }

    /// <summary>What was last known of a service that is not well would go on to say when it is started next.</summary>
    [Fact]
    public void Without_a_supervisor_nothing_is_said_of_what_comes_next()
    {
        var failed = Well with { Status = "backoff", Health = null, NextStartSeconds = 3 };
        Assert.Single(Of(failed).Notes);
        Assert.Empty(Of("gone", failed).Notes);
    }

    private static Snapshot Of(params ServiceStatus[] services) => Of(null, services);

    private static Snapshot Of(string? lost, params ServiceStatus[] services) => new(Noon, new(new(1, "1", Noon), services), lost, [.. services.Select(service => new ServiceView(service, 0))]);

    private static IEnumerable<string> NamesIn(ReadOnlyMemory<byte> message) =>
        JsonElement.Parse(message.Span).GetProperty("services").EnumerateArray().Select(view => view.GetProperty("status").GetProperty("name").GetString()!);
}
