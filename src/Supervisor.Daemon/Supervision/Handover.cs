namespace Supervisor.Daemon.Supervision;

/// <summary>
/// The replacement of this program by the one now on disk: first the successor is tried, outside of the loop; if it can
/// do the work, the loop comes to rest between two turns, and whoever runs it executes the successor in its place.
/// </summary>
internal sealed class Handover(ISuccessor successor, Chronicle chronicle)
{
    private Action<string>? refuse;

    /// <summary>Whether the successor is to be executed now.</summary>
    public bool IsDue { get; private set; }

    /// <summary>Somebody wants it.</summary>
    /// <param name="onRefused">Told why not, if not. Otherwise there is nobody left to tell anything.</param>
    public void Begin(Action<string> onRefused)
    {
        if (refuse is not null)
        {
            onRefused("an upgrade is under way already");
            return;
        }
        refuse = onRefused;
        successor.Try();
    }

    /// <summary>The successor was tried.</summary>
    /// <param name="error">What is wrong with it; null if nothing is.</param>
    public void OnTried(string? error)
    {
        IsDue = error is null;
        if (error is not null)
            CallOff(error);
    }

    /// <summary>It cannot be: this program goes on.</summary>
    public void CallOff(string error)
    {
        IsDue = false;
        chronicle.Tell(chronicle.About("upgrade_refused", $"not upgraded, the old program goes on: {error}") with { Reason = error });
        refuse?.Invoke(error);
        refuse = null;
    }
}
