namespace Supervisor.Tests.Loop;

/// <summary>What is left of a process: who it is, what it is sent, and that it is waited for.</summary>
public sealed class ReaperTests
{
    private const int Leader = 2;
    private static readonly TimeSpan? Half = TimeSpan.FromMilliseconds(500);

    /// <summary>As on macOS: it is looked for among all processes.</summary>
    [Fact]
    public void Where_orphans_do_not_come_home_what_a_leader_left_is_found_signalled_and_waited_for()
    {
        var world = new ForeignWorld();
        var (left, gone) = (0, 0);
        var reaper = ReaperIn(world);
        reaper.Watch(Leader, "a", _ => gone++, _ => left++);
        world.HasEnded = true;
        reaper.Sweep();
        Assert.Equal((1, 0), (left, gone));
        reaper.Signal(Leader, "a", "SIGTERM");
        Assert.Equal([(-Leader, "SIGTERM"), (-Leader, "SIGCONT")], world.Killed);
        world.Living = [];
        reaper.Sweep();
        Assert.Equal((1, 1), (left, gone));
    }

    /// <summary>A look at all processes for each of a thousand services would hold up the loop for half a minute.</summary>
    [Fact]
    public void A_thousand_adopted_services_are_stopped_and_named_with_one_look_at_all_processes()
    {
        var world = new CrowdedWorld();
        var reaper = ReaperIn(world);
        var services = Enumerable.Range(1, 1000).Select(number => (Pid: 10 * number, Name: $"s{number}")).ToList();
        world.Living = [.. services.Select(one => new ProcessEntry(one.Pid, one.Pid, one.Pid, "0", "leader")), .. services.Select(one => new ProcessEntry(one.Pid + 1, one.Pid, one.Pid, "0", "worker"))];
        reaper.Adopt([.. services.Select(one => new Adoption(one.Pid, "0", "0", one.Name, 1, null, _ => { }, _ => { }))]);

        foreach (var (pid, name) in services)
            reaper.Signal(pid, name, "SIGTERM");
        Assert.Equal((2000, 0), (world.Killed, world.Looks)); // Each is continued as well.

        // The leaders end, the workers do not.
        world.Living = [.. world.Living.Where(process => process.Name == "worker")];
        world.Ended = new(services.Select(one => one.Pid));
        reaper.Sweep();
        Assert.Equal(1, world.Looks);
        foreach (var (pid, name) in services)
        {
            Assert.Equal([$"worker (pid {pid + 1})"], reaper.MembersOf(pid, name));
            reaper.Signal(pid, name, "SIGKILL");
        }
        Assert.Equal((3000, 1), (world.Killed, world.Looks));
    }

    /// <summary>What was not seen for want of descriptors is not taken for gone at a later look.</summary>
    [Fact]
    public void Who_could_not_be_seen_gets_the_signal_once_it_can()
    {
        var world = new CrowdedWorld { Living = [new(3, Leader, Leader, "0", "worker")] };
        var reaper = ReaperIn(world);
        reaper.Adopt([new(Leader, "0", "0", "a", 1, null, _ => { }, _ => { })]);
        world.IsBlind = true;
        reaper.Signal(Leader, "a", "SIGKILL");
        Assert.Equal(0, world.Killed);
        reaper.Sweep();
        reaper.Sweep();
        Assert.Equal(0, world.Killed);
        world.IsBlind = false;
        reaper.Sweep();
        Assert.Equal(1, world.Killed);
        world.Living = [];
        reaper.Sweep();
        Assert.Null(world.Deadlines.Next); // There is nothing more to look for.
    }

    [Fact]
    public void An_adopted_process_that_could_not_be_seen_is_looked_for_again_in_half_a_second()
    {
        var world = new CrowdedWorld { Living = [new(Leader, Leader, Leader, "0", "leader"), new(12, 12, 12, "0", "leader")] };
        var reaper = ReaperIn(world);
        reaper.Adopt([new(Leader, "0", "0", "a", 1, null, _ => { }, _ => { }), new(12, "0", "0", "b", 1, null, _ => { }, _ => { })]);
        world.IsBlind = true;
        reaper.Signal(Leader, "a", "SIGKILL");
        Assert.Equal((0, Half), (world.Killed, world.Deadlines.Next - world.Now));
        reaper.Sweep();
        Assert.Equal((0, Half), (world.Killed, world.Deadlines.Next - world.Now));
        world.IsBlind = false;
        reaper.Sweep();
        Assert.Equal((1, null), (world.Killed, world.Deadlines.Next)); // Its end will be told.
        world.IsBlind = true;
        reaper.Signal(12, "b", "SIGKILL");
        world.IsBlind = false;
        reaper.Sweep();
        Assert.Equal(2, world.Killed); // Each was sent once.
    }

