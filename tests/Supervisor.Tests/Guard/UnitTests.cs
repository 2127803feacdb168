using System.Reflection;
using System.Xml;
using System.Xml.Linq;

namespace Supervisor.Tests.Guard;

/// <summary>The files for systemd and launchd.</summary>
public sealed class UnitTests
{
    private static readonly GuardOrder Plain = new("supervisor", "/opt/supervisor", "/srv/app/supervisor.json", "/usr/bin:/bin", 20, ForUser: false);

    [Theory]
    [InlineData("/srv/a.json", "/srv/a.json")]
    [InlineData("/srv/a b.json", "\"/srv/a b.json\"")]
    [InlineData("/srv/100%.json", "\"/srv/100%%.json\"")]
    [InlineData("/srv/$HOME.json", "\"/srv/$$HOME.json\"")]
    [InlineData("/srv/\"x\\.json", "\"/srv/\\\"x\\\\.json\"")]
    [InlineData("/srv/';'ü.json", "\"/srv/';'ü.json\"")]
    public void Systemd_gets_odd_paths_in_its_own_quoting(string path, string written) =>
        Assert.Contains($"\nExecStart=/opt/supervisor -c {written} up\n", SystemdUnit.For(Plain with { ConfigFile = path }).Content, StringComparison.Ordinal);

    [Fact]
    public void The_program_itself_is_quoted_but_no_variable_begins_in_it() =>
        Assert.Contains("\nExecStart=\"/opt/$x %% y\" -c ", SystemdUnit.For(Plain with { Program = "/opt/$x % y" }).Content, StringComparison.Ordinal);

    /// <summary>The longest stop of a service that is configured later is not known, so the packages grant five minutes.</summary>
    [Fact]
    public void The_unit_of_the_packages_is_the_one_that_install_writes()
    {
        var order = new GuardOrder("dispatch-supervisor", "/usr/bin/supervisor", "/etc/dispatch-supervisor/supervisor.json", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 310, ForUser: false);
        var file = Path.Combine(typeof(UnitTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Repository").Value!, "packaging/systemd/dispatch-supervisor.service");
        if (Environment.GetEnvironmentVariable("SUPERVISOR_MANUAL") == "write")
            File.WriteAllText(file, SystemdUnit.For(order).Content);
        Assert.Equal(SystemdUnit.For(order).Content, File.ReadAllText(file));
    }

    [Theory]
    [InlineData("Type=notify")]
    [InlineData("NotifyAccess=main")]
    [InlineData("KillMode=process")]
    [InlineData("Restart=always")]
    [InlineData("StartLimitIntervalSec=0")]
    [InlineData("TimeoutStopSec=20")]
    [InlineData("ExecReload=/bin/kill -HUP $MAINPID")]
    [InlineData("WatchdogSec=30")]
    [InlineData("OOMPolicy=continue")]
    [InlineData("Environment=PATH=/usr/bin:/bin")]
    [InlineData("WantedBy=multi-user.target")]
    public void Systemd_is_told(string line) => Assert.Contains(line, SystemdUnit.For(Plain).Content.Split('\n'));

    [Fact]
    public void A_unit_of_ones_own_goes_to_ones_own_systemd()
    {
        var unit = SystemdUnit.For(Plain with { ForUser = true, Name = "x" });
        Assert.EndsWith("/systemd/user/x.service", unit.Path);
        Assert.Contains("WantedBy=default.target", unit.Content.Split('\n'));
        Assert.DoesNotContain("network.target", unit.Content, StringComparison.Ordinal);
        Assert.Equal(["systemctl --user daemon-reload", "systemctl --user enable --now x.service"], unit.Commands.Take(2));
        Assert.Equal("/etc/systemd/system/supervisor.service", SystemdUnit.For(Plain).Path);
    }

    [Fact]
    public void Launchd_gets_a_property_list()
    {
        var job = LaunchdJob.For(Plain with { ConfigFile = "/srv/<a> & 'b' \"c\" $d.json" });
        using var reader = XmlReader.Create(new StringReader(job.Content), new() { DtdProcessing = DtdProcessing.Ignore });
        var entries = XDocument.Load(reader).Root!.Element("dict")!.Elements().Chunk(2).ToDictionary(pair => pair[0].Value, pair => pair[1]);
        Assert.Equal("supervisor", entries["Label"].Value);
        Assert.Equal(["/opt/supervisor", "-c", "/srv/<a> & 'b' \"c\" $d.json", "up"], entries["ProgramArguments"].Elements().Select(word => word.Value));
        Assert.Equal("20", entries["ExitTimeOut"].Value);
        Assert.All(["RunAtLoad", "KeepAlive", "AbandonProcessGroup"], key => Assert.Equal("true", entries[key].Name.LocalName));
        Assert.Equal("/var/log/supervisor.log", entries["StandardErrorPath"].Value);
        Assert.Equal("/Library/LaunchDaemons/supervisor.plist", job.Path);
        Assert.EndsWith("/Library/LaunchAgents/supervisor.plist", LaunchdJob.For(Plain with { ForUser = true }).Path);
    }

    [Fact]
    public void A_stop_may_take_longer_than_the_longest_grace()
    {
        Assert.Equal(41, StopAllowance.Seconds(With(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(30.5))));
        Assert.Equal(10, StopAllowance.Seconds(With()));
    }

    [Fact]
    public void The_graces_of_those_that_are_stopped_one_after_the_other_add_up()
    {
        TimeSpan[] graces = [TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(18)];
        Assert.Equal(30, StopAllowance.Seconds(With(graces, _ => [])));
        Assert.Equal(35, StopAllowance.Seconds(With(graces, index => index switch { 0 => ["a1", "a3"], 1 => ["a3"], _ => [] })));
    }

    private static SupervisorConfig With(params TimeSpan[] stopTimeouts) => With(stopTimeouts, _ => []);

    private static SupervisorConfig With(TimeSpan[] stopTimeouts, Func<int, IReadOnlyList<string>> dependsOn) => new()
    {
        File = "/f.json",
        LogDir = "/",
        StateDir = "/",
        Services = [.. stopTimeouts.Select((timeout, index) => new ServiceConfig { Spec = new ServiceSpec { Name = $"a{index}", StopTimeout = timeout, DependsOn = dependsOn(index) }, Cmd = ["/bin/sh"], WorkingDir = "/" })],
    };
}
