namespace Supervisor.Tests.Polling;

/// <summary>The one wait of the process.</summary>
public sealed class PollerTests : IDisposable
{
    private readonly Poller poller = new();
    private readonly List<Ends> pipes = [];

    public void Dispose()
    {
        poller.Dispose();
        pipes.ForEach(pipe => pipe.Dispose());
    }

    [Fact]
    public void It_tells_of_what_is_ready_and_of_nothing_else()
    {
        var (ready, silent) = (Watch(), Watch());
        ready.Ends.Write();
        poller.Wait(TimeSpan.Zero);
        Assert.Equal((1, 0), (ready.Told, silent.Told));
    }

    [Fact]
    public void What_is_not_heard_out_is_told_again()
    {
        var one = Watch();
        one.Ends.Write();
        poller.Wait(TimeSpan.Zero);
        poller.Wait(null);
        Assert.Equal(2, one.Told);
    }

    [Fact]
    public void Nobody_is_told_once_it_is_forgotten()
    {
        var (one, other) = (Watch(), Watch());
        one.Ends.Write();
        other.Ends.Write();
        poller.Forget(one);
        poller.Forget(one);
        poller.Wait(TimeSpan.Zero);
        Assert.Equal((0, 1), (one.Told, other.Told));
        Assert.Equal(-1, one.Descriptor);
    }

    [Fact]
    public void Other_readiness_may_be_waited_for()
    {
        var one = Watch();
        one.Ends.Write();
        poller.Change(one, 0);
        poller.Wait(TimeSpan.Zero);
        Assert.Equal(0, one.Told);
        poller.Change(one, Descriptors.In);
        poller.Wait(TimeSpan.Zero);
        Assert.Equal(1, one.Told);
    }

    [Fact]
    public void The_end_of_the_other_side_is_told_even_to_those_who_wait_for_nothing()
    {
        var one = Watch();
        poller.Change(one, 0);
        one.Ends.CloseWriting();
        poller.Wait(TimeSpan.Zero);
        Assert.Equal(1, one.Told);
        Assert.NotEqual(0, one.Seen & Descriptors.Broken);
    }

    /// <summary>Whoever is first forgets the other, which was found ready with it, and has it wait for something else.</summary>
    [Fact]
    public void Who_was_registered_again_in_the_same_round_is_not_told_of_the_readiness_of_before()
    {
        var (first, second) = (Watch(), Watch());
        var silent = Pipe();
        first.Ends.Write();
        second.Ends.Write();
        first.Then = () =>
        {
            poller.Forget(second);
            poller.Watch(second, silent.Reading, Descriptors.In);
        };
        poller.Wait(TimeSpan.Zero);
        Assert.Equal((1, 0), (first.Told, second.Told));
        silent.Write();
        poller.Forget(first);
        poller.Wait(TimeSpan.Zero);
        Assert.Equal(1, second.Told);
    }

    /// <summary>A closed descriptor's number goes to the next one that is opened.</summary>
    [Fact]
    public void A_number_that_is_used_again_confuses_nobody()
    {
        var (first, second) = (Watch(), Watch());
        first.Ends.Write();
        second.Ends.Write();
        Listener? third = null;
        first.Then = () =>
        {
            poller.Forget(second);
            second.Ends.Dispose();
            third = Watch();
        };
        poller.Wait(TimeSpan.Zero);
        Assert.Equal((1, 0, 0), (first.Told, second.Told, third!.Told));
    }

    [Fact]
    public void Who_is_registered_twice_is_there_once()
    {
        var one = Watch();
        poller.Watch(one, one.Ends.Reading, Descriptors.In);
        one.Ends.Write();
        poller.Wait(TimeSpan.Zero);
        Assert.Equal(1, one.Told);
        poller.Forget(one);
        poller.Wait(TimeSpan.Zero);
        Assert.Equal(1, one.Told);
    }

    [Fact]
    public void There_may_be_more_than_there_was_room_for_and_any_of_them_may_go()
    {
        Listener[] all = [.. Enumerable.Range(0, 200).Select(_ => Watch())];
        foreach (var one in all.Where((_, number) => number % 3 == 0))
            poller.Forget(one);
        foreach (var one in all)
            one.Ends.Write();
        poller.Wait(TimeSpan.Zero);
        Assert.All(all.Index(), one => Assert.Equal(one.Index % 3 == 0 ? 0 : 1, one.Item.Told));
    }

    [Fact]
    public void In_the_steady_state_nothing_is_allocated()
    {
        var one = Watch();
        one.Ends.Write();
        poller.Wait(TimeSpan.Zero);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var turn = 0; turn < 1000; turn++)
            poller.Wait(TimeSpan.Zero);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1001, one.Told);
    }

    private Ends Pipe()
    {
        pipes.Add(new());
        return pipes[^1];
    }

    private Listener Watch()
    {
        var one = new Listener(Pipe());
        poller.Watch(one, one.Ends.Reading, Descriptors.In);
        return one;
    }

    private sealed class Listener(Ends ends) : Watcher
    {
        public Ends Ends => ends;

        public int Told { get; private set; }

        public short Seen { get; private set; }

        public Action? Then { get; set; }

        public override void OnReady(short seen)
        {
            Told++;
            Seen = seen;
            Then?.Invoke();
        }
    }

    private sealed class Ends : IDisposable
    {
        private int reading;
        private int writing;

        public Ends() => Assert.Equal(0, Descriptors.Pipe(out reading, out writing, blocks: false));

        public int Reading => reading;

        public int Writing => writing;

        public void Write() => Assert.Equal(1, Descriptors.Write(writing, "x"u8));

        public void CloseWriting() => Close(ref writing);

        public void Dispose()
        {
            Close(ref reading);
            Close(ref writing);
        }

        private static void Close(ref int end)
        {
            if (end >= 0)
                Descriptors.Close(end);
            end = -1;
        }
    }
}
