namespace Supervisor.Kernel;

/// <summary>Restarts in a row, and what was said about them.</summary>
/// <param name="Restarts">Restarts made since the service was last well for long enough.</param>
/// <param name="Answered">How many of these came before the last recovery, and count for no further alert.</param>
/// <param name="Alerted">Whether an alert stands that no recovery has answered yet.</param>
public readonly record struct Streak(int Restarts, int Answered, bool Alerted)
{
    /// <summary>No restarts.</summary>
    public static Streak None => default;

    /// <summary>Whether one more restart would have to raise an alert.</summary>
    public bool IsAlarming(int alertAfter) => !Alerted && Restarts - Answered >= alertAfter;

    /// <summary>One more restart is made, with an alert or without.</summary>
    public Streak OneMore(bool alarm) => this with { Restarts = Restarts + 1, Alerted = Alerted || alarm };

    /// <summary>The service is back, for now: the alert is answered, the count goes on.</summary>
    public Streak Recovered() => this with { Answered = Restarts, Alerted = false };

    /// <summary>The count starts anew. A standing alert still wants its answer.</summary>
    public Streak Anew() => None with { Alerted = Alerted };
}