    /// <summary>It bears a mark, and left the group of an adopted process.</summary>
    [Fact]
    public void A_stray_that_could_not_be_seen_for_a_while_is_waited_for_and_gets_the_signal_once_it_can()
    {
        var world = new CrowdedWorld { Living = [new(3, 3, 3, "0", "stray")], Strays = [new(3, "0", TimeSpan.Zero, 3, IsLeader: true, "a", 1)] };
        var reaper = ReaperIn(world);
        var gone = 0;
        reaper.Adopt([new(Leader, "0", "0", "a", 1, null, _ => gone++, _ => { })]);
        reaper.Sweep();
        world.IsBlind = true;
        reaper.Signal(Leader, "a", "SIGKILL");
        reaper.Sweep();
        Assert.Equal((0, 0), (world.Killed, gone));
        world.IsBlind = false;
        reaper.Sweep();
        Assert.Equal((1, 0), (world.Killed, gone));
        (world.Living, world.Strays) = ([], []);
        reaper.Sweep();
        Assert.Equal(1, gone);
    }

    [Fact]
    public void A_stray_that_alone_could_not_be_seen_is_owed_the_signal_that_its_group_has_had()
    {
        var world = new CrowdedWorld { Living = [new(3, 3, 3, "0", "stray"), new(4, Leader, Leader, "0", "member")], Strays = [new(3, "0", TimeSpan.Zero, 3, IsLeader: true, "a", 1)] };
        var reaper = ReaperIn(world);
        reaper.Adopt([new(Leader, "0", "0", "a", 1, null, _ => { }, _ => { })]);
        reaper.Sweep();
        world.Unseen = 3;
        reaper.Signal(Leader, "a", "SIGKILL");
        Assert.Equal(1, world.Killed);
        world.Unseen = null;
        reaper.Sweep();
        Assert.Equal(3, world.Killed); // The group once more, and the stray.
    }

    /// <summary>Its mark is gone, so it is known by its start time alone.</summary>
    [Fact]
    public void A_stray_that_could_not_be_seen_is_not_forgotten()
    {
        var world = new CrowdedWorld { Living = [new(3, 3, 3, "0", "stray")], Strays = [new(3, "0", TimeSpan.Zero, 3, IsLeader: true, "a", 1)] };
        var reaper = ReaperIn(world);
        var gone = 0;
        reaper.Adopt([new(Leader, "0", "0", "a", 1, null, _ => gone++, _ => { })]);
        reaper.Sweep();
        (world.Strays, world.Unseen) = ([], 3);
        reaper.Sweep();
        world.Unseen = null;
        reaper.Sweep();
        Assert.Equal(0, gone);
        world.Living = [];
        reaper.Sweep();
        Assert.Equal(1, gone);
    }

    [Fact]
    public void An_orphan_that_could_not_be_seen_is_looked_at_again_before_its_service_s_process_is_gone()
    {
        var world = new HomeWorld();
        var gone = 0;
        var reaper = ReaperIn(world, orphan => Assert.Fail($"{orphan} is the service's"));
        world.Born(new(Leader, Leader, Leader, "0", "leader"), "a");
        reaper.Watch(Leader, "a", _ => gone++, _ => { });
        world.Born(new(3, 3, 3, "0", "stray"), "a");
        world.End(Leader);
        world.IsBlind = true;
        reaper.Sweep();
        Assert.Equal((0, Half), (gone, world.Deadlines.Next - world.Now));
        world.IsBlind = false;
        reaper.Sweep();
        Assert.Equal((0, null), (gone, world.Deadlines.Next));
        world.End(3);
        reaper.Sweep();
        Assert.Equal(1, gone);
    }

