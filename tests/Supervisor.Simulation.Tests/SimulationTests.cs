using Xunit;

namespace Supervisor.Simulation.Tests;

public sealed class SimulationTests
{
    /// <summary>$SIMULATED_YEARS, for those who run it many times over; else a thousand.</summary>
    private static readonly int Years = int.Parse(Environment.GetEnvironmentVariable("SIMULATED_YEARS") ?? "1000");

    [Fact]
    public void A_thousand_service_years_break_no_invariant()
    {
        var scenarios = Enumerable.Range(1, (Years / 100) + 1).Select(seed => Scenario.Calm((ulong)seed)).ToList();
        Assert.True(scenarios.Sum(scenario => scenario.ServiceYears) > Years);
        Parallel.ForEach(scenarios, scenario => Report(Failure.Of(scenario, out _)));
    }

    [Fact]
    public void A_million_events_in_which_everything_goes_wrong_break_no_invariant()
    {
        var total = 0L;
        for (var seed = 1UL; total < 1000L * Years; seed++)
        {
            Report(Failure.Of(Scenario.Wild(seed), out var wild));
            Report(Failure.Of(Scenario.Crowd(seed), out var crowd));
            Report(Failure.Of(Scenario.Disguised(seed), out var disguised));
            total += wild + crowd + disguised;
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(28)]
    [InlineData(43)]
    public void The_same_seed_gives_the_same_run_to_the_letter(ulong seed)
    {
        var (first, second) = (new List<string>(), new List<string>());
        World.Run(Scenario.Wild(seed), first);
        World.Run(Scenario.Wild(seed), second);
        Assert.NotEmpty(first);
        Assert.Equal(first, second);
    }

    [Theory]
    [InlineData(17_683)] // a second SIGTERM while a probe is under way and an alert stands
    [InlineData(1_000_026_331)] // the same
    [InlineData(1_000_040_124)] // a dependent found alive whose dependency ended while there was no supervisor
    [InlineData(2_000_019_780)] // a dependent found dead together with its dependency, between them the end of an examination
    [InlineData(2_000_036_621)] // the same, between them a start
    [InlineData(3_000_047_256)] // the same
    [InlineData(2_000_024_497)] // a stop in a freeze in which the restarts were to be forgotten, too
    [InlineData(2_000_032_747)] // the same
    [InlineData(3_000_000_517)] // the same
    [InlineData(3_000_024_361)] // the same
    [InlineData(3_000_057_542)] // the same
    [InlineData(20_000_007_910)] // a supervisor that finds a service gone from the file while it was down, and is told to add it again
    [InlineData(40_000_013_688)] // a stray that was told to stop with another grace than its service's, which came back and went again meanwhile
    [InlineData(50_000_023_666)] // the same, across a freeze
    [InlineData(3_000_284_481)] // a restart along of a service whose leader was reaped, while others of its group lived on
    [InlineData(4_000_003_120)] // a stop signal to the rest of a group whose leader had ended, and whose supervisor was killed next
    [InlineData(40_000_014_315)] // a stop in the instant in which a freeze ends, a process starts, and its restarts are forgotten at once
    public void What_once_broke_an_invariant_does_not_do_so_again(ulong seed) => Report(Failure.Of(Scenario.Wild(seed), out _));

    [Theory]
    [InlineData(29)] // a forged mark while what is left of the process that was written down is a job outside its group
    [InlineData(50)] // a group that is not proven, and a state that is written down all the same
    [InlineData(1_212)] // the last of those who left, and their supervisor was killed after it had killed the group
    [InlineData(5_000_110_000)] // a stray that obeyed at once, in the instant in which the supervisor was killed and another one started
    [InlineData(6_000_102_485)] // a forged mark that is older than a process which was reaped before an upgrade
    [InlineData(8_000_005_352)] // a process that was born after its supervisor's record was lost, of one that had lost its marks
    [InlineData(7_000_011_797)] // a reload of what was not edited since, but runs with something older until its turn to stop comes
    [InlineData(22_000_012_155)] // a process that showed its mark between two looks, and lost it before the second
    public void What_once_broke_an_invariant_among_disguises_does_not_do_so_again(ulong seed) => Report(Failure.Of(Scenario.Disguised(seed), out _));

    private static void Report(Failure? failure)
    {
        if (failure is not null)
            Assert.Fail(Shrinker.Shrink(failure));
    }
}
