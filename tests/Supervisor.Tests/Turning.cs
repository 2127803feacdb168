using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;

namespace Supervisor.Tests;

/// <summary>
/// A loop that a test turns itself, as the supervisor turns its own. Its time passes when the test says so, unless it is given a clock that
/// goes by itself.
/// </summary>
internal sealed class Turning(TimeProvider? clock = null) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(10);

    public Poller Poller { get; } = new();

    public Deadlines Deadlines { get; } = new();

    public TimeProvider Time { get; } = clock ?? NewClock();

    public TimeSpan Now => Deadlines.NowOn(Time);

    /// <summary>A clock that goes when it is told to. It has not gone for long, as that of a machine, for whose times a double is exact.</summary>
    public static FakeTimeProvider NewClock() => new(DateTimeOffset.MinValue.AddDays(1));

    /// <summary>What the loop has allocated so far, and nobody else.</summary>
    public long Allocated { get; private set; }

    /// <summary>Takes one turn, with what there is.</summary>
    public void Turn() => Turn(TimeSpan.Zero);

    /// <summary>Takes turns until something is so, which must be soon: others bring it about, or the kernel does.</summary>
    public void Until(Func<bool> isSo)
    {
        for (var start = Stopwatch.GetTimestamp(); !isSo(); Turn(Glance))
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, "it does not come about");
    }

    /// <summary>Lets time pass, and takes the turn that is due then.</summary>
    public void Pass(TimeSpan time)
    {
        ((FakeTimeProvider)Time).Advance(time);
        Turn();
    }

    public void Dispose() => Poller.Dispose();

    private void Turn(TimeSpan patience)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Poller.Wait(patience);
        Deadlines.Fire(Now);
        Allocated += GC.GetAllocatedBytesForCurrentThread() - before;
    }
}

/// <summary>Tests that run one after the other, for what a loop reads into is the process's: there is one loop in a supervisor.</summary>
[CollectionDefinition(nameof(OneLoop))]
public sealed class OneLoop;
