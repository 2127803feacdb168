using Supervisor.Tests.Loop;

namespace Supervisor.Tests.Os;

/// <summary>What proves that a group is the one that it was. Start times and moments are of one clock.</summary>
public sealed class GroupProofTests
{
    private const int Group = 10;

    private readonly World world = new();

    [Fact]
    public void The_leader_lives_while_its_start_time_is_the_same()
    {
        world.Add(Leader("5"));
        Assert.True(Proof("5").HasLeader);
        Assert.False(Proof("4").HasLeader);
        Assert.False(Proof("").HasLeader);
    }

    [Theory]
    [InlineData("7", "7", true)] // A member that started when the group was known to be ours,
    [InlineData("8", "7", false)] // or later: the id may have been given away in between.
    [InlineData("8", null, true)] // The leader lives, so that is now.
    [InlineData("10", null, false)]
    public void A_member_proves_the_group_if_it_had_started_when_that_was_known_to_be_ours(string started, string? until, bool isProven)
    {
        world.Add(Member(11, started));
        Assert.Equal(isProven ? [11] : [], Members(Proof("5", until)));
    }

    [Fact]
    public void Nothing_proves_a_group_whose_leader_is_not_known()
    {
        world.Add(Member(11, "1"));
        Assert.Empty(Members(Proof("", "7")));
    }

    [Fact]
    public void A_leader_that_is_another_disproves_the_group_whoever_else_is_in_it()
    {
        world.Add(Leader("8"));
        world.Add(Member(11, "6"));
        Assert.Empty(Members(Proof("5", "7")));
    }

    [Fact]
    public void One_proven_member_proves_the_others_and_they_prove_those_who_come_later()
    {
        var proof = Proof("5", "7");
        world.Add(Member(11, "6"));
        world.Add(Member(12, "8"));
        Assert.Equal([11, 12], Members(proof));
        world.Remove(11);
        world.Add(Member(13, "9"));
        Assert.Equal([12, 13], Members(proof));
        world.Remove(12);
        world.Remove(13);
        world.Add(Member(12, "9")); // The id of a member, given to another.
        Assert.Empty(Members(proof));
    }

    [Fact]
    public void Of_the_session_those_who_left_the_group_are_no_members_of_it_but_prove_it()
    {
        var proof = Proof("5", "7");
        world.Add(new(11, 11, Group, "6", "left"));
        world.Add(Member(12, "8"));
        world.Add(new(20, 20, 20, "1", "stranger"));
        Assert.Equal([12], Members(proof));
        Assert.Equal([11, 12], proof.Session.Select(process => process.Pid).Order());
    }

    [Fact]
    public void The_end_of_the_leader_is_the_last_moment_and_stays_so()
    {
        var proof = Proof("5");
        (world.Present, world.Living) = ("6", [Member(11, "7")]);
        proof.LeaderEnded();
        world.Present = "9";
        proof.LeaderEnded();
        Assert.Empty(Members(proof));
    }

    [Fact]
    public void A_known_member_that_lives_needs_no_look()
    {
        var proof = Proof("5", "7");
        world.Add(Member(11, "6"));
        Assert.Equal([11], Members(proof));
        Assert.True(proof.HasMember([], () => throw new InvalidOperationException("nobody has to look")));
        Assert.True(Proof("5", "7").HasMember(world.Living, () => throw new InvalidOperationException("nobody has to look")));
    }

    [Fact]
    public void Where_nobody_of_the_session_was_seen_nobody_can_have_been_born_into_it() =>
        Assert.False(Proof("5", "7").HasMember([new(20, 20, 20, "1", "stranger")], () => throw new InvalidOperationException("nobody has to look")));

    [Fact]
    public void Where_all_who_were_seen_have_ended_it_is_looked_for_those_whom_they_bore()
    {
        IReadOnlyList<ProcessEntry> earlier = [new(20, 20, 20, "1", "stranger"), Member(11, "6")];
        world.Living = [new(20, 20, 20, "1", "stranger"), Member(12, "8")];
        Assert.True(Proof("5").HasMember(earlier, () => world.Living));
        Assert.False(Proof("5", "7").HasMember(earlier, () => world.Living)); // Who was born after the last moment may be anybody's.
        Assert.False(Proof("5").HasMember(earlier, () => []));
    }

    [Theory]
    [InlineData(11, "6", false)] // It left the group,
    [InlineData(Group, "8", false)] // or is another by now.
    [InlineData(Group, "6", true)]
    public void A_member_that_was_seen_has_to_be_one_still(int group, string started, bool isMember)
    {
        world.Add(new(11, group, Group, started, "member"));
        Assert.Equal(isMember, Proof("5", "7").HasMember([Member(11, "6")], () => []));
    }

    [Fact]
    public void Of_a_session_that_is_not_proven_those_are_claimants_who_show_whose_they_are()
    {
        world.Add(Leader("5"));
        world.Add(Member(11, "8"));
        world.Add(Member(12, "8"));
        world.Add(new(20, 20, 20, "8", "elsewhere"));
        world.Services = new() { [Group] = "a", [11] = "a", [12] = "b", [20] = "a" };
        Assert.Equal([11], Proof("5", "7").ClaimantsAmong(world.Living, "a").Select(process => process.Pid));
    }

    private GroupProof Proof(string startTime, string? until = null) => new(world, Group, startTime, until);

    private IEnumerable<int> Members(GroupProof proof) => proof.Members(world.Living).Select(process => process.Pid).Order();

    private static ProcessEntry Leader(string started) => new(Group, Group, Group, started, "leader");

    private static ProcessEntry Member(int pid, string started) => new(pid, Group, Group, started, "member");

    private sealed class World : StillWorld
    {
        public IReadOnlyList<ProcessEntry> Living { get; set; } = [];

        public string Present { get; set; } = "9";

        public Dictionary<int, string> Services { get; set; } = [];

        public void Add(ProcessEntry process) => Living = [.. Living, process];

        public void Remove(int pid) => Living = [.. Living.Where(process => process.Pid != pid)];

        public override string Moment() => Present;

        public override ProcessEntry? Find(int pid) => Living.FirstOrDefault(process => process.Pid == pid);

        public override string? StartTimeOf(int pid) => Find(pid)?.StartTime;

        public override Bearer? BearerOf(int pid) => Services.TryGetValue(pid, out var service) ? new(pid, "", TimeSpan.Zero, Group, IsLeader: false, service, 1) : null;
    }
}
