namespace Supervisor.Daemon;

/// <summary>Nobody watches, or launchd, which watches the process and asks nothing.</summary>
internal sealed class NoGuard : IGuard
{
    public static NoGuard Instance { get; } = new();

    public bool Listens => false;

    public TimeSpan? AliveEvery => null;

    public bool Tell(string message) => true;

    public void Dispose()
    {
    }
}
