using Supervisor.Os;

namespace Supervisor.Loop;

/// <summary>
/// Buries children, in launchd's order: a death is seen while the zombie still pins its id, the rest of its group is
/// killed, and only then is it reaped. The owner is told once the whole group is gone, so that nothing of an old
/// process can meet the new one.
/// </summary>
internal sealed class Reaper(IProcessHost host)
{
    private readonly Dictionary<int, Action<ExitStatus>> owners = [];
    private readonly List<Remains> remains = [];

    /// <summary>Whether a group whose leader was reaped is still dying. Its members may be no children of ours, so look again soon.</summary>
    public bool IsWaitingForGroups => remains.Count > 0;

    /// <summary>Has <paramref name="onGone"/> called, once, when this child and its group are gone.</summary>
    public void Watch(int pid, Action<ExitStatus> onGone) => owners.Add(pid, onGone);

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
        foreach (var gone in TakeGone())
            gone.OnGone(gone.Status);
    }

    /// <summary>
    /// Kills whatever is left, strays that left their group included. A child that was not reaped cannot be anybody else.
    /// </summary>
    /// <returns>Whether anything is left.</returns>
    public bool KillRest()
    {
        foreach (var group in owners.Keys)
            host.Kill(-group, "SIGKILL");
        var strays = host.Children();
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
        var gone = remains.FindAll(group => host.IsGroupGone(group.Pid));
        remains.RemoveAll(gone.Contains);
        return gone;
    }

    private sealed record Remains(int Pid, ExitStatus Status, Action<ExitStatus> OnGone);
}
