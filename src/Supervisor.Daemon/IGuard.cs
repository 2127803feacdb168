namespace Supervisor.Daemon;

/// <summary>
/// Who watches over the supervisor itself and restarts it, as systemd does. Never blocks and never throws: it is told
/// things by the way, and whether it listens changes nothing.
/// </summary>
internal interface IGuard : IDisposable
{
    /// <summary>Whether there is one.</summary>
    bool Listens { get; }

    /// <summary>How often it wants to be told that the loop turns; null if it does not ask.</summary>
    TimeSpan? AliveEvery { get; }

    /// <summary>Tells it something, in the words of sd_notify(3).</summary>
    /// <returns>False if it has no room for it now, so that it has to be told again.</returns>
    bool Tell(string message);
}
