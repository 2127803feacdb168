using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Supervisor.Chaos;

/// <summary>
/// Whether a log has every line that was written: in each run of a process the numbers go from 1 without a gap. A line
/// is missing for a good reason only where the disk was full: all that lies before the size that the log had then was
/// written earlier, all that lies behind the size that it had afterwards was written later, so a gap at a place between
/// the two (both ends included) may be of that time, and no other may.
/// </summary>
internal sealed partial class LogAudit(Run run, Target target)
{
    // One character a byte, so that places in the text are places in the file. What a dying daemon says of itself may
    // stand in the middle of a line, and what a full disk cut short may stand before one; so lines are found anywhere.
    private readonly string text = File.Exists(run.Workspace.LogOf(target.Name)) ? File.ReadAllText(run.Workspace.LogOf(target.Name), Encoding.Latin1) : "";
    private readonly List<ProcessRun> processes = [];
    private int end;
    private int pid;

    /// <summary>Looks at all lines.</summary>
    public void Check()
    {
        foreach (Match match in Event().Matches(text))
            Take(match);
        foreach (var witness in run.Witnesses.Where(witness => witness.Service == target.Name))
            Check(witness);
        run.Findings.Expect(processes.Count > 0, $"the log of {target.Name} has no line");
    }

    private void Take(Match match)
    {
        if (match.Groups["pid"] is { Success: true } found)
            pid = Number(found.Value);
        else if (match.Groups["name"].Value == target.Name)
            Take(Number(match.Groups["number"].Value), match.Index, match.Index + match.Length);
    }

    private void Take(int number, int from, int to)
    {
        if (processes.Count == 0 || number <= processes[^1].Last)
            processes.Add(new());
        var process = processes[^1];
        if (number != process.Last + 1)
            Miss(process.Last + 1, number - 1, from);
        // A daemon that names itself may do so just before its first line, or just after.
        process.Pids.Add(pid);
        (process.Last, process.End, end, pid) = (number, to, to, 0);
        run.Findings.Count("lines", "written and found");
    }

    private void Miss(int first, int last, int place)
    {
        if (IsOfFullDisk(end, place))
            run.Findings.Count("lines", "lost to a full disk", last - first + 1);
        else
            run.Findings.Violated($"{target.Name}.log lacks lines {first} to {last} before byte {place}: …{text[Math.Max(0, place - 80)..Math.Min(text.Length, place + 30)]}…");
    }

    /// <summary>What a daemon said it had written must be there.</summary>
    private void Check(Witness witness)
    {
        // Ids come round again in minutes, so a later process may have had the same.
        var process = processes.Where(process => process.Pids.Contains(witness.Pid)).MaxBy(process => process.Last);
        if (process is null)
            run.Findings.Expect(run.FullDisks.Count > 0, $"{target.Name}.log does not mention process {witness.Pid}");
        else if (process.Last < witness.Lines)
            run.Findings.Expect(IsOfFullDisk(process.End, process.End), $"{target.Name}.log has {process.Last} lines of process {witness.Pid}, which wrote {witness.Lines}");
        run.Findings.Count("lines", "counts compared with the daemon's own");
    }

    private bool IsOfFullDisk(int from, int to) =>
        run.FullDisks.Exists(disk => disk.Before[target.Name] <= to && from <= disk.After[target.Name]);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?<name>(?:daemon|script)-\d+) (?<number>\d{9})\n|listening on [0-9.:]+ \(pid (?<pid>\d+)\)")]
    private static partial Regex Event();

    /// <summary>The lines of one process.</summary>
    private sealed class ProcessRun
    {
        public int Last { get; set; }

        public int End { get; set; }

        public HashSet<int> Pids { get; } = [];
    }
}
