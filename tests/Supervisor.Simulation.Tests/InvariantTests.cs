using Xunit;

namespace Supervisor.Simulation.Tests;

/// <summary>Each invariant, broken on purpose: the simulation has to notice, and to name it.</summary>
public sealed class InvariantTests
{
    [Fact]
    public void A_start_beside_the_remains_of_a_group_is_noticed() =>
        AssertNoticed(Invariant.NeverTwo, new() { Host = host => new TamperedHost(host) { LiesAboutGroups = true } });

    [Fact]
    public void A_timer_that_never_fires_is_noticed() =>
        AssertNoticed(Invariant.NeverForgotten, new() { WakesAt = (_, _) => null });

    [Fact]
    public void A_backoff_that_is_a_millisecond_off_is_noticed() =>
        AssertNoticed(Invariant.ExactBackoff, new() { Spec = spec => spec with { BackoffMax = spec.BackoffMax - TimeSpan.FromMilliseconds(1) } });

    [Fact]
    public void A_stop_that_is_not_heard_is_noticed() =>
        AssertNoticed(Invariant.DownStaysDown, new() { Hears = delivery => delivery is not Delivery.Asked { Client.Request: Request.Stop } });

    [Fact]
    public void A_process_that_is_reaped_twice_is_noticed() =>
        AssertNoticed(Invariant.ReapedOnce, new() { Host = host => new TamperedHost(host) { ReapsTwice = true } });

    [Fact]
    public void A_group_that_outlives_its_leader_and_its_grace_is_noticed() =>
        AssertNoticed(Invariant.GraceThenKill, new() { Host = host => new TamperedHost(host) { SparesOrphans = true } });

    [Fact]
    public void A_kill_before_the_stop_timeout_is_noticed() =>
        AssertNoticed(Invariant.GraceThenKill, new() { Spec = spec => spec with { StopTimeout = spec.StopTimeout / 2 } });

    [Fact]
    public void A_kill_that_comes_late_is_noticed() =>
        AssertNoticed(Invariant.GraceThenKill, new() { Spec = spec => spec with { StopTimeout = spec.StopTimeout + TimeSpan.FromMilliseconds(1) } });

    [Fact]
    public void A_stop_signal_that_waits_too_long_for_an_examination_is_noticed() =>
        AssertNoticed(Invariant.GraceThenKill, new() { Spec = spec => spec with { Examination = spec.Examination + TimeSpan.FromMilliseconds(spec.Examination > TimeSpan.Zero ? 1 : 0) } });

    [Fact]
    public void A_stop_signal_before_the_examination_is_over_is_noticed() =>
        AssertNoticed(Invariant.GraceThenKill, new() { Spec = spec => spec with { Examination = spec.Examination / 2 } });

    [Fact]
    public void One_failure_too_few_is_noticed() =>
        AssertNoticed(Invariant.ExactFailures, new() { Spec = spec => spec with { HealthRetries = Math.Max(1, spec.HealthRetries - 1) } });

    [Fact]
    public void One_failure_too_many_is_noticed() =>
        AssertNoticed(Invariant.ExactFailures, new() { Spec = spec => spec with { HealthRetries = spec.HealthRetries + 1 } });

    [Fact]
    public void An_alert_that_is_one_restart_early_is_noticed() =>
        AssertNoticed(Invariant.OneAlertOneRecovery, new() { Spec = spec => spec with { AlertAfter = Math.Max(0, spec.AlertAfter - 1) } });

    [Fact]
    public void An_alert_that_is_not_sent_is_noticed() =>
        AssertNoticed(Invariant.OneAlertOneRecovery, new() { SendsAlerts = false });

    [Fact]
    public void A_shutdown_that_does_not_end_is_noticed() =>
        AssertNoticed(Invariant.ShutdownEnds, new() { Hears = delivery => delivery is not (Delivery.StopSignal or Delivery.Asked { Client.Request: Request.Shutdown }) });

    [Fact]
    public void A_second_signal_that_is_not_heard_is_noticed()
    {
        var noticed = Enumerable.Range(1, 200).Select(seed =>
        {
            var signals = 0;
            return Notice(Scenario.Wild((ulong)seed), new() { Hears = delivery => delivery is not Delivery.StopSignal || ++signals == 1 });
        });
        Assert.Contains(noticed.OfType<Violation>(), violation => violation.Message.Contains("with the second signal", StringComparison.Ordinal));
    }

    [Fact]
    public void A_signal_to_a_stranger_is_noticed() =>
        AssertNoticed(Invariant.NoStrangerSignalled, new() { Host = host => new TamperedHost(host) { TakesStrangersForChildren = true } });

    [Fact]
    public void A_status_that_is_not_true_is_noticed()
    {
        var service = new ServiceConfig { Spec = new() { Name = "s0", Checked = true }, Cmd = ["/bin/sh"], WorkingDir = "/" };
        var scenario = Scenario.Calm(1) with { Services = [service], Acts = [new(50, ActKind.Status, 0, 0)], Length = 1_000 };
        Assert.Null(Notice(scenario, Tampering.None));
        Assert.Equal(Invariant.StatusIsTrue, Notice(scenario, new() { Spec = spec => spec with { Checked = false } })?.Invariant);
    }

    [Fact]
    public void A_client_that_waits_in_vain_beyond_its_time_is_noticed() =>
        AssertNoticed(Invariant.StatusIsTrue, new() { Hears = delivery => delivery is not Delivery.Asked { Client.Request: Request.Wait } });

