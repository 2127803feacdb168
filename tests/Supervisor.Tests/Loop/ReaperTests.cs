namespace Supervisor.Tests.Loop;

/// <summary>What is left of a process where orphans do not come home, as on macOS: it is looked for among all processes.</summary>
public sealed class ReaperTests
{
    private const int Leader = 2;

    [Fact]
    public void Where_orphans_do_not_come_home_what_a_leader_left_is_found_signalled_and_waited_for()
    {
        var world = new ForeignWorld();
        var (left, gone) = (0, 0);
        var reaper = new Reaper(world, world.Deadlines, new LoopClock(world.Time), _ => { });
        reaper.Watch(Leader, "a", _ => gone++, _ => left++);
        world.HasEnded = true;
        reaper.Sweep();
        Assert.Equal((1, 0), (left, gone));
        reaper.Signal(Leader, "a", "SIGTERM");
        Assert.Equal([(-Leader, "SIGTERM")], world.Killed);
        world.Living = [];
        reaper.Sweep();
        Assert.Equal((1, 1), (left, gone));
    }

    /// <summary>Of a process that has ended the system tells no start time, though it is not reaped yet.</summary>
    private sealed class ForeignWorld : StillWorld
    {
        public bool HasEnded { get; set; }

        public IReadOnlyList<ProcessEntry> Living { get; set; } = [new(3, Leader, Leader, "0", "worker")];

        public List<(int Pid, string Signal)> Killed { get; } = [];

        private bool IsReaped { get; set; }

        public override bool BringsOrphansHome => false;

        public override IReadOnlyList<ProcessEntry> Processes() => Living;

        public override string? StartTimeOf(int pid) => pid == Leader && !HasEnded ? "0" : null;

        public override int? PeekEnded() => HasEnded && !IsReaped ? Leader : null;

        public override ExitStatus Reap(int pid)
        {
            IsReaped = true;
            return new(0);
        }

        public override void Kill(int pid, string signal) => Killed.Add((pid, signal));
    }
}
