using System.Globalization;
using System.Text.RegularExpressions;

namespace Supervisor.Chaos;

/// <summary>
/// Whether a log has every line that was written: in each run of a process the numbers go from 1 without a gap. A line
/// is missing for a good reason only where the disk was full: all that lies before the size that the log had then was
/// written earlier, all that lies behind the size that it had afterwards was written later, so a gap at a place between
/// the two (both ends included) may be of that time, and no other may.
/// </summary>
/// <param name="service">Whose log it is.</param>
/// <param name="text">
/// What is in it, one character a byte, so that places in the text are places in the file. What a dying daemon says of
/// itself may stand in the middle of a line, and what a full disk cut short may stand before one; so lines are found anywhere.
/// </param>
/// <param name="fullDisks">The sizes that the log had before and after each.</param>
/// <param name="findings">Told of what is missing.</param>
internal sealed partial class LogAudit(string service, string text, IReadOnlyList<(long Before, long After)> fullDisks, Findings findings)
{
    private readonly List<ProcessRun> processes = [];
    private readonly HashSet<int> doubtful = [];
    private int end;
    private Match? introduction;

    /// <summary>Looks at all lines, and whether what daemons said they had written is there.</summary>
    public void Check(IEnumerable<Witness> witnesses)
    {
        foreach (Match match in Event().Matches(text))
            Take(match);
        foreach (var witness in witnesses.Where(witness => witness.Service == service))
            Check(witness);
        findings.Expect(processes.Count > 0, $"the log of {service} has no line");
    }

    private void Take(Match match)
    {
        if (match.Groups["pid"].Success)
            introduction = match;
        else if (match.Groups["name"].Value == service)
            Take(Number(match.Groups["number"].Value), match.Index, match.Index + match.Length);
    }

    private void Take(int number, int from, int to)
    {
        if (processes.Count == 0 || number <= processes[^1].Last)
            Begin(from);
        if (number != processes[^1].Last + 1)
            Miss(processes[^1].Last + 1, number - 1, from);
        var process = processes[^1];
        if (introduction is not null)
            Introduce(process, Number(introduction.Groups["pid"].Value), introduction.Index + introduction.Length, from);
        (process.Last, process.End, process.Next, end, introduction) = (number, to, text.Length, to, null);
        findings.Count("lines", "written and found");
    }

    private void Begin(int place)
    {
        if (processes.Count > 0)
            processes[^1].Next = place;
        processes.Add(new());
    }

    /// <summary>
    /// A daemon that names itself may do so just before its first line, or just after. But if the disk was full between
    /// its name and the next line, that line may be its successor's, and all that it wrote itself may be lost.
    /// </summary>
    private void Introduce(ProcessRun process, int pid, int from, int to)
    {
        process.Pids.Add(pid);
        if (IsOfFullDisk(from, to))
            doubtful.Add(pid);
    }

    /// <summary>If the disk was full, the process may have died meanwhile, and this be its successor, whose lines begin as its own would go on.</summary>
    private void Miss(int first, int last, int place)
    {
        if (IsOfFullDisk(end, place))
        {
            findings.Count("lines", "lost to a full disk", last - first + 1);
            var before = processes[^1];
            Begin(place);
            before.Continuation = processes[^1];
        }
        else
            findings.Violated($"{service}.log lacks lines {first} to {last} before byte {place}: …{text[Math.Max(0, place - 80)..Math.Min(text.Length, place + 30)]}…");
    }

    /// <summary>What a daemon said it had written must be there.</summary>
    private void Check(Witness witness)
    {
        // Ids come round again in minutes, so a later process may have had the same.
        var process = processes.Where(process => process.Pids.Contains(witness.Pid)).MaxBy(process => process.Last);
        var isCompared = process?.LastOfAll >= witness.Lines;
        if (process is null)
            findings.Expect(fullDisks.Count > 0, $"{service}.log does not mention process {witness.Pid}");
        else if (!isCompared)
            findings.Expect(
                doubtful.Contains(witness.Pid) || process.Continuation is not null || IsOfFullDisk(process.End, process.Next),
                $"{service}.log has {process.Last} lines of process {witness.Pid}, which wrote {witness.Lines}");
        findings.Count("lines", isCompared ? "counts compared with the daemon's own" : "counts that cannot be compared, for the disk was full");
    }

    private bool IsOfFullDisk(int from, int to) => fullDisks.Any(disk => disk.Before <= to && from <= disk.After);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?<name>(?:daemon|script|bystander|wrapped|piped|master)-\d+) (?<number>\d{9})\n|listening on [0-9.:]+ \(pid (?<pid>\d+)\)")]
    private static partial Regex Event();

    /// <summary>The lines of one process.</summary>
    private sealed class ProcessRun
    {
        public int Last { get; set; }

        public int End { get; set; }

        /// <summary>Where the next process's lines begin.</summary>
        public int Next { get; set; }

        public HashSet<int> Pids { get; } = [];

        /// <summary>What follows after a full disk: its own lines, or a successor's whose name was lost.</summary>
        public ProcessRun? Continuation { get; set; }

        /// <summary>The last of its lines, if those after a full disk are its own as far as they bear no other's name.</summary>
        public int LastOfAll => Continuation is { Pids.Count: 0 } more ? Math.Max(Last, more.LastOfAll) : Last;
    }
}
