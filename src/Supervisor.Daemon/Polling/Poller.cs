using System.Runtime.InteropServices;

namespace Supervisor.Daemon.Polling;

/// <summary>Somebody who waits for a descriptor, and for a time.</summary>
internal abstract class Watcher : Deadline
{
    /// <summary>What is waited for; -1 for nothing.</summary>
    public int Descriptor { get; internal set; } = -1;

    /// <summary>Where it stands in the poller's list; -1 for nowhere.</summary>
    internal int Slot { get; set; } = -1;

    /// <summary>How often it was registered. What was seen for an earlier time does not concern the present one.</summary>
    internal int Turn { get; set; }

    /// <summary>The descriptor is ready.</summary>
    /// <param name="seen">POLLIN, POLLOUT and the like.</param>
    public abstract void OnReady(short seen);

    public override void OnDue(TimeSpan now)
    {
    }
}

/// <summary>The one wait of the process: poll(2) on everything that anybody waits for. A thousand descriptors are no matter to it.</summary>
internal sealed unsafe class Poller : IDisposable
{
    private readonly List<Watcher> watchers = [];
    private readonly List<(Watcher Watcher, int Turn, short Seen)> ready = [];
    private int capacity = 64;
    private PollEntry* entries;

    /// <summary>About to wait: the time for what is not urgent.</summary>
    public event Action? Waiting;

    public Poller() => entries = (PollEntry*)NativeMemory.Alloc((nuint)(capacity * sizeof(PollEntry)));

    /// <summary>From here on, readiness is told.</summary>
    public void Watch(Watcher watcher, int descriptor, short events)
    {
        if (watcher.Slot >= 0)
            Forget(watcher);
        if (watchers.Count == capacity)
            entries = (PollEntry*)NativeMemory.Realloc(entries, (nuint)((capacity *= 2) * sizeof(PollEntry)));
        watcher.Descriptor = descriptor;
        watcher.Slot = watchers.Count;
        watcher.Turn++;
        watchers.Add(watcher);
        entries[watcher.Slot] = new() { Descriptor = descriptor, Events = events };
    }

    /// <summary>From here on, other things are waited for.</summary>
    public void Change(Watcher watcher, short events) => entries[watcher.Slot].Events = events;

    /// <summary>From here on, nothing is told. To be called before the descriptor is closed.</summary>
    public void Forget(Watcher watcher)
    {
        if (watcher.Slot < 0)
            return;
        var last = watchers[^1];
        watchers[watcher.Slot] = last;
        entries[watcher.Slot] = entries[last.Slot];
        last.Slot = watcher.Slot;
        watchers.RemoveAt(watchers.Count - 1);
        (watcher.Slot, watcher.Descriptor) = (-1, -1);
    }

    /// <summary>Waits until something is ready, but not for longer than this, and tells everybody concerned.</summary>
    /// <param name="patience">Null for as long as it takes.</param>
    public void Wait(TimeSpan? patience)
    {
        Waiting?.Invoke();
        // A signal that interrupts it is as good as nothing happening.
        var left = Libc.Poll(entries, (nuint)watchers.Count, Milliseconds(patience));
        // poll(2) refuses more than RLIMIT_NOFILE, which may have been lowered meanwhile. Whoever came first is heard: the signals.
        for (var count = watchers.Count / 2; left < 0 && Marshal.GetLastPInvokeError() == Libc.InvalidArgument && count > 0; count /= 2)
            left = Libc.Poll(entries, (nuint)count, Milliseconds(patience));
        for (var slot = 0; left > 0; slot++)
            if (entries[slot].Returned != 0)
            {
                ready.Add((watchers[slot], watchers[slot].Turn, entries[slot].Returned));
                left--;
            }
        foreach (var (watcher, turn, seen) in ready)
            if (watcher.Slot >= 0 && watcher.Turn == turn)
                watcher.OnReady(seen);
        ready.Clear();
    }

    public void Dispose() => NativeMemory.Free(entries);

    /// <summary>In whole milliseconds, rounded up, so that nobody is woken too early.</summary>
    private static int Milliseconds(TimeSpan? patience) =>
        patience is { } time ? (int)Math.Ceiling(Math.Clamp(time.TotalMilliseconds, 0, TimeSpan.MillisecondsPerDay)) : -1;
}
