namespace Supervisor.Tests.Configuration;

/// <summary>The user, limits and so on.</summary>
public sealed class LaunchTermsTests
{
    [Theory]
    [InlineData("\"user\": \"nobodi\"", "1:49: services.a.user: there is no user 'nobodi' on this machine; create it, or name another")]
    [InlineData("\"user\": 4000000000", "1:49: services.a.user: there is no user '4000000000' on this machine; create it, or name another")]
    [InlineData("\"user\": true", "1:49: services.a.user: must be a user's name or number, not true")]
    [InlineData("\"group\": \"nogruop\"", "1:50: services.a.group: there is no group 'nogruop' on this machine; create it, or name another")]
    [InlineData("\"umask\": 22", "1:50: services.a.umask: must be text of three octal digits, such as \"027\", not 22")]
    [InlineData("\"umask\": \"088\"", "1:50: services.a.umask: must be text of three octal digits, such as \"027\", not '088'")]
    [InlineData("\"nice\": 20", "1:49: services.a.nice: must be a whole number from -20 to 19, not 20")]
    [InlineData("\"limits\": []", "1:51: services.a.limits: must be an object, not an array")]
    [InlineData("\"limits\": {\"nofiles\": 1}", "1:52: services.a.limits.nofiles: is not a known limit; did you mean nofile?")]
    [InlineData("\"limits\": {\"core\": -1}", "1:60: services.a.limits.core: must be a whole number, \"unlimited\", or both limits as [soft, hard], not -1")]
    [InlineData("\"limits\": {\"core\": [2, 1]}", "1:60: services.a.limits.core: must have a soft limit that is not above the hard one")]
    public void What_is_wrong_is_told(string key, string line) =>
        Assert.Equal([line], Read.ServiceProblems(key));

    [Theory]
    [InlineData("\"user\": \"root\"", "1:49: services.a.user: to take on 'root' needs root; run the supervisor as root, or remove it")]
    [InlineData("\"group\": 0", "1:50: services.a.group: to take on '0' needs root; run the supervisor as root, or remove it")]
    [InlineData("\"nice\": -20", "1:49: services.a.nice: below 0, which the supervisor has, needs root; run the supervisor as root, or remove it")]
    public void What_needs_root_is_told(string key, string line)
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "root may");
        Assert.Equal([line], Read.ServiceProblems(key));
    }

    [Fact]
    public void The_user_is_found_by_name_and_by_number()
    {
        Assert.Equal("root", Account.Find("0")?.Name);
        Assert.Equal((0u, 0u), (Account.Find("root")?.User, Account.FindGroup("0")));
        Assert.Null(Account.Find(""));
    }

    [Fact]
    public void A_user_brings_its_home_unless_the_environment_says_otherwise()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root may run services as others");
        var service = Read.ValidService("""  "user": "root", "environment": {"HOME": "/elsewhere"} """);
        Assert.Equal(("/elsewhere", "root", "root"), (service.Environment["HOME"], service.Environment["USER"], service.Environment["LOGNAME"]));
    }

    [Fact]
    public void Rights_are_given_up_last()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root may run services as others");
        var steps = Read.ValidService("""  "user": "root", "limits": {"core": [0, 1]}, "nice": 3, "umask": "027" """).Terms.ToSteps();
        Assert.Equal(["nice=3", "limit=core:0:1", "groups=0:root", "group=0", "user=0:root", "umask=23"], steps);
    }
}