    /// <summary>Of an adopted process that lives, that is when it ends.</summary>
    [Fact]
    public void Who_was_given_the_id_of_a_group_after_its_leader_had_ended_is_nobody_s_rest()
    {
        var world = new CrowdedWorld { Living = [new(Leader, Leader, Leader, "0", "leader"), new(3, Leader, Leader, "0", "member")] };
        var reaper = ReaperIn(world);
        var gone = 0;
        reaper.Adopt([new(Leader, "0", "0", "a", 1, null, _ => gone++, _ => { })]);
        (world.Present, world.Living, world.Ended) = ("5", [new(3, Leader, Leader, "0", "member")], new([Leader]));
        reaper.Sweep();
        Assert.Equal(0, gone);
        (world.Present, world.Living) = ("9", [new(4, Leader, Leader, "7", "stranger")]);
        reaper.Signal(Leader, "a", "SIGKILL");
        reaper.Sweep();
        Assert.Equal((0, 1), (world.Killed, gone));
    }

    /// <summary>Nobody tells of the end of what is no child: it is looked for, the more seldom the longer it takes.</summary>
    [Fact]
    public void Who_is_no_child_is_looked_for_every_20_to_500_ms()
    {
        var world = new CrowdedWorld { Living = [new(3, Leader, Leader, "0", "member"), new(13, 12, 12, "0", "member")] };
        var reaper = ReaperIn(world);
        reaper.Adopt([new(Leader, "0", "0", "a", 1, null, _ => { }, _ => { })]);
        foreach (var (passed, wait) in ((int, int)[])[(0, 20), (400, 100), (1600, 500), (4000, 500)])
        {
            world.Time.Advance(TimeSpan.FromMilliseconds(passed));
            reaper.Sweep();
            Assert.Equal(wait, (world.Deadlines.Next - world.Now)?.TotalMilliseconds);
        }
        reaper.Adopt([new(12, "0", "0", "b", 1, null, _ => { }, _ => { })]);
        reaper.Sweep();
        Assert.Equal(20, (world.Deadlines.Next - world.Now)?.TotalMilliseconds); // The youngest counts.
    }

    /// <summary>What was seen a moment ago will do for people; what is older will not.</summary>
    [Fact]
    public void Members_are_named_as_they_were_half_a_second_ago_at_most()
    {
        var world = new CrowdedWorld { Living = [new(3, Leader, Leader, "0", "member")] };
        var reaper = ReaperIn(world);
        reaper.Adopt([new(Leader, "0", "0", "a", 1, null, _ => { }, _ => { })]);
        reaper.Sweep();
        world.Living = [.. world.Living, new(4, Leader, Leader, "1", "newer")];
        world.Time.Advance(Half!.Value);
        Assert.Equal(["member (pid 3)"], reaper.MembersOf(Leader, "a"));
        world.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(["member (pid 3)", "newer (pid 4)"], reaper.MembersOf(Leader, "a"));
    }

    /// <summary>Whose parent has ended was seen with it while that was known; a look that saw nobody does not make a stranger of it.</summary>
    [Fact]
    public void What_was_proven_stays_so_though_a_look_in_between_saw_nobody()
    {
        var (parent, child) = (new ProcessEntry(3, Leader, Leader, "0", "parent"), new ProcessEntry(4, Leader, Leader, "9", "child"));
        var world = new CrowdedWorld { Living = [parent] };
        var reaper = ReaperIn(world);
        var gone = 0;
        reaper.Adopt([new(Leader, "0", "0", "a", 1, null, _ => gone++, _ => { })]);
        reaper.Sweep();
        world.Living = [parent, child];
        reaper.Sweep();
        world.IsBlind = true;
        reaper.Sweep();
        reaper.Signal(Leader, "a", "SIGTERM");
        (world.IsBlind, world.Living) = (false, [child]);
        reaper.Sweep();
        Assert.Equal((2, 0), (world.Killed, gone)); // It is continued as well.
        world.Living = [];
        reaper.Sweep();
        Assert.Equal(1, gone);
    }

