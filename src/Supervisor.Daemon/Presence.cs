using Supervisor.Daemon.Control;
using Supervisor.Daemon.Polling;
using Supervisor.Daemon.Storage;

namespace Supervisor.Daemon;

/// <summary>
/// Sees to it that the supervisor is found: somebody may delete the state folder under it (<c>git clean</c>), or move it away. Without the
/// lock a second supervisor could start, and without the socket nobody could ask this one. Noticed by inotify, so on Linux only.
/// </summary>
/// <param name="folder">The folder, with the lock.</param>
/// <param name="server">The socket.</param>
/// <param name="restored">Called when both are there again.</param>
/// <param name="poller">Tells that something has happened.</param>
/// <param name="deadlines">When it is looked.</param>
/// <param name="tell">Hears of it.</param>
/// <param name="time">The clock.</param>
#pragma warning disable CA1001 // The watch is needed to the very end.
internal sealed class Presence(StateFolder folder, ControlServer server, Action restored, Poller poller, Deadlines deadlines, Action<EventRecord> tell, TimeProvider time) : Watcher
#pragma warning restore CA1001
{
    // A deletion of the folder takes a moment, and would fail if something came back in the midst of it.
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    private readonly FolderWatch watch = new(folder.Path);
    private bool hasFailed;

    /// <summary>Notices from here on.</summary>
    public void Begin()
    {
        if (watch.Descriptor < 0)
            return;
        poller.Watch(this, watch.Descriptor, Descriptors.In);
        deadlines.Set(this, Deadlines.NowOn(time));
    }

    public override void OnReady(short seen)
    {
        watch.Drain();
        if (Due is null)
            deadlines.Set(this, Deadlines.NowOn(time) + Moment);
    }

    /// <summary>Armed before it is looked, so that nothing between the two goes unnoticed.</summary>
    public override void OnDue(TimeSpan now)
    {
        if (server.Listener < 0)
            return; // It has retired.
        try
        {
            Arm();
            if (folder.IsHeld && server.IsReachable)
                return;
            folder.Retake();
            if (!server.IsReachable)
                server.ListenAnew();
            Arm();
            hasFailed = false;
            tell(new(time.GetUtcNow(), null, "state_folder_restored", $"the lock or the socket had gone from {folder.Path}; both are there again"));
            restored();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or AlreadyRunningException)
        {
            if (!hasFailed)
                tell(new(time.GetUtcNow(), null, "state_folder_lost", $"the lock or the socket has gone from {folder.Path}, and cannot be made anew, will keep trying: {e.Message}") { Reason = e.Message });
            hasFailed = true;
            deadlines.Set(this, now + Retry);
        }
    }

    private void Arm()
    {
        watch.ArmForLoss(folder.Path);
        watch.ArmForLoss(StatePaths.Lock(folder.Path));
        watch.ArmForLoss(StatePaths.Socket(folder.Path));
    }
}
