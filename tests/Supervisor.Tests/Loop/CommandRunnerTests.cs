namespace Supervisor.Tests.Loop;

/// <summary>Commands of the supervisor's own.</summary>
public sealed class CommandRunnerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly SpawnRequest Request = new() { Path = "/bin/sh", Argv = ["sh"], WorkingDir = "/" };

    private readonly MortalWorld world = new();
    private readonly Reaper reaper;
    private readonly CommandRunner runner;
    private readonly List<CommandEnd> ends = [];

    public CommandRunnerTests()
    {
        var clock = new LoopClock(world.Time);
        reaper = new(world, world.Deadlines, clock, _ => { });
        runner = new(world, reaper, world.Deadlines, clock);
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(3, null)]
    [InlineData(null, "SIGSEGV")]
    public void Its_end_is_told_once(int? code, string? signal)
    {
        var command = runner.Run(Request, Patience, ends.Add);
        Assert.Empty(ends);
        world.Newest.End(new ExitStatus(code, signal));
        reaper.Sweep();
        Assert.Equal([new(new ExitStatus(code, signal), null)], ends);
        Assert.True(command.IsOver);
        Pass(Patience);
        Assert.Single(ends);
        Assert.Null(world.Deadlines.Next);
    }

    [Fact]
    public void One_that_takes_too_long_is_killed_and_told_once()
    {
        runner.Run(Request, Patience, ends.Add);
        Pass(Patience - TimeSpan.FromMilliseconds(1));
        Assert.Empty(ends);
        Assert.False(world.Newest.WasKilled);
        Pass(TimeSpan.FromMilliseconds(1));
        Assert.True(world.Newest.WasKilled);
        Assert.True(Assert.Single(ends).IsLate);
        reaper.Sweep();
        Assert.Single(ends);
        Assert.True(world.Newest.IsReaped);
    }

    [Fact]
    public void One_without_a_time_limit_goes_on_until_its_owner_kills_it()
    {
        var command = runner.Run(Request, null, ends.Add);
        Pass(TimeSpan.FromDays(1));
        Assert.Empty(ends);
        runner.Kill(command);
        reaper.Sweep();
        Assert.Equal("SIGKILL", Assert.Single(ends).Status?.Signal);
        runner.Kill(command); // Its id may be another's by now.
    }

    [Fact]
    public void One_that_cannot_be_started_is_told_at_once()
    {
        world.Trouble = "/bin/sh: Resource temporarily unavailable";
        var command = runner.Run(Request, Patience, ends.Add, keepsOutput: true);
        Assert.Equal([new(null, world.Trouble)], ends);
        Assert.Equal((true, world.Trouble), (command.IsOver, command.Error));
        Pass(Patience);
        Assert.Single(ends);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("  one line\n", "one line")]
    [InlineData("two\nlines\r\nand three\n", "two; lines; and three")]
    [InlineData("\u001b[31mred", "\\u001b[31mred")]
    public void What_it_says_is_kept_on_one_printable_line_if_that_is_wanted(string said, string kept)
    {
        world.Saying = said;
        Assert.Equal("", End(keepsOutput: false));
        Assert.Equal(kept, End(keepsOutput: true));
    }

    [Fact]
    public void Of_what_it_says_only_so_much_is_kept()
    {
        world.Saying = new string('x', 10_000);
        var kept = End(keepsOutput: true);
        Assert.InRange(kept.Length, 900, 1001);
        Assert.StartsWith("xxx", kept, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_one_that_takes_too_long_it_is_known_what_it_said_so_far()
    {
        world.Saying = "waiting for the disk";
        runner.Run(Request, Patience, ends.Add, keepsOutput: true);
        Pass(Patience);
        Assert.Equal((true, "waiting for the disk"), (ends[0].IsLate, ends[0].Output));
    }

    /// <summary>As in an upgrade, in which the process stays the same, and so do its children.</summary>
    [Fact]
    public void What_is_under_way_keeps_its_time_limit_under_a_successor_and_what_is_none_of_ours_is_not_touched()
    {
        var over = runner.Run(Request, Patience, ends.Add);
        world.Newest.End(0);
        reaper.Sweep();
        Assert.Equal((true, ""), (over.IsOver, runner.Legacy));
        runner.Run(Request, null, ends.Add);
        var limited = runner.Run(Request, Patience, ends.Add).Pid;
        runner.Run(Request, null, ends.Add).Until = world.Now + (2 * Patience);
        var examiner = world.Newest;
        Assert.Equal($"{limited}:{(world.Now + Patience).Ticks},{examiner.Pid}:{(world.Now + (2 * Patience)).Ticks}", runner.Legacy);

        var clock = new LoopClock(world.Time);
        var (later, deadlines) = (new Reaper(world, new(), clock, _ => { }), new Deadlines());
        var successor = new CommandRunner(world, later, deadlines, clock);
        successor.Inherit($"{runner.Legacy},1:5,-1:5,999:5,x,3:,:,");
        Assert.Equal(runner.Legacy, successor.Legacy);
        world.Time.Advance(Patience);
        deadlines.Fire(world.Now);
        Assert.Equal([false, false, true, false], world.Children.Select(child => child.WasKilled));
        examiner.End(0);
        later.Sweep();
        Assert.Equal(("", (TimeSpan?)null), (successor.Legacy, deadlines.Next));
    }

    private string End(bool keepsOutput)
    {
        ends.Clear();
        runner.Run(Request, Patience, ends.Add, keepsOutput);
        world.Newest.End(0);
        reaper.Sweep();
        return Assert.Single(ends).Output;
    }

    private void Pass(TimeSpan time)
    {
        world.Time.Advance(time);
        world.Deadlines.Fire(world.Now);
    }
}