    /// <summary>Orphans are children of ours, so each can be signalled by its id, and the group of one that leads it.</summary>
    [Fact]
    public void What_left_the_group_of_a_process_gets_its_signals_and_is_waited_for()
    {
        var world = new HomeWorld();
        var (left, gone) = (0, 0);
        var reaper = ReaperIn(world, orphan => Assert.Fail($"{orphan} is the service's"));
        world.Born(new(Leader, Leader, Leader, "0", "leader"), "a");
        reaper.Watch(Leader, "a", _ => gone++, _ => left++);
        world.Born(new(3, 3, 3, "0", "left with a session"), "a");
        world.Born(new(5, 4, 4, "0", "in the group of one that has ended"), "a");
        world.End(Leader);
        reaper.Sweep();
        Assert.Equal((1, 0), (left, gone));
        Assert.Equal(["left with a session (pid 3)", "in the group of one that has ended (pid 5)"], reaper.MembersOf(Leader, "a"));
        Assert.Equal(3, reaper.StrayOf(Leader, "a")?.Pid);
        Assert.Null(world.Deadlines.Next); // SIGCHLD will tell.

        reaper.Signal(Leader, "a", "SIGTERM");
        Assert.Equal([(-3, "SIGTERM"), (-3, "SIGCONT"), (5, "SIGTERM"), (5, "SIGCONT")], world.TakeKilled());
        world.Born(new(7, 7, 7, "0", "late, by its mark"), "a");
        reaper.Sweep();
        Assert.Equal([(-7, "SIGTERM"), (-7, "SIGCONT")], world.TakeKilled());
        foreach (var pid in (int[])[3, 5, 7])
            world.End(pid);
        reaper.Sweep();
        Assert.Equal((1, 1), (left, gone));
        Assert.Empty(world.TakeKilled());
    }

    /// <summary>As a daemon that puts itself into the background does, and its workers: their titles hide the mark, and their logs are their own.</summary>
    [Fact]
    public void What_is_in_the_session_of_a_known_stray_is_of_the_same_service_though_it_shows_no_mark()
    {
        var world = new HomeWorld();
        var gone = 0;
        var reaper = ReaperIn(world, orphan => Assert.Fail($"{orphan} is the service's"));
        world.Born(new(Leader, Leader, Leader, "0", "leader"), "a");
        reaper.Watch(Leader, "a", _ => gone++, _ => { });
        world.Born(new(3, 3, 3, "0", "master"), "a");
        world.End(Leader);
        reaper.Sweep();
        reaper.Signal(Leader, "a", "SIGTERM");
        _ = world.TakeKilled();

        // The master ends, and leaves a worker, which ends and leaves one of its own.
        world.End(3);
        world.Born(new(4, 3, 3, "0", "worker"), null);
        reaper.Sweep();
        world.End(4);
        world.Born(new(5, 3, 3, "0", "worker's worker"), null);
        reaper.Sweep();
        Assert.Equal([(4, "SIGTERM"), (4, "SIGCONT"), (5, "SIGTERM"), (5, "SIGCONT")], world.TakeKilled());
        Assert.Equal(0, gone);
        world.End(5);
        reaper.Sweep();
        Assert.Equal(1, gone);
    }

    /// <summary>Both become orphans at once.</summary>
    [Fact]
    public void So_is_one_that_is_seen_together_with_that_stray()
    {
        var world = new HomeWorld();
        var gone = 0;
        var reaper = ReaperIn(world, orphan => Assert.Fail($"{orphan} is the service's"));
        world.Born(new(Leader, Leader, Leader, "0", "leader"), "a");
        reaper.Watch(Leader, "a", _ => gone++, _ => { });
        world.Born(new(3, 3, 3, "0", "master"), "a");
        world.Born(new(4, 3, 3, "0", "worker"), null);
        world.End(Leader);
        reaper.Sweep();
        reaper.Signal(Leader, "a", "SIGTERM");
        Assert.Equal([(-3, "SIGTERM"), (-3, "SIGCONT"), (4, "SIGTERM"), (4, "SIGCONT")], world.TakeKilled());
        world.End(3);
        reaper.Sweep();
        Assert.Equal(0, gone);
        world.End(4);
        reaper.Sweep();
        Assert.Equal(1, gone);
    }

