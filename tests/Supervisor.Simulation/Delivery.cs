using Supervisor.Daemon.Checks;
using Supervisor.Daemon.Supervision;

namespace Supervisor.Simulation;

/// <summary>Everything that reaches the supervisor. It takes a turn for each.</summary>
internal abstract record Delivery
{
    private Delivery()
    {
    }

    /// <summary>It gets processor time again, and finds nothing new.</summary>
    public sealed record Nothing : Delivery;

    /// <summary>SIGCHLD.</summary>
    public sealed record ChildrenEnded : Delivery;

    /// <summary>SIGTERM.</summary>
    /// <param name="IsSecond">Whether one came before.</param>
    public sealed record StopSignal(bool IsSecond) : Delivery;

    /// <summary>SIGHUP.</summary>
    /// <param name="Edit">How the file will be edited by the time that it is read.</param>
    public sealed record ReloadSignal(Edit Edit) : Delivery;

    /// <summary>The edited configuration was read.</summary>
    /// <param name="Edit">How it was edited.</param>
    public sealed record ConfigurationRead(Edit Edit) : Delivery;

    /// <summary>A probe came back.</summary>
    /// <param name="Probe">What the books have of it.</param>
    /// <param name="Service">Whose.</param>
    /// <param name="Ticket">What the supervisor has of it.</param>
    /// <param name="Result">What it saw.</param>
    public sealed record Probed(Probe Probe, ManagedService Service, ProbeTicket Ticket, ProbeResult Result) : Delivery;

    /// <summary>Somebody wants something.</summary>
    /// <param name="Client">Who, and what.</param>
    public sealed record Asked(Client Client) : Delivery;
}
