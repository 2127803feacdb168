using System.Globalization;
using Supervisor.Chaos;

namespace Supervisor.Tests.Chaos;

/// <summary>The chaos run believes this: what it must see, and what it must not take for a loss.</summary>
public sealed class LogAuditTests
{
    [Fact]
    public void All_lines_of_two_processes_are_found() =>
        Assert.Empty(Audit(Lines(1, 9) + Name(801) + Lines(10, 30) + Name(802) + Lines(1, 20), [], (801, 30), (802, 20)));

    [Fact]
    public void A_line_that_is_missing_is_seen() =>
        Assert.Contains("lacks lines 10 to 11", Assert.Single(Audit(Lines(1, 9) + Lines(12, 20), [])), StringComparison.Ordinal);

    [Fact]
    public void Lines_that_a_daemon_said_it_wrote_and_that_are_not_there_are_seen() =>
        Assert.Contains("has 20 lines of process 801, which wrote 21", Assert.Single(Audit(Name(801) + Lines(1, 20) + Name(802) + Lines(1, 5), [], (801, 21))), StringComparison.Ordinal);

    [Fact]
    public void A_full_disk_excuses_what_is_missing_at_its_place_and_nothing_else()
    {
        var text = Lines(1, 9) + Lines(12, 20) + Lines(23, 30);
        var place = Lines(1, 9).Length;
        Assert.Contains("lacks lines 21 to 22", Assert.Single(Audit(text, [(place, place)])), StringComparison.Ordinal);
    }

    /// <summary>Its name went into a page that the log had already; nothing else did.</summary>
    [Fact]
    public void A_process_whose_lines_were_all_lost_to_a_full_disk_is_not_taken_for_its_successor()
    {
        var before = Name(801) + Lines(1, 200);
        Assert.Empty(Audit(before + Name(802) + Lines(1, 52), [(before.Length, before.Length + Name(802).Length)], (802, 76)));
    }

    /// <summary>The same without a full disk at that place.</summary>
    [Fact]
    public void A_process_whose_lines_are_gone_without_a_full_disk_is_missed()
    {
        var before = Name(801) + Lines(1, 200);
        Assert.Contains("has 52 lines of process 802, which wrote 76", Assert.Single(Audit(before + Name(802) + Lines(1, 52), [(0, 10)], (802, 76))), StringComparison.Ordinal);
    }

    /// <summary>It said something else after its last line, and only then the disk was full.</summary>
    [Fact]
    public void Other_words_after_the_last_line_do_not_hide_that_the_disk_was_full()
    {
        var before = Name(801) + Lines(1, 20) + "daemon-13: SIGTERM ignored\n";
        Assert.Empty(Audit(before + Name(802) + Lines(1, 5), [(before.Length, before.Length)], (801, 40)));
    }

    /// <summary>It died while the disk was full; its successor had written more than it by the time that there was room again, and nothing tells where one begins.</summary>
    [Fact]
    public void A_successor_whose_first_lines_were_lost_to_a_full_disk_is_not_taken_for_the_process_before()
    {
        var before = Name(801) + Lines(1, 40);
        Assert.Empty(Audit(before + Lines(60, 98) + Name(803) + Lines(1, 5), [(before.Length, before.Length)], (801, 164)));
    }

    /// <summary>What it wrote after the full disk is compared, too; but not where that may be a successor's.</summary>
    [Theory]
    [InlineData(98, "counts compared with the daemon's own")]
    [InlineData(200, "counts that cannot be compared, for the disk was full")]
    public void A_process_may_outlive_a_full_disk(int written, string counted)
    {
        var before = Name(801) + Lines(1, 40);
        var findings = new Findings();
        new LogAudit("daemon-13", before + Lines(60, 98), [(before.Length, before.Length)], findings).Check([new("daemon-13", 801, written)]);
        Assert.Empty(findings.Violations);
        Assert.Contains((counted, 1), findings.Counted("lines"));
    }

    private static IReadOnlyCollection<string> Audit(string text, IReadOnlyList<(long, long)> fullDisks, params (int Pid, int Lines)[] words)
    {
        var findings = new Findings();
        new LogAudit("daemon-13", text, fullDisks, findings).Check(words.Select(word => new Witness("daemon-13", word.Pid, word.Lines)));
        return findings.Violations;
    }

    private static string Lines(int first, int last) =>
        string.Concat(Enumerable.Range(first, last - first + 1).Select(number => string.Create(CultureInfo.InvariantCulture, $"daemon-13 {number:D9}\n")));

    private static string Name(int pid) => $"daemon-13: listening on 127.0.0.1:12345 (pid {pid})\n";
}
