using System.Text.Json;
using Supervisor.Web;

namespace Supervisor.Tests.Web;

public sealed class HistoryTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);
    private static readonly ServiceStatus Well = new("a", 7, "running", "healthy", 90, 3, 0, null, null, null) { MemoryBytes = 2048 };
    private static readonly ServiceStatus Failed = Well with { Pid = null, Status = "backoff", Health = null, MemoryBytes = null };

    private readonly History history = new(Noon);

    [Theory]
    [InlineData("running", "healthy", false, false, 1)]
    [InlineData("running", null, false, false, 1)]
    [InlineData("exited", null, false, false, 1)]
    [InlineData("stopped", null, false, false, 2)]
    [InlineData("stopping", null, false, true, 2)]
    [InlineData("running", "starting", false, false, 3)]
    [InlineData("waiting", null, false, false, 3)]
    [InlineData("stopping", null, false, false, 3)]
    [InlineData("stopping", "unhealthy", false, false, 4)]
    [InlineData("backoff", null, false, false, 4)]
    [InlineData("exited", null, true, false, 4)]
    public void How_well_a_service_is(string status, string? health, bool failed, bool removed, int level) =>
        Assert.Equal((Level)level, History.LevelOf(Well with { Status = status, Health = health, Failed = failed ? true : null, Removed = removed }));

    [Fact]
    public void Of_five_minutes_the_worst_is_kept_and_restarts_are_counted_and_the_most_memory()
    {
        Add(0, Well);
        Add(1, Failed);
        Add(2, Well with { Restarts = 4, MemoryBytes = 8192 });
        Add(3, Well with { Restarts = 6, MemoryBytes = 4096 });
        Add(5, Well with { Restarts = 6 });
        Assert.Equal(("41", "[3,0]", "[8,2]"), Shown(5));
    }

    [Fact]
    public void Where_nobody_looked_nothing_is_known()
    {
        Add(0, Well);
        Add(15, Well);
        Assert.Equal("1001", Shown(15).Levels);
        Assert.Equal("100100", Shown(25).Levels);
    }

    [Fact]
    public void After_a_day_it_is_forgotten()
    {
        Add(0, Failed);
        Add(5, Well);
        Assert.Equal($"41{new string('0', 286)}", Shown(287 * 5).Levels);
        Assert.Equal($"1{new string('0', 287)}", Shown(288 * 5).Levels);
        Add(288 * 5, Well);
        Assert.Equal($"1{new string('0', 286)}1", Shown(288 * 5).Levels);
        // What was removed leaves nothing.
        history.Add(new(new(1, "1", default), [Well with { Name = "b" }]), Noon.AddDays(3));
        Assert.Equal("{\"b\":\"1\"}", Read(writer => history.WriteLevels(writer, Noon.AddDays(3))).GetProperty("services").GetRawText());
    }

    [Fact]
    public void Counters_that_begin_anew_are_no_negative_restarts()
    {
        Add(0, Well with { Restarts = 9 });
        Add(1, Well with { Restarts = 2 });
        Assert.Equal("[2]", Shown(1).Restarts);
    }

    [Fact]
    public void A_clock_that_is_set_back_rewrites_nothing()
    {
        Add(20, Well);
        Add(0, Failed);
        Assert.Equal("4", Shown(20).Levels);
        Add(25, Well);
        Assert.Equal("41", Shown(25).Levels);
    }

    private void Add(int minute, ServiceStatus service) => history.Add(new(new(1, "1", default), [service]), Noon.AddMinutes(minute));

    private (string Levels, string Restarts, string Memory) Shown(int minute)
    {
        var told = Read(writer => history.Write(writer, "a", Noon.AddMinutes(minute)));
        return (told.GetProperty("levels").GetString()!, told.GetProperty("restarts").GetRawText(), told.GetProperty("memory_kb").GetRawText());
    }

    private static JsonElement Read(Action<Utf8JsonWriter> write) => JsonElement.Parse(JsonExtensions.Line(write).Span);
}
