namespace Supervisor.Tests.Guard;

public sealed class GuardReportTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManagedService a = Service("a");
    private readonly ManagedService b = Service("b");
    private readonly Deadlines deadlines = new();
    private readonly List<string> told = [];
    private bool hasRoom = true;

    [Fact]
    public void It_is_told_that_all_is_ready_and_how_the_services_are_when_that_changes()
    {
        var report = ReportOf(aliveEvery: null);
        (a.State, b.State) = (Running(Health.Starting), Running(Health.Unchecked));
        Settle(report, 0);
        Assert.Null(deadlines.Next);
        Settle(report, 1);
        a.State = Running(Health.Healthy);
        Settle(report, 1, hasChanged: true);
        b.State = b.State with { Goal = Goal.Down };
        Settle(report, 1, hasChanged: true);
        report.Settle(Second, isStopping: true, hasChanged: false);
        report.Settle(Second, isStopping: true, hasChanged: true);
        Assert.Equal(
            [
                "READY=1\nSTATUS=1 of 2 services are well",
                "READY=1\nSTATUS=2 of 2 services are well",
                "READY=1\nSTATUS=1 of 1 service is well",
                "STOPPING=1\nSTATUS=stopping all services",
            ],
            told);
    }

    [Fact]
    public void What_it_had_no_room_for_is_told_again()
    {
        var report = ReportOf(aliveEvery: null);
        hasRoom = false;
        Settle(report, 0);
        hasRoom = true;
        Settle(report, 0);
        Settle(report, 0);
        Assert.Equal(2, told.Count);
    }

    /// <summary>Where nothing else happens, nobody would ever look again, and the guard would wait for READY in vain.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(15)]
    public void What_it_had_no_room_for_is_told_again_though_nothing_happens(int? aliveEvery)
    {
        var report = ReportOf(aliveEvery * Second);
        hasRoom = false;
        Assert.Equal(Second, Settle(report, 0));
        Assert.Equal(2 * Second, Settle(report, 1));
        hasRoom = true;
        told.Clear();
        Assert.Equal((2 + aliveEvery) * Second, Settle(report, 2));
        Assert.Equal(aliveEvery is null ? ["READY=1\nSTATUS=0 of 0 services are well"] : ["READY=1\nSTATUS=0 of 0 services are well", "WATCHDOG=1"], told);
    }

    [Fact]
    public void It_hears_of_life_when_it_is_due_and_no_more_often()
    {
        var report = ReportOf(aliveEvery: 15 * Second);
        Assert.Equal(15 * Second, Settle(report, 0));
        Assert.Equal(15 * Second, Settle(report, 14));
        Assert.Equal(30 * Second, Settle(report, 15));
        deadlines.Fire(100 * Second);
        report.Settle(100 * Second, isStopping: true, hasChanged: false);
        Assert.Equal(115 * Second, deadlines.Next);
        Assert.Equal(3, told.Count(message => message == "WATCHDOG=1"));
    }

    [Fact]
    public void Without_a_guard_nothing_wakes_anybody()
    {
        new GuardReport(null, new([a, b], []), deadlines).Settle(default, isStopping: true, hasChanged: true);
        Assert.Null(deadlines.Next);
    }

    private GuardReport ReportOf(TimeSpan? aliveEvery) => new(new(Tell, aliveEvery), new([a, b], []), deadlines);

    private bool Tell(string message)
    {
        told.Add(message);
        return hasRoom;
    }

    /// <summary>A turn of the loop at this time; when the report is due next.</summary>
    private TimeSpan? Settle(GuardReport report, int seconds, bool hasChanged = false)
    {
        deadlines.Fire(seconds * Second);
        report.Settle(seconds * Second, isStopping: false, hasChanged);
        return deadlines.Next;
    }

    private static ManagedService Service(string name) =>
        new(new() { Spec = new() { Name = name }, Cmd = ["/bin/sh"], WorkingDir = "/" });

    private static ServiceState Running(Health health) =>
        ServiceState.Initial with { Goal = Goal.Up, Phase = new Phase.Running(1, default, null), Probes = new(health, 0, null, false) };
}