    /// <summary>A mark can be forged. It speaks for the one who bears it, not for those among whom it was born.</summary>
    [Fact]
    public void A_stray_makes_nobody_its_kin_whose_session_it_did_not_make_or_who_bears_another_mark()
    {
        var world = new HomeWorld();
        List<int> told = [];
        List<string> gone = [];
        var reaper = ReaperIn(world, orphan => told.Add(orphan.Pid));
        foreach (var (pid, service) in ((int, string)[])[(10, "a"), (20, "b")])
        {
            world.Born(new(pid, pid, pid, "0", "leader"), service);
            reaper.Watch(pid, service, _ => gone.Add(service), _ => { });
        }
        world.Born(new(31, 31, 30, "0", "forger, in a session of others"), "a");
        world.Born(new(32, 32, 30, "0", "another of that session, which shows nothing"), null);
        world.Born(new(41, 41, 41, "0", "stray of a, with a session"), "a");
        world.Born(new(42, 42, 41, "0", "in that, with the mark of b"), "b");
        world.Born(new(51, 51, 0, "0", "of a session that is not of this namespace"), null);
        world.End(10);
        world.End(20);
        reaper.Sweep();
        Assert.Equal([32, 51], told);
        reaper.Signal(10, "a", "SIGKILL");
        Assert.Equal([(-31, "SIGKILL"), (-41, "SIGKILL")], world.TakeKilled());
        reaper.Signal(20, "b", "SIGKILL");
        Assert.Equal([(-42, "SIGKILL")], world.TakeKilled());
    }

    /// <summary>A daemon may hide its mark, or forge another's. What is in the session of a process of ours came from it.</summary>
    [Fact]
    public void The_session_tells_of_which_service_an_orphan_is_and_the_mark_only_where_that_is_unknown()
    {
        var world = new HomeWorld();
        var gone = new List<string>();
        var reaper = ReaperIn(world, orphan => Assert.Fail($"{orphan} is the service's"));
        foreach (var (pid, service) in ((int, string)[])[(10, "a"), (20, "b")])
        {
            world.Born(new(pid, pid, pid, "0", "leader"), service);
            reaper.Watch(pid, service, _ => gone.Add(service), _ => { });
        }
        world.Born(new(11, 11, 10, "0", "of a, with the mark of b"), "b");
        world.End(10);
        world.End(20);
        reaper.Sweep();
        Assert.Equal(["b"], gone);
        world.End(11);
        reaper.Sweep();
        Assert.Equal(["b", "a"], gone);
    }

    /// <summary>It will be seen to when its own leader has ended.</summary>
    [Fact]
    public void An_orphan_in_the_group_of_a_process_that_lives_is_none_of_what_another_left()
    {
        var world = new HomeWorld();
        var gone = 0;
        var reaper = ReaperIn(world);
        world.Born(new(10, 10, 10, "0", "leader"), "a");
        world.Born(new(20, 20, 20, "0", "leader"), "b");
        reaper.Watch(10, "a", _ => gone++, _ => { });
        reaper.Watch(20, "b", _ => { }, _ => { });
        world.Born(new(21, 20, 20, "0", "orphan of b, with the mark of a"), "a");
        world.End(10);
        reaper.Sweep();
        Assert.Equal(1, gone);
    }

    [Fact]
    public void An_orphan_of_whom_nobody_knows_whose_it_is_is_told_once()
    {
        var world = new HomeWorld();
        List<int> told = [];
        var gone = 0;
        var reaper = ReaperIn(world, orphan => told.Add(orphan.Pid));
        world.Born(new(Leader, Leader, Leader, "0", "leader"), "a");
        reaper.Watch(Leader, "a", _ => gone++, _ => { });
        world.Born(new(3, Leader, Leader, "0", "member"), "a");
        world.Born(new(9, 9, 9, "0", "whose?"), null);
        world.End(Leader);
        reaper.Sweep();
        reaper.Sweep();
        Assert.Equal([9], told);
        Assert.Null(world.Deadlines.Next); // SIGCHLD will tell.
        world.End(3);
        reaper.Sweep();
        Assert.Equal(1, gone); // Nobody waits for it.
        Assert.Equal([], world.TakeKilled());
    }