    [Fact]
    public void A_start_that_does_not_wait_for_a_dependency_is_noticed() =>
        AssertNoticed(Invariant.DependenciesFirst, new() { Spec = spec => spec with { DependsOn = [] } });

    [Fact]
    public void A_start_that_does_not_wait_for_work_to_be_done_is_noticed() =>
        AssertNoticed(Invariant.DependenciesFirst, new() { Spec = spec => spec with { Conditions = spec.DependsOn.ToDictionary(name => name, _ => Condition.Started) } });

    [Fact]
    public void A_stop_before_that_of_a_dependent_is_noticed()
    {
        // Both run at once, so who does not know of the dependency starts them rightly all the same.
        var services = Enumerable.Range(0, 2).Select(index => new ServiceConfig { Spec = new() { Name = $"s{index}", DependsOn = index == 1 ? ["s0"] : [] }, Cmd = ["/bin/sh"], WorkingDir = "/" });
        var scenario = Scenario.Calm(2) with { Services = [.. services], Acts = [], Length = 60_000 };
        Assert.Null(Notice(scenario, Tampering.None));
        Assert.StartsWith("14. DependenciesFirst: s0 is told to stop before s1", Notice(scenario, new() { Spec = spec => spec with { DependsOn = [] } })?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dependent_that_is_not_taken_along_is_noticed() =>
        AssertNoticed(Invariant.ExactFailures, new() { Spec = spec => spec with { RestartDependents = false } });

    [Fact]
    public void An_edited_configuration_that_is_not_taken_up_is_noticed() =>
        AssertNoticed(Invariant.ExactFailures, new() { Hears = delivery => delivery is not Delivery.ConfigurationRead });

    [Fact]
    public void A_successor_that_is_told_nothing_is_noticed() =>
        AssertNoticed(Invariant.NothingForgotten, new() { Saved = _ => [] });

    [Fact]
    public void A_successor_that_sees_no_marks_starts_second_ones_which_is_noticed() =>
        AssertNoticed(Invariant.NeverTwo, new() { Host = host => new TamperedHost(host) { ForgetsProcesses = true } });

    [Fact]
    public void A_probe_that_comes_early_is_noticed() =>
        AssertNoticed(Invariant.ProbesOnTime, new() { Spec = spec => spec with { HealthInterval = spec.HealthInterval - TimeSpan.FromMilliseconds(1) } });

    [Fact]
    public void A_probe_that_comes_late_is_noticed() =>
        AssertNoticed(Invariant.ProbesOnTime, new() { Spec = spec => spec with { HealthInterval = spec.HealthInterval + TimeSpan.FromMilliseconds(1) } });

    [Fact]
    public void A_timer_that_always_fires_too_early_is_noticed() =>
        AssertNoticed(Invariant.TimeGoesOn, new() { WakesAt = (until, now) => until > now ? until - 1 : until });

    /// <summary>Within a few runs, and whatever else is noticed in others: one sabotage may break several invariants.</summary>
    private static void AssertNoticed(Invariant invariant, Tampering tampering)
    {
        var noticed = Enumerable.Range(1, 40).Select(seed => Notice(Scenario.Wild((ulong)seed), tampering));
        Assert.Contains(invariant, noticed.OfType<Violation>().Select(violation => violation.Invariant));
    }

    private static Violation? Notice(Scenario scenario, Tampering tampering)
    {
        try
        {
            World.Run(scenario, tampering: tampering);
            return null;
        }
        catch (Violation violation)
        {
            return violation;
        }
    }

    private sealed class TamperedHost(IProcessHost host) : IProcessHost
    {
        public bool LiesAboutGroups { get; init; }

        public bool SparesOrphans { get; init; }

        public bool ReapsTwice { get; init; }

        public bool TakesStrangersForChildren { get; init; }

        public bool ForgetsProcesses { get; init; }

        public SpawnResult Spawn(SpawnRequest request) => host.Spawn(request);

        public void Kill(int pid, string signal)
        {
            if (!(SparesOrphans && host.StartTimeOf(-pid) is null))
                host.Kill(pid, signal);
        }

        public int? PeekEnded() => host.PeekEnded();

        public ExitStatus Reap(int pid)
        {
            if (ReapsTwice)
                host.Reap(pid);
            return host.Reap(pid);
        }

        public bool BringsOrphansHome => host.BringsOrphansHome;

        public bool HasChildIn(int group) => !LiesAboutGroups && host.HasChildIn(group);

        public IReadOnlyList<int> Children() => LiesAboutGroups ? [] : TakesStrangersForChildren ? [.. host.Processes().Select(process => process.Pid)] : host.Children();

        public IReadOnlyList<ProcessEntry> Processes() => host.Processes();

        public ProcessEntry? Find(int pid) => host.Find(pid);

        public Bearer? BearerOf(int pid) => TakesStrangersForChildren ? new(pid, "0", TimeSpan.Zero, pid, true, "s0", 1) : host.BearerOf(pid);

        public string Moment() => host.Moment();

        public bool IsChild(int pid) => TakesStrangersForChildren || host.IsChild(pid);

        public void Adopt(IReadOnlyList<(int Pid, string StartTime)> processes) => host.Adopt(processes);

        public IReadOnlyList<Bearer> Bearers() => ForgetsProcesses ? [] : host.Bearers();

        public string? StartTimeOf(int pid) => host.StartTimeOf(pid);
    }
}
