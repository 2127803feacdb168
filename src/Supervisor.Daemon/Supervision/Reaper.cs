using Supervisor.Daemon.Polling;

namespace Supervisor.Daemon.Supervision;

/// <summary>
/// Buries children, in launchd's order: a death is seen while the zombie still pins its id, the rest of its group is
/// killed, and only then is it reaped. The owner is told once the whole group is gone, so that nothing of an old
/// process can meet the new one.
/// </summary>
internal sealed class Reaper(IProcessHost host, Deadlines deadlines, LoopClock clock) : Deadline
{
    private static readonly TimeSpan GroupPatience = TimeSpan.FromMilliseconds(20);

    private readonly Dictionary<int, Action<ExitStatus>> owners = [];
    private readonly Dictionary<int, IReadOnlyList<int>> leftovers = [];
    private readonly List<Remains> remains = [];

    /// <summary>Whether a group whose leader was reaped is still dying. Its members may be no children of ours, so look again soon.</summary>
    public bool IsWaitingForGroups => remains.Count > 0;

    /// <summary>Has <paramref name="onGone"/> called, once, when this child and its group are gone.</summary>
    public void Watch(int pid, Action<ExitStatus> onGone) => owners.Add(pid, onGone);

    /// <summary>Has the same done for processes that an earlier supervisor started; some may be children of ours, if we were started in its place.</summary>
    public void Adopt(IReadOnlyList<Adoption> adoptions)
    {
        foreach (var adoption in adoptions)
        {
            owners.Add(adoption.Pid, adoption.OnGone);
            leftovers[adoption.Pid] = adoption.Leftovers;
            foreach (var group in adoption.Leftovers)
                owners.Add(group, _ => { });
        }
        var processes = adoptions.SelectMany(adoption => adoption.Leftovers.Select(group => (Pid: group, StartTime: "")).Prepend((adoption.Pid, adoption.StartTime)));
        host.Adopt([.. processes.Where(process => !host.IsChild(process.Pid))]);
    }

    /// <summary>Signals the group of a child that was not reaped yet. Any other id could be anybody's by now.</summary>
    public void Signal(int pid, string signal)
    {
        if (owners.ContainsKey(pid))
            host.Kill(-pid, signal);
    }

    /// <summary>Reaps all that have ended.</summary>
    public void Sweep()
    {
        while (host.PeekEnded() is { } pid)
            Bury(pid);
        if (remains.Count > 0)
            foreach (var gone in TakeGone())
                gone.OnGone(gone.Status);
        deadlines.Set(this, remains.Count > 0 ? clock.Now + GroupPatience : null);
    }

    /// <summary>The members of a group that is dying may be no children of ours, so nobody tells that they are gone.</summary>
    public override void OnDue(TimeSpan now) => Sweep();

    /// <summary>
    /// Kills whatever is left, strays that left their group included. A child that was not reaped cannot be anybody else,
    /// nor can one that carries our mark.
    /// </summary>
    /// <returns>Whether anything is left.</returns>
    public bool KillRest()
    {
        foreach (var group in owners.Keys)
            host.Kill(-group, "SIGKILL");
        var strays = host.Descendants();
        foreach (var pid in strays)
            host.Kill(pid, "SIGKILL");
        return owners.Count > 0 || remains.Count > 0 || strays.Count > 0;
    }

    private void Bury(int pid)
    {
        var owned = owners.Remove(pid, out var onGone);
        if (owned)
            host.Kill(-pid, "SIGKILL");
        var status = host.Reap(pid);
        if (owned)
            remains.Add(new(pid, status, onGone!));
    }

    private List<Remains> TakeGone()
    {
        var gone = remains.FindAll(group => host.IsGroupGone(group.Pid) && !HasLeftovers(group.Pid));
        remains.RemoveAll(gone.Contains);
        foreach (var group in gone)
            leftovers.Remove(group.Pid);
        return gone;
    }

    private bool HasLeftovers(int pid) =>
        leftovers.GetValueOrDefault(pid, []).Any(group => owners.ContainsKey(group) || remains.Any(other => other.Pid == group));

    private sealed record Remains(int Pid, ExitStatus Status, Action<ExitStatus> OnGone);
}

/// <summary>A process that an earlier supervisor started.</summary>
/// <param name="Pid">Its id, and that of its group.</param>
/// <param name="StartTime">What proves it to be the one; empty if it is known to be dead.</param>
/// <param name="Leftovers">Further groups that came of it, and have to be gone with it.</param>
/// <param name="OnGone">Called, once, when all of this is gone.</param>
internal sealed record Adoption(int Pid, string StartTime, IReadOnlyList<int> Leftovers, Action<ExitStatus> OnGone);