    /// <summary>What an earlier supervisor's processes let loose is no child of ours. Its mark tells of which process it came.</summary>
    [Fact]
    public void Of_an_adopted_process_what_bears_its_mark_is_waited_for_and_what_is_of_a_later_one_is_not()
    {
        var world = new HomeWorld();
        List<string> gone = [];
        var reaper = ReaperIn(world);
        world.Born(new(20, 20, 20, "0", "leader"), "b");
        reaper.Watch(20, "b", _ => { }, _ => { });
        reaper.Adopt([new(10, "0", "0", "a", 2, null, _ => gone.Add("a"), _ => { })]);
        world.Elsewhere(new(11, 11, 11, "0", "older"), "a", 1);
        world.Elsewhere(new(12, 12, 12, "0", "the same"), "a", 2);
        world.Elsewhere(new(13, 13, 13, "0", "of the next"), "a", 3);
        world.Elsewhere(new(14, 14, 14, "0", "another's"), "c", 1);
        world.Elsewhere(new(21, 20, 20, "0", "in a group that is watched"), "a", 1);
        reaper.Sweep();
        Assert.Equal(["older (pid 11)", "the same (pid 12)"], reaper.MembersOf(10, "a"));
        Assert.Null(reaper.StrayOf(10, "a")); // Who they lead is not known.
        reaper.Signal(10, "a", "SIGTERM");
        Assert.Equal([(11, "SIGTERM"), (11, "SIGCONT"), (12, "SIGTERM"), (12, "SIGCONT")], world.TakeKilled());
        world.End(11);
        world.Hide(12); // It loses its mark, and is known by its start time.
        reaper.Sweep();
        Assert.Empty(gone);
        world.End(12);
        reaper.Sweep();
        Assert.Equal(["a"], gone);
    }

    /// <summary>Its id may be that of another process by then.</summary>
    [Fact]
    public void What_was_known_of_an_orphan_is_forgotten_with_its_end()
    {
        var world = new HomeWorld();
        List<string> gone = [];
        var reaper = ReaperIn(world);
        foreach (var (pid, service) in ((int, string)[])[(10, "a"), (20, "b")])
        {
            world.Born(new(pid, pid, pid, "0", "leader"), service);
            world.Born(new(pid + 1, pid, pid, "0", "member"), service);
            reaper.Watch(pid, service, _ => gone.Add(service), _ => { });
            world.End(pid);
        }
        world.Born(new(30, 30, 30, "0", "stray"), "a");
        reaper.Sweep();
        world.End(11);
        world.End(30);
        reaper.Sweep();
        Assert.Equal(["a"], gone);
        world.Born(new(30, 30, 30, "1", "stray"), "b");
        world.End(21);
        reaper.Sweep();
        Assert.Equal(["a"], gone);
        world.End(30);
        reaper.Sweep();
        Assert.Equal(["a", "b"], gone);
    }

    [Theory]
    [InlineData(true, new[] { -Leader })]
    [InlineData(false, new[] { Leader })]
    public void A_signal_that_is_no_part_of_stopping_goes_to_the_process_or_to_its_group_and_only_now(bool toGroup, int[] targets)
    {
        var world = new HomeWorld();
        var reaper = ReaperIn(world);
        Assert.False(reaper.Send(Leader, "a", "SIGHUP", toGroup));
        Assert.Empty(world.TakeKilled());
        world.Born(new(Leader, Leader, Leader, "0", "leader"), "a");
        world.Born(new(3, Leader, Leader, "0", "member"), "a");
        reaper.Watch(Leader, "a", _ => { }, _ => { });
        Assert.True(reaper.Send(Leader, "a", "SIGHUP", toGroup));
        Assert.Equal(targets.Select(target => (target, "SIGHUP")), world.TakeKilled());
        world.End(Leader);
        world.Born(new(4, 4, 4, "0", "late stray"), "a");
        reaper.Sweep();
        Assert.Empty(world.TakeKilled());
    }

