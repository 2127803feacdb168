using Supervisor.Daemon.Polling;

namespace Supervisor.Daemon.Supervision;

/// <summary>
/// Buries children. The owner of a leader is told of its end, and then, once, that the whole group is gone, so that nothing of an old process
/// can meet the new one. Between the two the group can still be signalled: the kernel gives no id away while a group bears it.
/// </summary>
internal sealed class Reaper(IProcessHost host, Deadlines deadlines, LoopClock clock) : Deadline
{
    private static readonly TimeSpan ShortestGlance = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestGlance = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<int, Owner> owners = [];
    private readonly Dictionary<int, IReadOnlyList<int>> leftovers = [];
    private readonly List<Remains> remains = [];

    /// <summary>Whether something is about to be gone of which a successor would not hear.</summary>
    public bool IsWaitingForGroups => remains.Exists(group => group.Owner.OnLeft is null);

    /// <summary>Has <paramref name="onGone"/> called, once, when this child and its group are gone.</summary>
    /// <param name="pid">The child.</param>
    /// <param name="onGone">Called in the end.</param>
    /// <param name="onLeft">Called before that if it has ended and others of its group live on. Null: they are killed at once.</param>
    public void Watch(int pid, Action<ExitStatus> onGone, Action<ExitStatus>? onLeft = null) => owners.Add(pid, new(onGone, onLeft));

    /// <summary>Has the same done for processes that an earlier supervisor started; some may be children of ours, if we were started in its place.</summary>
    public void Adopt(IReadOnlyList<Adoption> adoptions)
    {
        foreach (var adoption in adoptions)
        {
            owners.Add(adoption.Pid, new(adoption.OnGone, adoption.OnLeft));
            leftovers[adoption.Pid] = adoption.Leftovers;
            foreach (var group in adoption.Leftovers)
                owners.Add(group, new(_ => { }, null));
        }
        var processes = adoptions.SelectMany(adoption => adoption.Leftovers.Select(group => (Pid: group, StartTime: "")).Prepend((adoption.Pid, adoption.StartTime)));
        host.Adopt([.. processes.Where(process => !host.IsChild(process.Pid))]);
    }

    /// <summary>Signals the group of a child that is not gone yet. Any other id could be anybody's by now.</summary>
    public void Signal(int pid, string signal)
    {
        if (owners.ContainsKey(pid) || remains.Exists(group => group.Pid == pid && !group.IsGone))
            host.Kill(-pid, signal);
    }

    /// <summary>Reaps all that have ended.</summary>
    public void Sweep()
    {
        while (host.PeekEnded() is { } pid)
            Bury(pid);
        if (remains.Count > 0)
            foreach (var gone in TakeGone())
                gone.Owner.OnGone(gone.Status);
        foreach (var left in remains.FindAll(group => !group.IsTold))
        {
            left.IsTold = true;
            left.Owner.OnLeft?.Invoke(left.Status);
        }
        deadlines.Set(this, NextGlance());
    }

    /// <summary>The members of a group that is dying may be no children of ours, so nobody tells that they are gone. The longer it takes, the less it matters.</summary>
    public override void OnDue(TimeSpan now) => Sweep();

    /// <summary>
    /// Kills whatever is left, strays that left their group included. A child that was not reaped cannot be anybody else,
    /// nor can one that carries our mark.
    /// </summary>
    /// <returns>Whether anything is left.</returns>
    public bool KillRest()
    {
        foreach (var group in owners.Keys.Concat(remains.Where(group => !group.IsGone).Select(group => group.Pid)))
            host.Kill(-group, "SIGKILL");
        var strays = host.Descendants();
        foreach (var pid in strays)
            host.Kill(pid, "SIGKILL");
        return owners.Count > 0 || remains.Count > 0 || strays.Count > 0;
    }

    private void Bury(int pid)
    {
        var owned = owners.Remove(pid, out var owner);
        if (owned && owner!.OnLeft is null)
            host.Kill(-pid, "SIGKILL");
        var status = host.Reap(pid);
        if (owned)
            remains.Add(new(pid, status, owner!, clock.Now));
    }

    private TimeSpan? NextGlance()
    {
        TimeSpan? next = null;
        foreach (var group in remains.Where(group => group.IsGone || !host.HearsOf(group.Pid)))
        {
            var glance = clock.Now + TimeSpan.FromTicks(Math.Clamp((clock.Now - group.Since).Ticks / 4, ShortestGlance.Ticks, LongestGlance.Ticks));
            next = next < glance ? next : glance;
        }
        return next;
    }

    private List<Remains> TakeGone()
    {
        foreach (var group in remains)
            group.IsGone = group.IsGone || host.IsGroupGone(group.Pid); // From here on its id may be anybody's.
        var gone = remains.FindAll(group => group.IsGone && !HasLeftovers(group.Pid));
        remains.RemoveAll(gone.Contains);
        foreach (var group in gone)
            leftovers.Remove(group.Pid);
        return gone;
    }

    private bool HasLeftovers(int pid) =>
        leftovers.GetValueOrDefault(pid, []).Any(group => owners.ContainsKey(group) || remains.Any(other => other.Pid == group));

    /// <summary>Who is to hear of an end.</summary>
    private sealed record Owner(Action<ExitStatus> OnGone, Action<ExitStatus>? OnLeft);

    /// <summary>A group whose leader was reaped.</summary>
    private sealed record Remains(int Pid, ExitStatus Status, Owner Owner, TimeSpan Since)
    {
        public bool IsTold { get; set; }

        public bool IsGone { get; set; }
    }
}

/// <summary>A process that an earlier supervisor started.</summary>
/// <param name="Pid">Its id, and that of its group.</param>
/// <param name="StartTime">What proves it to be the one; empty if it is known to be dead.</param>
/// <param name="Leftovers">Further groups that came of it, and have to be gone with it.</param>
/// <param name="OnGone">Called, once, when all of this is gone.</param>
/// <param name="OnLeft">Called before that if it has ended and others of its group live on.</param>
internal sealed record Adoption(int Pid, string StartTime, IReadOnlyList<int> Leftovers, Action<ExitStatus> OnGone, Action<ExitStatus> OnLeft);
