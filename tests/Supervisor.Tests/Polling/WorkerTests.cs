namespace Supervisor.Tests.Polling;

/// <summary>What may block is done elsewhere, and the loop is told.</summary>
public sealed class WorkerTests : IDisposable
{
    private readonly Turning turning = new();
    private readonly ManualResetEventSlim gate = new();
    private readonly Worker worker;

    public WorkerTests() => worker = new("test", turning.Poller, turning.Deadlines, turning.Time);

    public void Dispose()
    {
        gate.Set();
        worker.Dispose();
        turning.Dispose();
        gate.Dispose();
    }

    [Fact]
    public void Work_is_done_in_order_on_a_thread_of_its_own_and_its_end_is_told_by_the_loop()
    {
        var (worked, told) = (new List<int>(), new List<int>());
        var (workers, tellers) = (new HashSet<int>(), new HashSet<int>());
        for (var number = 0; number < 1000; number++)
        {
            var one = number;
            worker.Post(
                () =>
                {
                    worked.Add(one);
                    workers.Add(Environment.CurrentManagedThreadId);
                },
                () =>
                {
                    told.Add(one);
                    tellers.Add(Environment.CurrentManagedThreadId);
                });
        }
        Assert.Empty(told);
        turning.Until(() => worker.IsIdle);
        Assert.Equal(Enumerable.Range(0, 1000), worked);
        Assert.Equal(Enumerable.Range(0, 1000), told);
        Assert.Equal([Environment.CurrentManagedThreadId], tellers);
        Assert.DoesNotContain(Environment.CurrentManagedThreadId, workers);
        Assert.Single(workers);
    }

    /// <summary>What costs as much for many as for one is done for many at once.</summary>
    [Fact]
    public void What_comes_while_the_worker_is_at_it_is_done_next_all_at_once_and_each_hears_of_its_own()
    {
        var (rounds, told) = (new List<int>(), new List<(int, int)>());
        var batch = new Batch<int, int>(
            worker,
            all =>
            {
                rounds.Add(all.Count);
                return [.. all.Select(one => one * one)];
            },
            (one, square) => told.Add((one, square)));
        for (var number = 1; number <= 1000; number++)
            batch.Add(number);
        turning.Until(() => told.Count == 1000);
        Assert.Equal([1, 999], rounds);
        Assert.All(told, one => Assert.Equal(one.Item1 * one.Item1, one.Item2));
        batch.Add(7);
        turning.Until(() => told.Count == 1001);
        Assert.Equal([1, 999, 1], rounds);
    }

    [Fact]
    public void It_is_idle_only_when_all_was_told()
    {
        worker.Post(gate.Wait);
        worker.Post(static () => { });
        Assert.Equal((false, 2), (worker.IsIdle, worker.Backlog));
        turning.Turn();
        Assert.False(worker.IsIdle);
        gate.Set();
        turning.Until(() => worker.IsIdle);
        Assert.Equal(0, worker.Backlog);
    }

    [Fact]
    public void What_is_told_may_bring_more_work_along()
    {
        var rounds = 0;
        Again();
        turning.Until(() => worker.IsIdle);
        Assert.Equal(100, rounds);

        void Again()
        {
            if (rounds++ < 99)
                worker.Post(static () => { }, Again);
        }
    }

    [Fact]
    public void What_is_posted_at_leisure_is_done_some_time_later()
    {
        var done = 0;
        worker.PostAtLeisure(() => done++);
        turning.Pass(Worker.Leisure / 2);
        worker.PostAtLeisure(() => done++);
        turning.Turn();
        Assert.Equal(turning.Now + (Worker.Leisure / 2), turning.Deadlines.Next);
        Assert.Equal((0, 2), (done, worker.Backlog));
        turning.Pass(Worker.Leisure / 2);
        turning.Until(() => worker.IsIdle);
        Assert.Equal(2, done);
        Assert.Null(turning.Deadlines.Next);
    }

    [Fact]
    public void What_is_urgent_takes_along_what_was_posted_at_leisure_before_it()
    {
        var done = new List<string>();
        worker.PostAtLeisure(() => done.Add("at leisure"));
        worker.Post(() => done.Add("urgent"));
        turning.Until(() => worker.IsIdle);
        Assert.Equal(["at leisure", "urgent"], done);
        Assert.Null(turning.Deadlines.Next);
    }

    /// <summary>More than the pipe by which it is woken holds.</summary>
    [Fact]
    public void A_hundred_thousand_things_at_once_are_all_done()
    {
        var done = 0;
        worker.Post(gate.Wait);
        for (var number = 0; number < 100_000; number++)
            worker.Post(() => done++);
        gate.Set();
        turning.Until(() => worker.IsIdle);
        Assert.Equal(100_000, done);
    }

    [Fact]
    public void What_it_was_given_before_the_end_is_done()
    {
        using var done = new ManualResetEventSlim();
        worker.Post(gate.Wait);
        worker.Post(done.Set);
        worker.Dispose();
        Assert.False(done.IsSet);
        gate.Set();
        Assert.True(done.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void What_is_closed_twice_closes_nothing_that_was_opened_since()
    {
        worker.Dispose();
        var others = Enumerable.Range(0, 100).Select(_ => File.OpenHandle("/dev/zero")).ToList();
        worker.Dispose();
        Assert.All(others, other => Assert.Equal(1, RandomAccess.Read(other, new byte[1], 0)));
        others.ForEach(other => other.Dispose());
    }

    [Fact]
    public void An_outbox_keeps_the_order()
    {
        var put = new List<int>();
        var outbox = new Outbox<int>(worker, put.Add);
        for (var number = 0; number < 1000; number++)
            outbox.Add(number);
        worker.Hurry();
        turning.Until(() => worker.IsIdle);
        Assert.Equal(Enumerable.Range(0, 1000), put);
        Assert.Equal(0, outbox.TakeDropped());
    }

    [Fact]
    public void A_full_outbox_drops_what_is_oldest_and_counts_it()
    {
        var put = new List<int>();
        using var begun = new ManualResetEventSlim();
        var outbox = new Outbox<int>(worker, put.Add);
        worker.Post(() =>
        {
            begun.Set();
            gate.Wait();
        });
        turning.Turn();
        begun.Wait(TestContext.Current.CancellationToken);
        for (var number = 0; number < 5000; number++)
            outbox.Add(number);
        Assert.Equal(2, worker.Backlog);
        worker.Hurry();
        gate.Set();
        turning.Until(() => worker.IsIdle);
        Assert.Equal(Enumerable.Range(5000 - 4096, 4096), put);
        Assert.Equal((5000 - 4096, 0), (outbox.TakeDropped(), outbox.TakeDropped()));
    }

    /// <summary>However much is told while it is written, the end comes: no more is ever waited for than fits.</summary>
    [Fact]
    public void Under_a_steady_stream_the_backlog_is_bounded_and_the_end_is_reached()
    {
        var (put, added) = (0, 0);
        var outbox = new Outbox<int>(worker, _ => Interlocked.Increment(ref put));
        for (; added < 200_000; added++)
        {
            outbox.Add(added);
            Assert.InRange(worker.Backlog, 0, 2);
            if (added % 100 != 0)
                continue;
            worker.Hurry();
            turning.Turn();
        }
        worker.Hurry();
        turning.Until(() => worker.IsIdle);
        Assert.Equal(added, put + outbox.TakeDropped());
    }
}
