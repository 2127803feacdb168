namespace Supervisor.Tests.Guard;

public sealed class GuardReportTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManagedService a = Service("a");
    private readonly ManagedService b = Service("b");
    private readonly Recorder guard = new();
    private readonly GuardReport report;

    public GuardReportTests() => report = new(guard, new([a, b], []));

    [Fact]
    public void It_is_told_that_all_is_ready_and_how_the_services_are_when_that_changes()
    {
        (a.State, b.State) = (Running(Health.Starting), Running(Health.Unchecked));
        Assert.Null(report.Settle(default, isStopping: false));
        report.Settle(Second, isStopping: false);
        a.State = Running(Health.Healthy);
        report.Settle(Second, isStopping: false);
        b.State = b.State with { Goal = Goal.Down };
        report.Settle(Second, isStopping: false);
        report.Settle(Second, isStopping: true);
        report.Settle(Second, isStopping: true);
        Assert.Equal(
            [
                "READY=1\nSTATUS=1 of 2 services are well",
                "READY=1\nSTATUS=2 of 2 services are well",
                "READY=1\nSTATUS=1 of 1 service is well",
                "STOPPING=1\nSTATUS=stopping all services",
            ],
            guard.Told);
    }

    [Fact]
    public void What_it_had_no_room_for_is_told_again()
    {
        guard.HasRoom = false;
        report.Settle(default, isStopping: false);
        guard.HasRoom = true;
        report.Settle(default, isStopping: false);
        report.Settle(default, isStopping: false);
        Assert.Equal(2, guard.Told.Count);
    }

    [Fact]
    public void It_hears_of_life_when_it_is_due_and_no_more_often()
    {
        guard.AliveEvery = 15 * Second;
        Assert.Equal(15 * Second, report.Settle(default, isStopping: false));
        Assert.Equal(15 * Second, report.Settle(14 * Second, isStopping: false));
        Assert.Equal(30 * Second, report.Settle(15 * Second, isStopping: false));
        Assert.Equal(115 * Second, report.Settle(100 * Second, isStopping: true));
        Assert.Equal(3, guard.Told.Count(message => message == "WATCHDOG=1"));
    }

    [Fact]
    public void Without_a_guard_nothing_wakes_anybody() =>
        Assert.Null(new GuardReport(NoGuard.Instance, new([a, b], [])).Settle(default, isStopping: true));

    private static ManagedService Service(string name) =>
        new(new() { Spec = new() { Name = name }, Cmd = ["/bin/sh"], WorkingDir = "/" });

    private static ServiceState Running(Health health) =>
        ServiceState.Initial with { Goal = Goal.Up, Phase = new Phase.Running(1, default, null), Probes = new(health, 0, null, false) };

    private sealed class Recorder : IGuard
    {
        public List<string> Told { get; } = [];

        public bool HasRoom { get; set; } = true;

        public bool Listens => true;

        public TimeSpan? AliveEvery { get; set; }

        public bool Tell(string message)
        {
            Told.Add(message);
            return HasRoom;
        }

        public void Dispose()
        {
        }
    }
}
