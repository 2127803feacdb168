using System.Collections.Concurrent;

namespace Supervisor.Daemon.Polling;

/// <summary>
/// A thread for what may block: a disk, a terminal. It does one thing after the other, and tells the loop when each is done.
/// The thread is started before the first service; where none can be had, the loop does the work itself. The loop hands work
/// over and is told of its end by two pipes, so it never waits, and has nothing to lock.
/// </summary>
internal sealed class Worker : Watcher, IDisposable
{
    private const int StackSize = 256 * 1024;
    private static readonly byte[] Bell = [1];

    private readonly ConcurrentQueue<(Action Work, Action? Done)> jobs = new();
    private readonly ConcurrentQueue<Action> done = new();
    private readonly byte[] drained = new byte[64];
    private readonly int jobsEnd;
    private readonly int doneBell;
    private readonly bool hasThread;
    private int unfinished;

    /// <param name="name">What the thread is called.</param>
    /// <param name="poller">Tells the loop what is done.</param>
    /// <exception cref="IOException">There are no descriptors.</exception>
    public Worker(string name, Poller poller)
    {
        var error = Descriptors.Pipe(out var jobsToRead, out jobsEnd, blocks: true);
        var doneToRead = -1;
        if (error != 0 || (error = Descriptors.Pipe(out doneToRead, out doneBell, blocks: false)) != 0)
            throw new IOException($"there are no descriptors to work with: {Descriptors.Describe(error)}");
        poller.Watch(this, doneToRead, Descriptors.In);
        hasThread = TryStart(name, jobsToRead);
    }

    /// <summary>Whether there is nothing left to do, and all that was done was told.</summary>
    public bool IsIdle => unfinished == 0;

    /// <summary>How much is waiting to be done.</summary>
    public int Backlog => unfinished;

    /// <summary>Has something done on the thread, and something else after it by the loop. Neither may throw.</summary>
    public void Post(Action work, Action? done = null)
    {
        if (!hasThread)
        {
            work();
            done?.Invoke();
            return;
        }
        unfinished++;
        jobs.Enqueue((work, done));
        // A bell that finds the pipe full is one of many that were not heard yet.
        _ = Descriptors.Write(jobsEnd, Bell);
    }

    public override void OnReady(short seen)
    {
        while (Descriptors.Read(Descriptor, drained) > 0)
            continue;
        while (done.TryDequeue(out var finish))
        {
            unfinished--;
            finish();
        }
    }

    /// <summary>The thread ends once it has done what it was given, or with the process.</summary>
    public void Dispose() => Descriptors.Close(jobsEnd);

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
        var heard = new byte[64];
        while (Descriptors.Read(bell, heard) is var rung && (rung > 0 || Descriptors.IsNotYet(rung)))
            while (jobs.TryDequeue(out var job))
            {
                job.Work();
                done.Enqueue(job.Done ?? (static () => { }));
                _ = Descriptors.Write(doneBell, Bell);
            }
        Descriptors.Close(bell);
    }
}
