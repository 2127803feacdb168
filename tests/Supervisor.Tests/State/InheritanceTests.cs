using Supervisor.Tests.Loop;

namespace Supervisor.Tests.State;

/// <summary>What was written down, put right by what is found.</summary>
public sealed class InheritanceTests
{
    private static readonly TimeSpan Now = TimeSpan.FromSeconds(1000);

    [Fact]
    public void Nothing_written_and_nothing_found_is_nothing() => Assert.Empty(Inherit([]));

    [Fact]
    public void What_lives_as_it_was_written_down_is_taken_as_it_is()
    {
        var record = Record(generation: 3, pid: 100, startTime: "50");
        Assert.Same(record, Assert.Single(Inherit([record], Leader(100, "50", generation: 3))));
    }

    [Fact]
    public void What_is_dead_is_taken_as_it_is_so_that_its_end_is_noticed()
    {
        var record = Record(generation: 3, pid: 100, startTime: "50");
        Assert.Same(record, Assert.Single(Inherit([record])));
    }

    [Fact]
    public void A_process_that_was_started_after_the_last_word_is_found_by_its_mark()
    {
        var heir = Assert.Single(Inherit([Record(generation: 3, pid: null, startTime: null)], Leader(100, "50", generation: 4)));
        Assert.Equal((Goal.Up, 4, 100, "50"), (heir.State.Goal, heir.State.Generation, heir.Pid, heir.StartTime));
        Assert.Equal(Now - TimeSpan.FromSeconds(7), Assert.IsType<Phase.Running>(heir.State.Phase).Since);
    }

    [Fact]
    public void A_service_of_which_nothing_was_written_is_found_by_its_mark() =>
        Assert.Equal(("a", 100), Assert.Single(Inherit([], Leader(100, "50", generation: 1))) is var heir ? (heir.Name, heir.Pid!.Value) : default);

    [Fact]
    public void Of_a_leader_that_was_not_written_down_and_has_died_the_members_are_found()
    {
        var heir = Assert.Single(Inherit([], Leader(101, "51", generation: 1) with { Group = 100, IsLeader = false }));
        Assert.Equal((101, null), (heir.Pid, heir.StartTime));
    }

    [Fact]
    public void Of_several_that_lead_a_session_the_oldest_is_the_process_and_the_others_have_left_it()
    {
        var heir = Assert.Single(Inherit([], Leader(100, "50", generation: 1) with { Age = TimeSpan.FromSeconds(6) }, Leader(102, "52", generation: 1)));
        Assert.Equal((102, "52"), (heir.Pid, heir.StartTime));
    }

    [Fact]
    public void A_process_that_has_lost_its_mark_is_found_by_its_log_where_no_other_was_written_down()
    {
        var heir = Assert.Single(Inherit([Record(generation: 3, pid: null, startTime: null)], Leader(100, "50", generation: 0)));
        Assert.Equal((100, "50", 3), (heir.Pid, heir.StartTime, heir.State.Generation));
    }

    [Fact]
    public void Of_those_that_are_as_old_it_is_the_one_with_the_lowest_id() =>
        Assert.Equal(100, Assert.Single(Inherit([], Leader(102, "50", generation: 1), Leader(100, "50", generation: 1))).Pid);

    [Fact]
    public void What_was_found_keeps_what_was_written_down_of_its_service_and_is_asked_anew_how_it_is()
    {
        var stop = new StopPolicy("SIGINT", TimeSpan.FromSeconds(3));
        var heir = Assert.Single(Inherit([Record(generation: 3, pid: null, startTime: null) with { Stop = stop }], Leader(100, "50", generation: 4)));
        Assert.Equal((stop, new ProbeTally(Health.Starting, 0, null, Asking: false)), (heir.Stop, heir.State.Probes));
    }

    /// <summary>Of those that show no mark, one that a marked process descends from is the leader. Another is somebody who writes to the same log.</summary>
    [Theory]
    [InlineData(100, 101, 1)]
    [InlineData(101, 100, 1)]
    [InlineData(101, 101, 100)]
    public void A_process_without_a_mark_leads_only_those_who_came_from_it(int group, int session, int parent)
    {
        var member = Leader(101, "71", generation: 4) with { Group = group, Session = session, Parent = parent, IsLeader = false, Age = TimeSpan.FromSeconds(6) };
        var another = Leader(103, "71", generation: 4) with { Group = 104, Session = 104, Parent = 1, IsLeader = false, Age = TimeSpan.FromSeconds(6) };
        var older = Leader(200, "69", generation: 0) with { Age = TimeSpan.FromSeconds(8) };
        Assert.Equal((100, 4), Assert.Single(Inherit([], member, another, Leader(100, "70", generation: 0), older)) is var heir ? (heir.Pid, heir.State.Generation) : default);
    }

