using Xunit;

namespace Supervisor.Simulation.Tests;

public sealed class ShrinkerTests
{
    [Fact]
    public void A_failing_run_is_told_with_its_seed_and_no_more_than_it_takes()
    {
        // An act that the world does not know fails every run in which it happens, and nothing else does.
        var wild = Scenario.Wild(7);
        var poison = new Act(wild.Length / 2, (ActKind)999, 0, 0);
        var scenario = wild with { Acts = [.. wild.Acts.Where(act => act.At < poison.At), poison, .. wild.Acts.Where(act => act.At >= poison.At)] };
        var failure = Failure.Of(scenario, out _);
        Assert.NotNull(failure);
        var told = Shrinker.Shrink(failure);
        Assert.StartsWith("seed 7 (wild) breaks", told, StringComparison.Ordinal);
        Assert.Single(told.Split('\n'), line => line.Contains(" -- ", StringComparison.Ordinal));
    }
}
