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
        Assert.Equal((100, null), (heir.Pid, heir.StartTime));
        Assert.Empty(heir.Leftovers);
    }

    [Fact]
    public void Where_several_groups_live_all_of_them_have_to_go()
    {
        var heir = Assert.Single(Inherit([], Leader(100, "50", generation: 1), Leader(102, "52", generation: 1)));
        Assert.Equal((100, null, 102), (heir.Pid, heir.StartTime, Assert.Single(heir.Leftovers)));
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

    [Theory]
    [InlineData(101, "49")] // no descendant of it: it started before
    [InlineData(99, "50")] // in the same clock tick, but before
    public void What_contradicts_the_record_is_not_guessed_at(int pid, string startTime) =>
        Assert.Contains("no second one is started", Assert.Throws<IOException>(() => Inherit([Record(generation: 3, pid: 100, startTime: "50")], Leader(pid, startTime, generation: 3))).Message);

    /// <summary>It was seen alive among all processes, and was killed before it was looked at again.</summary>
    [Fact]
    public void What_dies_while_it_is_looked_at_contradicts_nothing()
    {
        var record = Record(generation: 3, pid: 100, startTime: "50");
        Assert.Same(record, Assert.Single(Inheritance.Of([record], new MarkedWorld([Leader(100, "50", generation: 3)]) { AreDeadByNow = true }, Now)));
    }

    [Fact]
    public void A_newer_one_beside_the_one_that_was_written_down_is_not_guessed_at() =>
        Assert.Throws<IOException>(() => Inherit([Record(generation: 3, pid: 100, startTime: "50")], Leader(100, "50", generation: 3), Leader(101, "51", generation: 4)));

    private static IReadOnlyList<ServiceRecord> Inherit(IReadOnlyList<ServiceRecord> written, params IReadOnlyList<Bearer> bearers) =>
        Inheritance.Of(written, new MarkedWorld(bearers), Now);

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

        public override IReadOnlyList<Bearer> Bearers() => bearers;

        public override string? StartTimeOf(int pid) => AreDeadByNow ? null : bearers.FirstOrDefault(bearer => bearer.Pid == pid)?.StartTime;
    }
}