    /// <summary>At the end of a shutdown: groups, what left them, and orphans of whom nobody knows more.</summary>
    [Fact]
    public void Whatever_is_left_is_killed_and_told_until_nothing_is()
    {
        var world = new HomeWorld();
        var reaper = ReaperIn(world);
        Assert.False(reaper.KillRest());
        world.Elsewhere(new(20, 20, 20, "0", "adopted"), null, 1);
        reaper.Adopt([new(20, "0", "0", "b", 1, null, _ => { }, _ => { })]);
        Assert.True(reaper.KillRest());
        Assert.Equal([(-20, "SIGKILL")], world.TakeKilled());
        world.Born(new(10, 10, 10, "0", "leader"), "a");
        reaper.Watch(10, "a", _ => { }, _ => { });
        world.Elsewhere(new(31, 30, 30, "0", "rest of one that was adopted"), null, 1);
        reaper.Adopt([new(30, "0", "0", "c", 1, null, _ => { }, _ => { })]);
        world.Elsewhere(new(40, 40, 40, "0", "bearer"), "d", 1);
        Assert.True(reaper.KillRest());
        Assert.Equal([(-30, "SIGKILL"), (-20, "SIGKILL"), (-10, "SIGKILL"), (10, "SIGKILL"), (40, "SIGKILL")], world.TakeKilled().Order());
        world.End(10);
        world.End(40);
        world.End(20);
        reaper.Sweep();
        Assert.True(reaper.KillRest()); // The rest of c, and b, of whose end nobody has told.
        world.End(31);
        world.TellEnd(20);
        reaper.Sweep();
        Assert.False(reaper.KillRest());
    }

    /// <summary>They are of no service, and told apart by their ids.</summary>
    [Fact]
    public void Of_two_commands_that_have_ended_the_group_of_the_one_that_is_meant_is_signalled()
    {
        var world = new HomeWorld();
        var reaper = ReaperIn(world);
        foreach (var pid in (int[])[10, 20])
        {
            world.Born(new(pid, pid, pid, "0", "command"), null);
            world.Born(new(pid + 1, pid, pid, "0", "child of it"), null);
            reaper.Watch(pid, _ => { });
            world.End(pid);
        }
        reaper.Sweep();
        world.End(11);
        _ = world.TakeKilled();
        reaper.Signal(20, null, "SIGKILL");
        Assert.Equal([(-20, "SIGKILL")], world.TakeKilled());
    }

    /// <summary>A command of ours has no grace: its group ends with it.</summary>
    [Fact]
    public void The_group_of_a_command_is_killed_when_its_leader_has_ended()
    {
        var world = new HomeWorld();
        var gone = 0;
        var reaper = ReaperIn(world);
        world.Born(new(Leader, Leader, Leader, "0", "alert"), null);
        reaper.Watch(Leader, _ => gone++);
        world.Born(new(3, Leader, Leader, "0", "child of it"), null);
        world.End(Leader);
        reaper.Sweep();
        Assert.Equal([(-Leader, "SIGKILL")], world.TakeKilled());
        Assert.Equal(0, gone);
        Assert.True(reaper.IsWaitingForGroups);
        world.End(3);
        reaper.Sweep();
        Assert.Equal(1, gone);
        Assert.False(reaper.IsWaitingForGroups);
    }

    private static Reaper ReaperIn(StillWorld world, Action<ProcessEntry>? onUnknown = null) =>
        new(world, world.Deadlines, new LoopClock(world.Time), onUnknown ?? (_ => { }));

    /// <summary>As on Linux: orphans become our children.</summary>
    private sealed class HomeWorld : StillWorld
    {
        private readonly Dictionary<int, ProcessEntry> living = [];
        private readonly Dictionary<int, Bearer> bearers = [];
        private readonly HashSet<int> children = [];
        private readonly Queue<int> ended = [];
        private List<(int, string)> killed = [];
        private int missed;

        public bool IsBlind { get; set; }

        public override int Missed => missed;

        public void Born(ProcessEntry process, string? service)
        {
            children.Add(process.Pid);
            Elsewhere(process, service, 1);
        }

        /// <summary>No child of ours.</summary>
        public void Elsewhere(ProcessEntry process, string? service, int generation)
        {
            living.Add(process.Pid, process);
            if (service is not null)
                bearers.Add(process.Pid, new(process.Pid, process.StartTime, TimeSpan.Zero, process.Group, process.Session == process.Pid, service, generation));
        }

