using System.Diagnostics;
using CsCheck;

namespace Supervisor.Tests.Fuzzing;

/// <summary>How many inputs are tried, and what one of them may cost. docs/internals/fuzzing.md says how to try many more.</summary>
internal static class Fuzz
{
    /// <summary>Far above what any input takes, and far below what anybody would call a hang.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    private static readonly int Factor = int.TryParse(Environment.GetEnvironmentVariable("FUZZ"), out var factor) ? factor : 1;

    /// <summary>The number of inputs to try, given that of a normal run.</summary>
    public static long Inputs(int normal) => (long)normal * Factor;

    /// <summary>Does something with an input of so many bytes, which must take neither long nor much memory.</summary>
    public static void Bounded(int bytes, long perByte, long perInput, Action act)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var elapsed = Time(act);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, perInput + bytes * perByte);
        // On a machine that has other things to do, it may have been held up: what is slow in itself is slow again.
        Assert.InRange(elapsed <= Longest ? elapsed : Time(act), TimeSpan.Zero, Longest);
    }

    private static TimeSpan Time(Action act)
    {
        var start = Stopwatch.GetTimestamp();
        act();
        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Valid text, damaged in a few places by what means something to its reader.</summary>
    public static Gen<byte[]> Damaged(byte[] valid, Gen<byte[]> token) =>
        Edit(token).Array[1, 5].Select(edits => edits.Aggregate(valid, (text, edit) => edit(text)));

    private static Gen<Func<byte[], byte[]>> Edit(Gen<byte[]> token) =>
        Gen.Select(Gen.Double[0, 1], Gen.Frequency((4, Gen.Int[0, 3]), (1, Gen.Int[0, 40])), token, (place, cut, insert) => (Func<byte[], byte[]>)(text =>
        {
            var start = (int)(place * text.Length);
            return [.. text[..start], .. insert, .. text[Math.Min(text.Length, start + cut)..]];
        }));
}
