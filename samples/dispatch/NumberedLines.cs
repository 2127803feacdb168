using System.Diagnostics;

namespace Dispatch;

/// <summary>Writes <c>NAME 000000001</c>, <c>NAME 000000002</c>, … so that a reader can tell whether one is missing.</summary>
internal sealed class NumberedLines(string name)
{
    /// <summary>As many as no test will wait for.</summary>
    public const int Endless = int.MaxValue;

    private int _written;
    private Thread? _writer;

    /// <summary>The number of the last line; it goes on where the last order stopped.</summary>
    public int Written => Volatile.Read(ref _written);

    /// <param name="rate">Lines a second; 0 for as fast as it can.</param>
    /// <param name="count">How many lines.</param>
    /// <returns>False while an earlier order is still being carried out.</returns>
    public bool TryBegin(int rate, int count)
    {
        if (_writer is { IsAlive: true })
            return false;

        _writer = new Thread(() => Write(rate, count)) { IsBackground = true };
        _writer.Start();
        return true;
    }

    private void Write(int rate, int count)
    {
        var clock = Stopwatch.StartNew();
        for (var line = 0; line < count; line++)
        {
            if (rate > 0)
                SleepUntil(TimeSpan.FromSeconds((double)line / rate), clock);
            Output.Line($"{name} {_written + 1:D9}");
            Volatile.Write(ref _written, _written + 1);
        }
    }

    // Each line has its own time since the beginning: a sleep that took too long does not lower the rate.
    private static void SleepUntil(TimeSpan due, Stopwatch clock)
    {
        var early = due - clock.Elapsed;
        if (early > TimeSpan.Zero)
            Thread.Sleep(early);
    }
}
