namespace Supervisor.Simulation;

/// <summary>A run in which an invariant did not hold.</summary>
internal sealed record Failure(Scenario Scenario, Exception Cause)
{
    /// <summary>Runs a scenario; what went wrong, or null.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="events">How many events it took.</param>
    /// <param name="trace">Where to tell what happened; null for nowhere.</param>
    public static Failure? Of(Scenario scenario, out long events, ICollection<string>? trace = null)
    {
        events = 0;
        try
        {
            events = World.Run(scenario, trace);
            return null;
        }
        catch (Exception e)
        {
            // Whatever the loop throws is a failure of the loop.
            return new(scenario, e);
        }
    }

    /// <summary>What went wrong, told apart from other things that go wrong.</summary>
    public string Kind => Cause is Violation violation ? $"{violation.Invariant}" : Cause.GetType().Name;
}
