namespace Supervisor.Tests.Polling;

/// <summary>What costs as much for many as for one is done for many at once.</summary>
public sealed class BatchTests : IDisposable
{
    private readonly Turning turning = new();
    private readonly ManualResetEventSlim gate = new();
    private readonly Worker worker;

    public BatchTests() => worker = new("test", turning.Poller);

    public void Dispose()
    {
        gate.Set();
        worker.Dispose();
        turning.Dispose();
        gate.Dispose();
    }

    [Fact]
    public void What_comes_while_the_worker_is_at_it_is_done_next_all_at_once_and_each_hears_of_its_own()
    {
        var (rounds, told) = (new List<int>(), new List<(int, int)>());
        var batch = new Batch<int, int>(
            worker,
            all =>
            {
                gate.Wait();
                rounds.Add(all.Count);
                return [.. all.Select(one => one * one)];
            },
            (one, square) => told.Add((one, square)));
        for (var number = 1; number <= 1000; number++)
            batch.Add(number);
        gate.Set();
        turning.Until(() => told.Count == 1000);
        Assert.Equal([1, 999], rounds);
        Assert.All(told, one => Assert.Equal(one.Item1 * one.Item1, one.Item2));
        batch.Add(7);
        turning.Until(() => told.Count == 1001);
        Assert.Equal([1, 999, 1], rounds);
    }
}
