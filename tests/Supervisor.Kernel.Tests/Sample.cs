using Xunit;
using static Supervisor.Kernel.ServiceEvent;

namespace Supervisor.Kernel.Tests;

/// <summary>States to begin a test from, each reached the way it is reached in life.</summary>
internal static class Sample
{
    public const int Pid = 42;

    public static readonly ServiceSpec Checked = new() { Name = "checked", Checked = true };

    public static readonly ServiceSpec Unchecked = new() { Name = "unchecked" };

    public static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    public static ServiceState Stopped => ServiceState.Initial;

    public static ServiceState Launching(ServiceSpec spec) => After(spec, Stopped, new Start());

    public static ServiceState Running(ServiceSpec spec) => After(spec, Launching(spec), new Spawned(1, Pid));

    public static ServiceState Healthy(ServiceSpec spec) => Probe(spec, Running(spec), Verdict.Good, Seconds(1));

    public static ServiceState Stopping(ServiceSpec spec) => After(spec, Running(spec), new Stop());

    public static ServiceState Restarting(ServiceSpec spec) => After(spec, Running(spec), new Restart());

    public static ServiceState Backoff(ServiceSpec spec) => After(spec, Running(spec), new Exited(1, false));

    /// <summary>Under policies of a service that depends on another; the tables that begin here go on with others.</summary>
    public static ServiceState Waiting(ServiceSpec spec) => After(spec with { DependsOn = ["other"] }, Stopped, new Start());

    public static ServiceState After(ServiceSpec spec, ServiceState state, ServiceEvent e, TimeSpan now = default) =>
        ServiceMachine.Step(spec, state, e, now).State;

    /// <summary>What the probes of the running process have said. The test fails if none runs.</summary>
    public static ProbeTally Tally(ServiceState state)
    {
        Assert.IsType<Phase.Running>(state.Phase);
        return state.Probes;
    }

    /// <summary>Lets the next probe fall due at <paramref name="at"/> or later, and answers it.</summary>
    public static ServiceState Probe(ServiceSpec spec, ServiceState state, Verdict verdict, TimeSpan at)
    {
        var asked = After(spec, state, new Tick(), at);
        return After(spec, asked, new Probed(asked.Generation, verdict), at);
    }
}
