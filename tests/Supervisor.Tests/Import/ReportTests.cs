namespace Supervisor.Tests.Import;

public sealed class ReportTests
{
    [Fact]
    public void A_key_has_one_line_whatever_the_number_of_services_and_the_worst_comes_first()
    {
        var report = new Report();
        report.Say(Weight.Noise, "f:1:1", "a", "log", "changes nothing");
        report.Say(Weight.Note, "f:2:1", "a", "priority", "is not done");
        foreach (var service in (string[])["a", "b", "c", "d"])
            report.Say(Weight.Danger, $"f:3:{service.Length}", service, "user", "is another one");
        report.Say([new("new.json", 4, 5, "services.a.b.cmd[0]", "no executable 'x' in any folder of PATH (/bin:/usr/bin); install it, or write its path"), new("new.json", 9, 5, "services.c.cmd[0]", "no executable 'x' in any folder of PATH (/bin:/usr/bin); install it, or write its path"), new("new.json", null, null, "", "is odd")]);
        Assert.Equal(
            [
                "f:3:1: warning: 4 services (a, b, …): user: is another one",
                "f:2:1: a: priority: is not done",
                "new.json:4:5: a.b, c: cmd: no executable 'x' on PATH; install it, or write its path",
                "new.json: is odd",
                "one more key would change nothing; --verbose names it",
            ],
            report.Lines(isVerbose: false));
        Assert.Equal(["f:3:1: warning: a, b, c, d: user: is another one", "f:1:1: a: log: changes nothing"], report.Lines(isVerbose: true).Where(line => line.Contains("user", StringComparison.Ordinal) || line.Contains("log", StringComparison.Ordinal)));
    }

    [Fact]
    public void Keys_with_the_same_reason_share_a_line()
    {
        var report = new Report();
        foreach (var key in (string[])["A", "B", "C", "D"])
            report.Say(Weight.Danger, "f:1:1", "a", key, "is not done");
        report.Say(Weight.Danger, "f:2:1", "b", "A", "is not done for it");
        Assert.Equal(["f:1:1: warning: a: 4 keys (A, B, …): is not done", "f:2:1: warning: b: A: is not done for it"], report.Lines(isVerbose: false));
        Assert.Equal(5, report.Lines(isVerbose: true).Count());
    }

    [Fact]
    public void What_a_file_holds_steers_no_terminal()
    {
        var report = new Report();
        report.Say(Weight.Danger, "f\e[1m:1:1", "a", "k\n", "r\u202e");
        Assert.Equal(["f\\u001b[1m:1:1: warning: a: k\\u000a: r\\u202e"], report.Lines(isVerbose: true));
    }
}