    /// <summary>A job of its own, or a child that has left it: neither is in its group.</summary>
    [Theory]
    [InlineData(102, 1, false)]
    [InlineData(103, 102, true)]
    public void A_process_that_has_lost_its_mark_goes_before_what_it_started_and_what_has_kept_it(int session, int parent, bool isLeader)
    {
        var child = Leader(103, "71", generation: 4) with { Session = session, Parent = parent, IsLeader = isLeader, Age = TimeSpan.FromSeconds(6) };
        var heir = Assert.Single(Inherit([Record(generation: 3, pid: 100, startTime: "50") with { ProvenAt = "60" }], child, Leader(102, "70", generation: 0)));
        Assert.Equal((102, "70", 4), (heir.Pid, heir.StartTime, heir.State.Generation));
    }

    [Theory]
    [InlineData("70", 102)]
    [InlineData("60", 100)]
    public void Where_the_process_that_was_written_down_is_gone_it_is_found_by_its_log_if_it_came_after_the_last_word(string startTime, int heir) =>
        Assert.Equal(heir, Assert.Single(Inherit([Record(generation: 3, pid: 100, startTime: "50") with { ProvenAt = "60" }], Leader(102, startTime, generation: 0))).Pid);

    [Fact]
    public void Who_has_the_log_of_a_process_that_lives_is_nobody_s_heir()
    {
        var record = Record(generation: 3, pid: 100, startTime: "50");
        Assert.Same(record, Assert.Single(Inherit([record], Leader(100, "50", generation: 3), Leader(102, "52", generation: 0))));
    }

    [Fact]
    public void A_stray_of_the_process_that_was_written_down_is_nobody_s_heir()
    {
        var record = Record(generation: 3, pid: 100, startTime: "50");
        Assert.Same(record, Assert.Single(Inherit([record], Leader(101, "51", generation: 3))));
    }

    [Fact]
    public void A_stray_that_was_set_loose_in_the_same_clock_tick_is_nobody_s_heir_either()
    {
        var record = Record(generation: 3, pid: 100, startTime: "50");
        Assert.Same(record, Assert.Single(Inherit([record], Leader(101, "50", generation: 3))));
    }

    /// <summary>It was seen alive among all processes, and was killed before it was looked at again.</summary>
    [Fact]
    public void What_dies_while_it_is_looked_at_contradicts_nothing()
    {
        var record = Record(generation: 3, pid: 100, startTime: "50");
        Assert.Same(record, Assert.Single(Inheritance.Of([record], [Leader(100, "50", generation: 3)], new MarkedWorld([]) { AreDeadByNow = true }, Now)));
    }

    [Fact]
    public void Who_claims_to_be_newer_than_a_process_that_lives_is_refused()
    {
        var heir = Assert.Single(Inherit([Record(generation: 3, pid: 100, startTime: "50")], Leader(100, "50", generation: 3), Leader(101, "51", generation: 999)));
        Assert.Equal((100, 3, 101), (heir.Pid, heir.State.Generation, heir.FalseClaim?.Pid));
    }

    [Fact]
    public void Who_claims_to_be_newer_while_something_is_left_of_the_process_that_was_written_down_is_refused()
    {
        var world = new MarkedWorld([Leader(101, "51", generation: 999)]) { Living = [new(102, 100, 100, "50", "worker")] };
        var heir = Assert.Single(Inheritance.Of([Record(generation: 3, pid: 100, startTime: "49") with { ProvenAt = "50" }], world.Bearers(), world, Now));
        Assert.Equal((100, 3, 101), (heir.Pid, heir.State.Generation, heir.FalseClaim?.Pid));
    }

    private static IReadOnlyList<ServiceRecord> Inherit(IReadOnlyList<ServiceRecord> written, params IReadOnlyList<Bearer> bearers) =>
        Inheritance.Of(written, bearers, new MarkedWorld(bearers), Now);

    private static ServiceRecord Record(int generation, int? pid, string? startTime)
    {
        Phase phase = pid is { } id ? new Phase.Running(id, TimeSpan.Zero, null) : new Phase.Backoff(Now);
        ProbeTally probes = pid is null ? default : new(Health.Healthy, 0, null, false);
        return new("a", new(Goal.Up, phase, generation, 2, Streak.None, probes), startTime, null, StopPolicy.Default, "print");
    }

    private static Bearer Leader(int pid, string startTime, int generation) =>
        new(pid, startTime, TimeSpan.FromSeconds(7), pid, true, "a", generation);

    private sealed class MarkedWorld(IReadOnlyList<Bearer> bearers) : StillWorld
    {
        public bool AreDeadByNow { get; init; }

        public IReadOnlyList<ProcessEntry> Living { get; init; } = [];

        public override IReadOnlyList<ProcessEntry> Processes() => Living;

        public override IReadOnlyList<Bearer> Bearers() => bearers;

        public override string? StartTimeOf(int pid) => AreDeadByNow ? null : bearers.FirstOrDefault(bearer => bearer.Pid == pid)?.StartTime;
    }
}
