namespace Supervisor.Tests.Logs;

/// <summary>Who follows a log gets every byte once, in order, whatever happens to it between two looks at it.</summary>
public sealed class LogCursorTests
{
    private const string Compress = "compress";
    private static readonly string[] s_events =
        ["rotate 1", "rotate 2", "rotate 5", "step 1", "step 2", "step 3", "step 4", "step 5", "step 6", "step 9", "restart", Compress];

    public static TheoryData<string, string> OnEach => new(from kind in (string[])["ext4", "tmpfs"] from what in s_events select (kind, what));

    /// <summary>One thing happens, at each look in turn, and is completed a few looks later.</summary>
    [Theory]
    [MemberData(nameof(OnEach))]
    public void Nothing_is_lost_doubled_or_torn_whatever_happens_before_any_look(string kind, string what)
    {
        using var volume = Volume.Of(kind);
        for (var (at, looks) = (1, 1); at <= looks; at++)
            looks = Follow(volume, $"{at}", isShownBefore: what == Compress, (log, look) =>
            {
                if (look == at)
                    Do(log, what);
                else if (look == at + 3)
                    log.Settle();
            });
    }

    /// <summary>Anything happens, at any time.</summary>
    [Theory]
    [InlineData("ext4")]
    [InlineData("tmpfs")]
    public void Nothing_is_lost_doubled_or_torn_whatever_happens_when(string kind)
    {
        using var volume = Volume.Of(kind);
        for (var seed = 0; seed < 25; seed++)
        {
            var random = new Random(seed);
            var events = s_events.SkipLast(seed % 2).ToList();
            Follow(volume, $"seed-{seed}", isShownBefore: events.Contains(Compress), (log, look) =>
            {
                if (look < 100 && random.Next(4) == 0)
                    Do(log, events[random.Next(events.Count)]);
            });
        }
    }

    /// <summary>Reads a log while that happens to it, and gives the number of looks that it took.</summary>
    private static int Follow(Volume volume, string name, bool isShownBefore, Action<SteppedRotation, int> looking)
    {
        var path = Path.Combine(Path.GetDirectoryName(volume.Log)!, $"{name}.log");
        using var log = new SteppedRotation(path, new(4096, 1000));
        using var shown = new MemoryStream();
        var (looks, isCounted) = (0, !isShownBefore);
        var cursor = new LogCursor(path, () =>
        {
            if (isCounted)
                looking(log, ++looks);
        });
        log.Write(500);
        cursor.ShowLast(long.MaxValue / 2, DateTime.MinValue, shown.Write);
        isCounted = true;
        for (var round = 0; round < 3; round++)
        {
            log.Write(200);
            _ = cursor.ReadNews(shown.Write);
        }
        isCounted = false;
        log.Settle();
        while (cursor.ReadNews(shown.Write))
            continue;
        Assert.True(log.Written.ToArray().AsSpan().SequenceEqual(shown.ToArray()), Difference(name, looks, log.Written, shown));
        return looks;
    }

    private static void Do(SteppedRotation log, string what)
    {
        var number = what.Split(' ') is [_, var last] ? int.Parse(last) : 0;
        if (what == Compress)
            log.Compress();
        else if (what == "restart")
            log.Restart();
        else if (what.StartsWith("rotate", StringComparison.Ordinal))
            log.Rotate(number);
        else
            log.Step(number);
    }

    private static string Difference(string name, int looks, MemoryStream expected, MemoryStream actual)
    {
        var (left, right) = (System.Text.Encoding.ASCII.GetString(expected.ToArray()), System.Text.Encoding.ASCII.GetString(actual.ToArray()));
        var same = left.AsSpan().CommonPrefixLength(right);
        return $"{name}, {looks} looks: after {same} bytes: {left[same..Math.Min(left.Length, same + 30)]} was due, not {right[same..Math.Min(right.Length, same + 30)]}";
    }
}
