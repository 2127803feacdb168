namespace Supervisor.Tests.Alerts;

public sealed class HeartbeatTests
{
    private static readonly Uri Url = new("https://ping.example/secret");

    private readonly Bureau bureau = new(new() { File = "/f.json", LogDir = "/", StateDir = "/", Services = [] });

    [Fact]
    public void A_failure_is_told_once_and_so_is_its_end_and_neither_tells_the_URL()
    {
        foreach (var (said, code) in new[] { ("HTTP 500", 1), ("HTTP 404", 1), ("", 0), ("", 0), ("HTTP 503", 1) })
        {
            bureau.World.Saying = said;
            bureau.Alerts.Beat(Url);
            bureau.End(Assert.Single(bureau.Running), code);
        }
        Assert.Equal(["heartbeat_failed", "heartbeat_recovered", "heartbeat_failed"], bureau.World.Events.Names);
        Assert.All(bureau.World.Told, text => Assert.DoesNotContain("secret", text));
        Assert.Equal("heartbeat_url could not be reached: HTTP 500", bureau.World.Told.First());
        Assert.Equal(5, bureau.World.Children.Count);
        Assert.All(bureau.World.Children, child => Assert.Equal(("get", Url.AbsoluteUri), (child.Request.Argv[1], child.Variable("SUPERVISOR_URL"))));
    }

    [Fact]
    public void While_one_is_under_way_there_is_no_other()
    {
        bureau.Alerts.Beat(Url);
        bureau.Alerts.Beat(Url);
        bureau.End(Assert.Single(bureau.Running));
        bureau.Alerts.Beat(Url);
        Assert.Single(bureau.Running);
    }

    [Fact]
    public void One_that_hangs_is_killed_and_told_and_the_next_one_is_sent()
    {
        bureau.Alerts.Beat(Url);
        bureau.Pass(30);
        Assert.Empty(bureau.Running);
        Assert.Equal(["heartbeat_url could not be reached: it did not end within 30s"], bureau.World.Told);
        bureau.Alerts.Beat(Url);
        Assert.Single(bureau.Running);
    }

    [Fact]
    public void One_to_another_URL_does_not_wait_and_its_failure_is_another()
    {
        var other = new Uri("https://ping.example/other");
        bureau.World.Saying = "HTTP 500";
        bureau.Alerts.Beat(Url);
        bureau.Alerts.Beat(other);
        Assert.Equal(2, bureau.Running.Count);
        bureau.End(bureau.Running[0], 1);
        bureau.End(bureau.Running[0], 1);
        Assert.Equal(["heartbeat_failed", "heartbeat_failed"], bureau.World.Events.Names);
    }

    [Fact]
    public void Nobody_waits_for_one()
    {
        bureau.Alerts.Beat(Url);
        Assert.True(bureau.Alerts.IsIdle);
    }
}
