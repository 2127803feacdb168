using Supervisor.Daemon.Polling;

namespace Supervisor.Daemon.Supervision;

/// <summary>
/// The replacement of this program by the one now on disk. First that one is tried as a child, with the configuration and the state
/// that it will have to go on with; if it can do the work, the loop comes to rest between two turns, and whoever runs the loop executes
/// the successor in its place.
/// </summary>
internal sealed class Handover(SupervisorConfig config, CommandRunner commands, Reaper reaper, Alerts alerts, Chronicle chronicle, Deadlines deadlines, LoopClock clock) : Deadline
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private Action<string>? refuse;
    private TimeSpan alertsUntil;

    /// <summary>Whether the successor is fit, and is to be executed.</summary>
    public bool IsDue { get; private set; }

    /// <summary>
    /// Whether it is to be executed now. How a process ended is known to nobody else until its group is gone; and alerts that are under
    /// way get a little time, so that their failure can be told.
    /// </summary>
    public bool IsNow => IsDue && !reaper.IsWaitingForGroups && (alerts.IsIdle || alertsUntil <= clock.Now);

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
        commands.Run(Trial(), Patience, OnTried, keepsOutput: true);
    }

    /// <summary>It cannot be: this program goes on.</summary>
    public void CallOff(string error)
    {
        IsDue = false;
        chronicle.Tell(chronicle.About("upgrade_refused", $"not upgraded, the old program goes on: {error}") with { Reason = error });
        refuse?.Invoke(error);
        refuse = null;
    }

    /// <summary>The loop takes a turn, and looks again.</summary>
    public override void OnDue(TimeSpan now)
    {
    }

    private void OnTried(CommandEnd end)
    {
        var unfit = $"{ProgramPath.OnDisk} is not fit to take over: ";
        if (end.Error is { } error)
            CallOff(error);
        else if (end.IsLate)
            CallOff($"{unfit}it did not end within {Wording.Duration(Patience)}");
        else if (end.Status is { Success: false } status)
            CallOff(unfit + (end.Output.Length > 0 ? end.Output : status.ToString()));
        else
        {
            (IsDue, alertsUntil) = (true, clock.Now + Alerts.Grace);
            deadlines.Set(this, alertsUntil);
        }
    }

    private SpawnRequest Trial() => new()
    {
        Path = ProgramPath.OnDisk,
        Argv = ["supervisor", "-c", config.File, "check", "--successor"],
        WorkingDir = Path.GetDirectoryName(config.File)!,
    };
}