        public void End(int pid)
        {
            living.Remove(pid);
            bearers.Remove(pid);
            if (children.Contains(pid))
                ended.Enqueue(pid);
        }

        public void Hide(int pid) => bearers.Remove(pid);

        /// <summary>Of an adopted one.</summary>
        public void TellEnd(int pid) => ended.Enqueue(pid);

        public List<(int Pid, string Signal)> TakeKilled()
        {
            var all = killed;
            killed = [];
            return all;
        }

        public override IReadOnlyList<ProcessEntry> Processes() => [.. living.Values];

        public override ProcessEntry? Find(int pid)
        {
            missed += IsBlind ? 1 : 0;
            return IsBlind ? null : living.GetValueOrDefault(pid);
        }

        public override string? StartTimeOf(int pid) => Find(pid)?.StartTime;

        public override bool IsChild(int pid) => children.Contains(pid);

        public override bool HasChildIn(int group) => children.Any(pid => living.GetValueOrDefault(pid)?.Group == group);

        public override IReadOnlyList<int> Children() => [.. children];

        public override IReadOnlyList<Bearer> Bearers() => [.. bearers.Values];

        public override Bearer? BearerOf(int pid) => bearers.GetValueOrDefault(pid);

        public override int? PeekEnded() => ended.TryPeek(out var pid) ? pid : null;

        public override ExitStatus Reap(int pid)
        {
            children.Remove(ended.Dequeue());
            return new(0);
        }

        public override void Kill(int pid, string signal) => killed.Add((pid, signal));
    }

    private sealed class CrowdedWorld : StillWorld
    {
        private int missed;
        private IReadOnlyDictionary<int, ProcessEntry> living = new Dictionary<int, ProcessEntry>();

        public IReadOnlyList<ProcessEntry> Living { get => [.. living.Values]; set => living = value.ToDictionary(process => process.Pid); }

        public Queue<int> Ended { get; set; } = [];

        public IReadOnlyList<Bearer> Strays { get; set; } = [];

        public string Present { get; set; } = "0";

        public int Killed { get; private set; }

        public int Looks { get; private set; }

        public bool IsBlind { get; set; }

        /// <summary>Who alone cannot be looked at.</summary>
        public int? Unseen { get; set; }

        public override int Missed => missed;

        public override IReadOnlyList<ProcessEntry> Processes()
        {
            Looks++;
            missed += IsBlind ? 1 : 0;
            return IsBlind ? [] : Living;
        }

        public override IReadOnlyList<Bearer> Bearers() => IsBlind ? [] : Strays;

        public override string Moment() => Present;

        public override ProcessEntry? Find(int pid)
        {
            if (!IsBlind && pid != Unseen)
                return living.GetValueOrDefault(pid);
            missed++;
            return null;
        }

        public override string? StartTimeOf(int pid) => Find(pid)?.StartTime;

        public override int? PeekEnded() => Ended.TryPeek(out var pid) ? pid : null;

        public override ExitStatus Reap(int pid)
        {
            Ended.Dequeue();
            return new(0);
        }

        public override void Kill(int pid, string signal) => Killed++;
    }

    /// <summary>Of a process that has ended the system tells no start time, though it is not reaped yet.</summary>
    private sealed class ForeignWorld : StillWorld
    {
        public bool HasEnded { get; set; }

        public IReadOnlyList<ProcessEntry> Living { get; set; } = [new(3, Leader, Leader, "0", "worker")];

        public List<(int Pid, string Signal)> Killed { get; } = [];

        private bool IsReaped { get; set; }

        public override bool BringsOrphansHome => false;

        public override IReadOnlyList<ProcessEntry> Processes() => Living;

        public override ProcessEntry? Find(int pid) => Living.FirstOrDefault(process => process.Pid == pid);

        public override string? StartTimeOf(int pid) => pid == Leader && !HasEnded ? "0" : null;

        public override int? PeekEnded() => HasEnded && !IsReaped ? Leader : null;

        public override ExitStatus Reap(int pid)
        {
            IsReaped = true;
            return new(0);
        }

        public override void Kill(int pid, string signal) => Killed.Add((pid, signal));
    }
}
