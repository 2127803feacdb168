namespace Supervisor.Daemon.Supervision;

/// <summary>Which end of a service ends the supervisor, too, as in <c>docker compose up --exit-code-from</c>. Nobody's stop by hand is one.</summary>
/// <param name="service">Whose end does, and becomes the exit code; null for that of the first that ends.</param>
/// <param name="onAny">Whether that of any other does, too.</param>
internal sealed class ExitRule(string? service, bool onAny)
{
    private ManagedService? first;

    /// <summary>Begins the shutdown once one of them has ended for good.</summary>
    public void Settle(ServiceSet services, ShutdownPlan shutdown)
    {
        if (shutdown.HasBegun)
            return;
        first = services.All.FirstOrDefault(one => (onAny || one.Name == service) && one is { FinalExit: not null, State.Phase: Phase.Stopped });
        if (first is not null)
            shutdown.Begin($"{first.Name} has ended ({first.LastExit!.Reason})");
    }

    /// <summary>The exit code of the supervisor; null if nobody has ended whose code it could be. Of what could not even be started, and of what never ran, it is 1.</summary>
    public int? CodeOf(ServiceSet services) => (service is null ? first : services.All.FirstOrDefault(one => one.Name == service)) switch
    {
        { LastExit: var exit } => exit?.Status?.InOne ?? (int)ExitCode.Failed,
        null => service is null ? null : (int)ExitCode.Failed,
    };
}
