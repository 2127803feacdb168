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
        Assert.Equal([(-Leader, "SIGTERM"), (-Leader, "SIGCONT")], world.Killed);
        world.Living = [];
        reaper.Sweep();
        Assert.Equal((1, 1), (left, gone));
    }

    /// <summary>A look at all processes for each of a thousand services would hold up the loop for half a minute.</summary>
    [Fact]
    public void A_thousand_adopted_services_are_stopped_and_named_with_one_look_at_all_processes()
    {
        var world = new CrowdedWorld();
        var reaper = new Reaper(world, world.Deadlines, new LoopClock(world.Time), _ => { });
        var services = Enumerable.Range(1, 1000).Select(number => (Pid: 10 * number, Name: $"s{number}")).ToList();
        world.Living = [.. services.Select(one => new ProcessEntry(one.Pid, one.Pid, one.Pid, "0", "leader")), .. services.Select(one => new ProcessEntry(one.Pid + 1, one.Pid, one.Pid, "0", "worker"))];
        reaper.Adopt([.. services.Select(one => new Adoption(one.Pid, "0", "0", one.Name, 1, null, _ => { }, _ => { }))]);

        foreach (var (pid, name) in services)
            reaper.Signal(pid, name, "SIGTERM");
        Assert.Equal((2000, 0), (world.Killed, world.Looks)); // Each is continued as well.

        // The leaders end, the workers do not.
        world.Living = [.. world.Living.Where(process => process.Name == "worker")];
        world.Ended = new(services.Select(one => one.Pid));
        reaper.Sweep();
        Assert.Equal(1, world.Looks);
        foreach (var (pid, name) in services)
        {
            Assert.Equal([$"worker (pid {pid + 1})"], reaper.MembersOf(pid, name));
            reaper.Signal(pid, name, "SIGKILL");
        }
        Assert.Equal((3000, 1), (world.Killed, world.Looks));
    }

    /// <summary>What was not seen for want of descriptors is not taken for gone at a later look.</summary>
    [Fact]
    public void Who_could_not_be_seen_gets_the_signal_once_it_can()
    {
        var world = new CrowdedWorld { Living = [new(3, Leader, Leader, "0", "worker")] };
        var reaper = new Reaper(world, world.Deadlines, new LoopClock(world.Time), _ => { });
        reaper.Adopt([new(Leader, "0", "0", "a", 1, null, _ => { }, _ => { })]);
        world.IsBlind = true;
        reaper.Signal(Leader, "a", "SIGKILL");
        Assert.Equal(0, world.Killed);
        world.IsBlind = false;
        reaper.Sweep();
        Assert.Equal(1, world.Killed);
    }

    /// <summary>Whose parent has ended was seen with it while that was known; a look that saw nobody does not make a stranger of it.</summary>
    [Fact]
    public void What_was_proven_stays_so_though_a_look_in_between_saw_nobody()
    {
        var (parent, child) = (new ProcessEntry(3, Leader, Leader, "0", "parent"), new ProcessEntry(4, Leader, Leader, "9", "child"));
        var world = new CrowdedWorld { Living = [parent] };
        var reaper = new Reaper(world, world.Deadlines, new LoopClock(world.Time), _ => { });
        var gone = 0;
        reaper.Adopt([new(Leader, "0", "0", "a", 1, null, _ => gone++, _ => { })]);
        reaper.Sweep();
        world.Living = [parent, child];
        reaper.Sweep();
        world.IsBlind = true;
        reaper.Sweep();
        reaper.Signal(Leader, "a", "SIGTERM");
        (world.IsBlind, world.Living) = (false, [child]);
        reaper.Sweep();
        Assert.Equal((2, 0), (world.Killed, gone)); // It is continued as well.
        world.Living = [];
        reaper.Sweep();
        Assert.Equal(1, gone);
    }

    private sealed class CrowdedWorld : StillWorld
    {
        private int missed;
        private IReadOnlyDictionary<int, ProcessEntry> living = new Dictionary<int, ProcessEntry>();

        public IReadOnlyList<ProcessEntry> Living { get => [.. living.Values]; set => living = value.ToDictionary(process => process.Pid); }

        public Queue<int> Ended { get; set; } = [];

        public int Killed { get; private set; }

        public int Looks { get; private set; }

        public bool IsBlind { get; set; }

        public override int Missed => missed;

        public override IReadOnlyList<ProcessEntry> Processes()
        {
            Looks++;
            missed += IsBlind ? 1 : 0;
            return IsBlind ? [] : Living;
        }

        public override ProcessEntry? Find(int pid) => IsBlind ? null : living.GetValueOrDefault(pid);

        public override string? StartTimeOf(int pid) => Find(pid)?.StartTime;

        public override int? PeekEnded() => Ended.TryPeek(out var pid) ? pid : null;

        public override ExitStatus Reap(int pid)
        {
            Ended.Dequeue();
            return new(0);
        }

        public override void Kill(int pid, string signal) => Killed++;
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

        public override ProcessEntry? Find(int pid) => Living.FirstOrDefault(process => process.Pid == pid);

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
