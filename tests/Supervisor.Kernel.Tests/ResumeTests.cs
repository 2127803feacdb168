using Xunit;

namespace Supervisor.Kernel.Tests;

/// <summary>A service that another supervisor goes on with.</summary>
public sealed class ResumeTests
{
    private static readonly TimeSpan Now = TimeSpan.FromSeconds(1000);
    private static readonly TimeSpan Since = TimeSpan.FromSeconds(900);
    private static readonly ServiceSpec Checked = new() { Name = "a", Checked = true };
    private static readonly ServiceSpec Unchecked = new() { Name = "a" };

    [Fact]
    public void What_was_healthy_is_so_until_it_is_asked_which_is_at_once()
    {
        var running = Resume(Checked, new(Health.Healthy, 2, TimeSpan.FromSeconds(5), true), wellAt: TimeSpan.FromSeconds(1010));
        Assert.Equal(new(Health.Healthy, 0, Now, false), running.Probes);
        Assert.Equal(TimeSpan.FromSeconds(1010), running.WellAt);
    }

    [Fact]
    public void What_was_starting_has_nothing_to_be_forgiven_yet()
    {
        var running = Resume(Checked, new(Health.Starting, 1, null, true), wellAt: null);
        Assert.Equal(new(Health.Starting, 0, Now, false), running.Probes);
        Assert.Null(running.WellAt);
    }

    [Fact]
    public void What_is_checked_only_now_starts_with_a_clean_count()
    {
        var running = Resume(Checked, new(Health.Unchecked, 0, null, false), wellAt: TimeSpan.FromSeconds(1010));
        Assert.Equal(ProbeTally.Fresh(Checked, Now), running.Probes);
        Assert.Null(running.WellAt);
    }

    [Fact]
    public void What_is_checked_no_more_counts_as_well_since_its_start()
    {
        var running = Resume(Unchecked, new(Health.Healthy, 0, Now, false), wellAt: null);
        Assert.Equal(ProbeTally.Fresh(Unchecked, Now), running.Probes);
        Assert.Equal(Since + TimeSpan.FromSeconds(60), running.WellAt);
    }

    [Fact]
    public void A_service_without_a_running_process_stays_as_it_is()
    {
        foreach (Phase phase in new Phase[] { new Phase.Stopped(), new Phase.Backoff(Now), new Phase.Launching(), new Phase.Stopping(7, Since, StopCause.Unhealthy, Now) })
        {
            var state = ServiceState.Initial with { Phase = phase };
            Assert.Equal(state, state.Resumed(Checked, Now));
        }
    }

    private static (ProbeTally Probes, TimeSpan? WellAt) Resume(ServiceSpec spec, ProbeTally probes, TimeSpan? wellAt)
    {
        var state = ServiceState.Initial with { Goal = Goal.Up, Phase = new Phase.Running(7, Since, wellAt), Probes = probes };
        var resumed = state.Resumed(spec, Now);
        return (resumed.Probes, Assert.IsType<Phase.Running>(resumed.Phase).WellAt);
    }
}
