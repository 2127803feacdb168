using CsCheck;

namespace Supervisor.Tests.Polling;

/// <summary>The only timer there is.</summary>
public sealed class DeadlinesTests
{
    private readonly Deadlines deadlines = new();
    private readonly List<string> fired = [];

    [Fact]
    public void Each_fires_when_it_is_due_in_the_order_of_time_and_once()
    {
        Mark("c", 3);
        Mark("a", 1);
        Mark("b", 2);
        Assert.Equal(Seconds(1), deadlines.Next);
        deadlines.Fire(Seconds(2));
        Assert.Equal(["a", "b"], fired);
        Assert.Equal(Seconds(3), deadlines.Next);
        deadlines.Fire(Seconds(10));
        deadlines.Fire(Seconds(10));
        Assert.Equal(["a", "b", "c"], fired);
        Assert.Null(deadlines.Next);
    }

    [Fact]
    public void One_that_is_moved_fires_at_the_later_time_and_one_that_is_cancelled_never()
    {
        var (moved, advanced, cancelled) = (Mark("moved", 1), Mark("advanced", 9), Mark("cancelled", 1));
        deadlines.Set(moved, Seconds(5));
        deadlines.Set(advanced, Seconds(2));
        deadlines.Set(cancelled, null);
        Assert.Equal(Seconds(2), deadlines.Next);
        deadlines.Fire(Seconds(4));
        Assert.Equal(["advanced"], fired);
        deadlines.Fire(Seconds(5));
        deadlines.Fire(Seconds(9));
        Assert.Equal(["advanced", "moved"], fired);
    }

    [Fact]
    public void One_that_is_moved_and_moved_back_fires_once()
    {
        var one = new Marked("one", _ => fired.Add("one"));
        foreach (var second in new[] { 5, 7, 5, 9, 5 })
            deadlines.Set(one, Seconds(second));
        deadlines.Fire(Seconds(9));
        Assert.Equal(["one"], fired);
        Assert.Null(deadlines.Next);
    }

    [Fact]
    public void One_that_is_due_again_at_once_waits_until_all_others_were_heard()
    {
        var again = new Marked("again", one =>
        {
            fired.Add("again");
            deadlines.Set(one, Seconds(1));
        });
        deadlines.Set(again, Seconds(1));
        for (var other = 0; other < 3; other++)
            Mark("other", 1);
        deadlines.Fire(Seconds(1));
        Assert.Equal(["again", "other", "other", "other"], fired.Order());
        Assert.Equal(Seconds(1), deadlines.Next);
        deadlines.Fire(Seconds(1));
        Assert.Equal(2, fired.Count(name => name == "again"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(8)]
    public void One_that_another_puts_off_just_before_its_turn_is_put_off(int? until)
    {
        Marked? second = null;
        var first = new Marked("first", _ =>
        {
            fired.Add("first");
            deadlines.Set(second!, until is { } time ? Seconds(time) : null);
        });
        second = Mark("second", 2);
        deadlines.Set(first, Seconds(1));
        deadlines.Fire(Seconds(3));
        Assert.Equal(["first"], fired);
        deadlines.Fire(Seconds(8));
        Assert.Equal(until is null ? 1 : 2, fired.Count);
    }

    /// <summary>As when an answer that is due brings about what the loop does after every event.</summary>
    [Fact]
    public void To_fire_while_they_fire_adds_nothing()
    {
        var one = new Marked("one", _ =>
        {
            fired.Add("one");
            deadlines.Fire(Seconds(9));
        });
        deadlines.Set(one, Seconds(1));
        Mark("two", 1);
        Mark("three", 2);
        deadlines.Fire(Seconds(1));
        Assert.Equal(["one", "two"], fired.Order());
    }

    /// <summary>A client that asks a hundred thousand times has its time limit moved as often.</summary>
    [Fact]
    public void However_often_they_are_moved_nothing_is_allocated_once_there_is_room_for_all()
    {
        Marked[] all = [.. Enumerable.Range(0, 100).Select(number => Mark($"{number}", 1))];
        deadlines.Fire(Seconds(1));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 10_000; round++)
        {
            var one = all[round % all.Length];
            deadlines.Set(one, TimeSpan.FromMilliseconds((round * 7919) % 30_000));
            deadlines.Set(all[(round * 31) % all.Length], null);
            deadlines.Set(one, TimeSpan.FromMilliseconds(round + 30_000));
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Whatever_is_done_they_fire_as_a_plain_list_would() => Gen.Select(Gen.Int[0, 9], Gen.Int[-1, 20], Gen.Bool).Array[0, 200].Sample(steps =>
    {
        var (heap, heard, now) = (new Deadlines(), new List<int>(), 0);
        var due = new int?[10];
        Marked[] all = [.. Enumerable.Range(0, 10).Select(number => new Marked($"{number}", _ => heard.Add(number)))];
        foreach (var (number, time, fires) in steps)
        {
            due[number] = time < 0 ? null : time;
            heap.Set(all[number], due[number] is { } second ? Seconds(second) : null);
            Assert.Equal(due.Min() is { } first ? Seconds(first) : null, heap.Next);
            if (!fires)
                continue;
            heap.Fire(Seconds(now));
            int[] expected = [.. Enumerable.Range(0, 10).Where(one => due[one] <= now)];
            Assert.Equal(expected, heard.Order());
            foreach (var one in expected)
                due[one] = null;
            heard.Clear();
            now = (now + 3) % 20;
        }
    });

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    private Marked Mark(string name, int seconds)
    {
        var one = new Marked(name, _ => fired.Add(name));
        deadlines.Set(one, Seconds(seconds));
        return one;
    }

    private sealed class Marked(string name, Action<Marked> act) : Deadline
    {
        public override void OnDue(TimeSpan now) => act(this);

        public override string ToString() => name;
    }
}
