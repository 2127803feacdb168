using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Supervisor.Daemon.Polling;

namespace Supervisor.Daemon.Supervision;

/// <summary>
/// Runs commands of the supervisor's own, such as <c>alert_cmd</c> and <c>health_cmd</c>: children like any other, with a group of
/// their own, of which nothing depends but what their owner does when they end.
/// </summary>
internal sealed class CommandRunner(IProcessHost host, Reaper reaper, Deadlines deadlines, LoopClock clock)
{
    private const int LongestOutput = 1000;

    private readonly HashSet<Command> underWay = [];

    /// <summary>Those that are under way and have a time limit, for a successor: <c>PID:TICKS</c> each, on the machine's monotonic clock.</summary>
    public string Legacy => string.Join(',', underWay.Where(command => command.Until is not null).Select(command => $"{command.Pid}:{command.Until!.Value.Ticks}"));

    /// <summary>Takes over what a predecessor began in this very process: nobody waits for the outcome, but its time limit holds. A child cannot be anybody else.</summary>
    /// <param name="legacy">What <see cref="Legacy"/> said.</param>
    public void Inherit(string legacy)
    {
        foreach (var entry in legacy.Split(',', StringSplitOptions.RemoveEmptyEntries))
            if (entry.Split(':') is [var number, var ticks] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && pid > 1
                && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var until) && host.IsChild(pid))
                Begin(new(this, pid, null, _ => { }), TimeSpan.FromTicks(until));
    }

    /// <summary>Starts one.</summary>
    /// <param name="request">What to run.</param>
    /// <param name="patience">How long it may take before it is killed; null for as long as its owner lets it.</param>
    /// <param name="ended">Called once: when it has ended, when it took too long, or at once if it cannot be started.</param>
    /// <param name="keepsOutput">Whether what it says is of interest.</param>
    public Command Run(SpawnRequest request, TimeSpan? patience, Action<CommandEnd> ended, bool keepsOutput = false)
    {
        SafeFileHandle? output = null;
        var writing = -1;
        if (keepsOutput && Descriptors.Pipe(out var reading, out writing, blocks: false) == 0)
            (output, request) = (new(reading, ownsHandle: true), request with { OutputDescriptor = writing });
        var result = host.Spawn(request);
        if (writing >= 0)
            Descriptors.Close(writing);
        var command = new Command(this, result.Pid, output, ended);
        if (result.Error is { } error)
        {
            command.Error = error;
            Finish(command, new(null, error));
            return command;
        }
        Begin(command, clock.Now + patience);
        return command;
    }

    private void Begin(Command command, TimeSpan? until)
    {
        underWay.Add(command);
        command.Until = until;
        reaper.Watch(command.Pid, status => Finish(command, new(status, null)));
        deadlines.Set(command, until);
    }

    /// <summary>Kills one, if it is still there. Its end is told as usual.</summary>
    public void Kill(Command command)
    {
        if (!command.IsOver)
            reaper.Signal(command.Pid, null, "SIGKILL");
    }

    private void Finish(Command command, CommandEnd end)
    {
        if (command.IsOver)
            return;
        command.IsOver = true;
        underWay.Remove(command);
        deadlines.Set(command, null);
        command.Ended(end with { Output = Read(command.Output) });
    }

    /// <summary>What it said, on one line; the pipe holds it until somebody asks.</summary>
    private static string Read(SafeFileHandle? pipe)
    {
        if (pipe is null)
            return "";
        Span<byte> bytes = stackalloc byte[4 * LongestOutput];
        var read = Descriptors.Read((int)pipe.DangerousGetHandle(), bytes);
        pipe.Dispose();
        return Printable.Shorten(Printable.Escape(System.Text.Encoding.UTF8.GetString(bytes[..Math.Max(0, read)]).Trim().ReplaceLineEndings("; ")), LongestOutput);
    }

    /// <summary>One that was started. A supervisor that is forgotten, as simulated ones are, may leave some whose end nobody was told: their pipes close themselves.</summary>
    internal sealed class Command(CommandRunner runner, int pid, SafeFileHandle? output, Action<CommandEnd> ended) : Deadline
    {
        public int Pid => pid;

        public SafeFileHandle? Output => output;

        public Action<CommandEnd> Ended => ended;

        public bool IsOver { get; set; }

        /// <summary>When it is killed at the latest, by this runner or by its owner; null if nobody has said so.</summary>
        public TimeSpan? Until { get; set; }

        /// <summary>Why it could not be started; null if it was.</summary>
        public string? Error { get; set; }

        /// <summary>It took too long.</summary>
        public override void OnDue(TimeSpan now)
        {
            runner.Kill(this);
            runner.Finish(this, new(null, null));
        }
    }
}

/// <summary>How a command of the supervisor's own ended.</summary>
/// <param name="Status">By itself, or by a signal; null if it was not started, or took too long.</param>
/// <param name="Error">Why it could not be started; null if it was.</param>
internal readonly record struct CommandEnd(ExitStatus? Status, string? Error)
{
    /// <summary>What it said, on one line, if that was kept.</summary>
    public string Output { get; init; } = "";

    /// <summary>Whether it took too long.</summary>
    public bool IsLate => Status is null && Error is null;
}
