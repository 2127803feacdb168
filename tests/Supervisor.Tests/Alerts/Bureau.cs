using Supervisor.Tests.Loop;

namespace Supervisor.Tests.Alerts;

/// <summary>Those who tell the world, in one in which commands end when a test wants it.</summary>
internal sealed class Bureau
{
    private readonly Reaper reaper;

    public Bureau(SupervisorConfig config)
    {
        var clock = new LoopClock(World.Time);
        reaper = new(World, World.Deadlines, clock, _ => { });
        Alerts = new(config, new(World, reaper, World.Deadlines, clock), new(World.Tell, World.Time), World.Time);
    }

    public MortalWorld World { get; } = new();

    public Supervisor.Daemon.Supervision.Alerts Alerts { get; }

    /// <summary>Those that run.</summary>
    public IReadOnlyList<MortalWorld.Child> Running => [.. World.Children.Where(child => child.Status is null)];

    /// <summary>What has failed, in words.</summary>
    public IEnumerable<string> Failures => World.Events.Texts("alert_failed");

    /// <summary>Has one end.</summary>
    public void End(MortalWorld.Child child, int code = 0)
    {
        child.End(code);
        reaper.Sweep();
    }

    /// <summary>Lets time pass.</summary>
    public void Pass(double seconds)
    {
        World.Time.Advance(TimeSpan.FromSeconds(seconds));
        World.Deadlines.Fire(World.Now);
        reaper.Sweep();
    }
}
