using System.Collections.Concurrent;

namespace Supervisor.Daemon.Polling;

/// <summary>
/// A thread for what may block: a disk, a terminal. It does one thing after the other. Work reaches it by a queue and a pipe, and what it
/// has to report reaches the loop by another; so the loop never waits, and there is nothing to lock. The thread is started before the first
/// service; where none can be had, the loop does the work itself.
/// </summary>
internal sealed class Worker : Watcher, IDisposable
{
    /// <summary>
    /// How long <see cref="PostAtLeisure"/> may wait. It is a little more than a change of the state waits, which takes along what was posted
    /// before it on the same thread, so that this is woken once for both.
    /// </summary>
    public static readonly TimeSpan Leisure = TimeSpan.FromMilliseconds(60);

    private const int StackSize = 256 * 1024;
    private static readonly byte[] Bell = [1];

    private readonly ConcurrentQueue<Action> jobs = new();
    private readonly ConcurrentQueue<Action> reports = new();
    private readonly byte[] heard = new byte[64];
    private int jobBell;
    private readonly int reportBell;
    private readonly bool hasThread;
    private readonly Deadlines deadlines;
    private readonly TimeProvider time;
    private readonly End leisure;
    private bool isUnheard;
    private int unfinished;

    /// <param name="name">What the thread is called.</param>
    /// <param name="poller">Tells the loop that there are reports.</param>
    /// <param name="deadlines">When the thread has to hear of what was posted at leisure.</param>
    /// <param name="time">The clock.</param>
    /// <param name="mayHaveThread">False as where no thread can be had, for tests.</param>
    /// <exception cref="IOException">There are no descriptors.</exception>
    public Worker(string name, Poller poller, Deadlines deadlines, TimeProvider time, bool mayHaveThread = true)
    {
        (this.deadlines, this.time, leisure) = (deadlines, time, new(this));
        var error = Descriptors.Pipe(out var jobsToHear, out jobBell, blocks: true);
        var reportsToHear = -1;
        if (error != 0 || (error = Descriptors.Pipe(out reportsToHear, out reportBell, blocks: false)) != 0)
            throw new IOException($"there are no descriptors to work with: {Descriptors.Describe(error)}");
        poller.Watch(this, reportsToHear, Descriptors.In);
        poller.Waiting += Ring;
        hasThread = mayHaveThread && TryStart(name, jobsToHear);
    }

    /// <summary>Whether all is done, and the loop knows.</summary>
    public bool IsIdle => Backlog == 0 && reports.IsEmpty;

    /// <summary>How many things are still to do.</summary>
    public int Backlog => Volatile.Read(ref unfinished);

    /// <summary>
    /// Has something done on the thread, which hears of it when the loop waits next: what the loop does meanwhile comes first. It must not throw.
    /// </summary>
    public void Post(Action work)
    {
        Take(work);
        Hurry();
    }

    /// <summary>The same, and then something else done by the loop.</summary>
    public void Post(Action work, Action done) => Post(() =>
    {
        work();
        Report(done);
    });

    /// <summary>
    /// As <see cref="Post(Action)"/>, for what nobody waits for: the thread hears of it when it is woken for something else, or some time later. A process that was
    /// just started gets the processor meanwhile.
    /// </summary>
    public void PostAtLeisure(Action work)
    {
        Take(work);
        if (leisure.Due is null && Backlog > 0)
            deadlines.Set(leisure, Deadlines.NowOn(time) + Leisure);
    }

    /// <summary>From here on, somebody waits for what was posted at leisure.</summary>
    public void Hurry() => isUnheard = Backlog > 0;

    /// <summary>On the thread: has something done by the loop.</summary>
    public void Report(Action report)
    {
        reports.Enqueue(report);
        // A bell that finds the pipe full is one of many that were not heard yet.
        _ = Descriptors.Write(reportBell, Bell);
    }

    public override void OnReady(short seen)
    {
        while (Descriptors.Read(Descriptor, heard) > 0)
            continue;
        while (reports.TryDequeue(out var report))
            report();
    }

    /// <summary>The thread ends once it has done what it was given, or with the process.</summary>
    public void Dispose()
    {
        Hurry();
        Ring();
        Descriptors.CloseOnce(ref jobBell);
    }

    private void Take(Action work)
    {
        if (!hasThread)
        {
            work();
            return;
        }
        Interlocked.Increment(ref unfinished);
        jobs.Enqueue(work);
    }

    private void Ring()
    {
        if (!isUnheard)
            return;
        _ = Descriptors.Write(jobBell, Bell);
        isUnheard = false;
        deadlines.Set(leisure, null);
    }

    private bool TryStart(string name, int bell)
    {
        try
        {
            new Thread(() => Work(bell), StackSize) { IsBackground = true, Name = name }.Start();
            return true;
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            return false;
        }
    }

    private void Work(int bell)
    {
        var rings = new byte[64];
        while (Descriptors.Read(bell, rings) is var rung && (rung > 0 || Descriptors.IsNotYet(rung)))
            while (jobs.TryDequeue(out var work))
            {
                work();
                Interlocked.Decrement(ref unfinished);
            }
        Descriptors.Close(bell);
    }

    /// <summary>The end of all leisure.</summary>
    private sealed class End(Worker worker) : Deadline
    {
        public override void OnDue(TimeSpan now) => worker.Hurry();
    }
}
