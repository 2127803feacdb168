using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using k8s;
using k8s.Models;

namespace Supervisor.Tests.Export;

public sealed partial class ExportTests : IDisposable
{
    private const string Configuration = """
        {
          "alert_cmd": ["/bin/true"],
          "services": {
            "migrate": { "cmd": ["/bin/sh", "-c", "exit 0"], "restart": "no", "stop_timeout": "1s" },
            "web": {
              "cmd": ["sleep", "100% \"$$HOME\" $$(date) $${X}", "tab\tand 'quote'", ""],
              "working_dir": "/usr", "environment": { "LEVEL": "in fo%", "DB_PASSWORD": "hunter2" }, "env_file": "web.env",
              "user": "root", "group": "root", "umask": "027", "nice": 3, "limits": { "nofile": [1000, 2000], "core": "unlimited" },
              "health_port": 8091, "health_path": "/up?deep=1", "health_interval": "1500ms", "health_retries": 4, "health_start_period": "30s",
              "memory_max": "64MB", "backoff_initial": "500ms", "backoff_max": "8s", "stop_signal": "SIGINT", "stop_timeout": "90s",
              "depends_on": { "migrate": "completed" }, "before_restart_cmd": ["/bin/true"]
            },
            "Worker_1": { "cmd": ["/bin/sleep", "1000"], "health_tcp": 8092, "depends_on": ["web"], "autostart": false },
            "batch": { "cmd": ["/bin/sleep", "1000"], "restart": "on-failure", "health_cmd": ["/bin/true", "it's"] },
            "tls": { "cmd": ["/bin/sleep", "1000"], "health_url": "https://127.0.0.1:8443/", "health_insecure": true }
          }
        }
        """;

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Units_are_what_systemd_takes()
    {
        var (text, report) = Export("systemd");
        var files = Unit().Matches(text).ToDictionary(match => match.Groups["name"].Value, match => match.Groups["text"].Value);
        Assert.Equal(6, files.Count);
        var web = files.Single(file => file.Key.EndsWith("-web.service", StringComparison.Ordinal)).Value;
        foreach (var line in (string[])
        [
            """ExecStart=/usr/bin/sleep "100%% \"$$HOME\" $$(date) $${X}" "tab\x09and 'quote'" "" """.TrimEnd(),
            "WorkingDirectory=/usr", "Environment=\"LEVEL=in fo%%\"", $"EnvironmentFile={folder.Path}/web.env", "User=root", "Group=0", "UMask=0027", "Nice=3", "LimitNOFILE=1000:2000", "LimitCORE=infinity:infinity",
            "MemoryMax=67108864", "Restart=always", "RestartSec=500ms", "RestartSteps=4", "RestartMaxDelaySec=8000ms", "KillSignal=SIGINT", "TimeoutStopSec=90000ms", "Type=exec",
        ])
            Assert.Contains(line, web.Split('\n').Select(one => one.Replace("ExecStart=/bin/", "ExecStart=/usr/bin/", StringComparison.Ordinal)));
        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
        Assert.DoesNotContain("FROM_FILE", text, StringComparison.Ordinal);
        Assert.Contains(report, line => line.Contains("web: environment.DB_PASSWORD: looks like a secret", StringComparison.Ordinal));
        Assert.Contains(report, line => line.Contains("warning: web, Worker_1, batch, tls: health: is not checked", StringComparison.Ordinal));
        Assert.Contains(report, line => line.Contains("Worker_1: depends_on: ", StringComparison.Ordinal));
        Assert.SkipUnless(File.Exists("/usr/bin/systemd-analyze"), "systemd-analyze is not on this machine");
        foreach (var (name, content) in files)
            folder.Write(name, content);
        var said = Run("/usr/bin/systemd-analyze", ["verify", .. files.Keys.Select(name => Path.Combine(folder.Path, name))]);
        // What systemd 254 has learnt, and what it says of units of the machine, is no fault of ours.
        Assert.DoesNotContain(said.Split('\n'), line => line.Contains(folder.Path, StringComparison.Ordinal) && !line.Contains("RestartSteps", StringComparison.Ordinal) && !line.Contains("RestartMaxDelaySec", StringComparison.Ordinal));
    }

    [Fact]
    public void A_fault_in_a_unit_would_be_seen()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/systemd-analyze"), "systemd-analyze is not on this machine");
        folder.Write("a.service", "[Service]\nExecStart=/bin/sleep 1\nNoSuchKey=1\n");
        Assert.Contains(folder.Path, Run("/usr/bin/systemd-analyze", ["verify", Path.Combine(folder.Path, "a.service")]), StringComparison.Ordinal);
    }

    [Fact]
    public void Objects_are_what_kubernetes_takes()
    {
        var (text, report) = Export("kubernetes");
        var items = JsonNode.Parse(text)!["items"]!.AsArray().Select(item => (Kind: (string)item!["kind"]!, Text: item.ToJsonString())).ToList();
        Assert.Equal(["Job", "ConfigMap", "Deployment", "Deployment", "Job", "Deployment"], items.Select(item => item.Kind));
        var deployments = items.Where(item => item.Kind == "Deployment").Select(item => Strict<V1Deployment>(item.Text)).ToList();
        var jobs = items.Where(item => item.Kind == "Job").Select(item => Strict<V1Job>(item.Text)).ToList();
        var variables = Strict<V1ConfigMap>(items[1].Text);
        Assert.Equal(["LEVEL"], variables.Data.Keys);
        var web = deployments[0].Spec.Template.Spec;
        var container = web.Containers.Single();
        Assert.Equal(90, web.TerminationGracePeriodSeconds);
        Assert.Equal("Recreate", deployments[0].Spec.Strategy.Type);
        Assert.Equal(deployments[0].Spec.Selector.MatchLabels, deployments[0].Spec.Template.Metadata.Labels);
        Assert.Equal(("shop:1", "/usr"), (container.Image, container.WorkingDir));
        Assert.Equal(["sleep", "100% \"$HOME\" $$(date) ${X}", "tab\tand 'quote'", ""], container.Command);
        Assert.Equal("67108864", container.Resources.Limits["memory"].ToString());
        Assert.Equal(("/up?deep=1", 2, 1, 4), (container.LivenessProbe.HttpGet.Path, container.LivenessProbe.PeriodSeconds!.Value, container.LivenessProbe.TimeoutSeconds!.Value, container.LivenessProbe.FailureThreshold!.Value));
        Assert.Equal(19, container.StartupProbe.FailureThreshold);
        Assert.Equal(["web-env", "web"], container.EnvFrom.Select(source => source.SecretRef?.Name ?? source.ConfigMapRef.Name));
        Assert.Equal((0L, 0L), (container.SecurityContext.RunAsUser, container.SecurityContext.RunAsGroup));
        Assert.Equal(("worker-1", 0), (deployments[1].Metadata.Name, deployments[1].Spec.Replicas));
        Assert.Equal("8092", deployments[1].Spec.Template.Spec.Containers[0].LivenessProbe.TcpSocket.Port.Value);
        Assert.Equal("HTTPS", deployments[2].Spec.Template.Spec.Containers[0].LivenessProbe.HttpGet.Scheme);
        Assert.Equal([("Never", 0), ("OnFailure", int.MaxValue)], jobs.Select(job => (job.Spec.Template.Spec.RestartPolicy, job.Spec.BackoffLimit!.Value)));
        Assert.Equal(["/bin/true", "it's"], jobs[1].Spec.Template.Spec.Containers[0].LivenessProbe.Exec.Command);
        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
        foreach (var lost in (string[])["warning: web: umask", "warning: web: limits", "warning: web, Worker_1: depends_on", "warning: web: stop_signal", "warning: web: env_file: has to be a Secret: kubectl create secret generic web-env --from-env-file=", "Worker_1: name: is worker-1 there"])
            Assert.Contains(report, line => line.Contains(lost, StringComparison.Ordinal));
    }

    [Fact]
    public void What_kubernetes_does_not_know_would_be_seen() => Assert.Throws<JsonException>(() => Strict<V1Deployment>("""{"spec": {"replica": 1}}"""));

    /// <summary>The members that Nomad's JSON jobs have, of those objects that are written: https://developer.hashicorp.com/nomad/api-docs/json-jobs.</summary>
    private static readonly Dictionary<string, (string Members, string Children)> Nomad = new()
    {
        [""] = ("Job", "Job=Job"),
        ["Job"] = ("ID Name Type Datacenters TaskGroups", "TaskGroups=Group"),
        ["Group"] = ("Name Count RestartPolicy ReschedulePolicy Networks Tasks", "RestartPolicy=Restart ReschedulePolicy=Reschedule Networks=Network Tasks=Task"),
        ["Restart"] = ("Attempts Interval Delay Mode", ""),
        ["Reschedule"] = ("Attempts Unlimited", ""),
        ["Network"] = ("ReservedPorts", "ReservedPorts=Port"),
        ["Port"] = ("Label Value", ""),
        ["Task"] = ("Name Driver User Config Env KillTimeout KillSignal Resources Services", "Config=Config Resources=Resources Services=Service"),
        ["Config"] = ("command args", ""),
        ["Resources"] = ("MemoryMB", ""),
        ["Service"] = ("Name Provider PortLabel Checks", "Checks=Check"),
        ["Check"] = ("Name Type Path Protocol TLSSkipVerify Interval Timeout CheckRestart", "CheckRestart=CheckRestart"),
        ["CheckRestart"] = ("Limit Grace", ""),
    };

    [Fact]
    public void A_job_has_what_nomad_knows()
    {
        var (text, report) = Export("nomad");
        var root = JsonNode.Parse(text)!;
        AssertKnown(root, "");
        var group = root["Job"]!["TaskGroups"]![1]!;
        var task = group["Tasks"]![0]!;
        Assert.Equal(("raw_exec", "root", 90_000_000_000, "SIGINT"), ((string)task["Driver"]!, (string)task["User"]!, (long)task["KillTimeout"]!, (string)task["KillSignal"]!));
        Assert.Equal(["-c", "cd '/usr' && umask 027 && exec nice -n 3 \"$0\" \"$@\"", "sleep", "100% \"$HOME\" $(date) $${X}", "tab\tand 'quote'", ""], task["Config"]!["args"]!.AsArray().Select(word => (string)word!));
        var check = task["Services"]![0]!["Checks"]![0]!;
        Assert.Equal(("http", "/up?deep=1", 1_500_000_000, 4, 30_000_000_000), ((string)check["Type"]!, (string)check["Path"]!, (long)check["Interval"]!, (int)check["CheckRestart"]!["Limit"]!, (long)check["CheckRestart"]!["Grace"]!));
        Assert.Equal(8091, (int)group["Networks"]![0]!["ReservedPorts"]![0]!["Value"]!);
        Assert.Equal("delay", (string)group["RestartPolicy"]!["Mode"]!);
        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
        Assert.Contains(report, line => line.Contains("warning: batch: health: is not checked", StringComparison.Ordinal));
    }

    private static void AssertKnown(JsonNode node, string kind)
    {
        var children = Nomad[kind].Children.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        foreach (var (name, value) in node.AsObject())
        {
            Assert.Contains(name, Nomad[kind].Members.Split(' '));
            if (children.TryGetValue(name, out var child))
                foreach (var item in value as IEnumerable<JsonNode?> ?? [value])
                    AssertKnown(item!, child);
        }
    }

    private (string Text, IReadOnlyList<string> Report) Export(string engine)
    {
        folder.Write("web.env", "FROM_FILE=secret\n");
        File.SetUnixFileMode(folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var result = ConfigurationReader.Parse(Path.Combine(folder.Path, "supervisor.json"), Encoding.UTF8.GetBytes(Configuration));
        Assert.SkipUnless(result.Problems.All(problem => !problem.IsOfMachine), "this machine lacks what the configuration needs, or this is not root");
        Assert.Empty(result.Problems);
        var report = new Report();
        return (Converters.Export.To(engine, result.Value!, report, "shop:1").Text(), [.. report.Lines(isVerbose: true)]);
    }

    private static T Strict<T>(string json) => JsonSerializer.Deserialize<T>(json, StrictOptions)!;

    private static readonly JsonSerializerOptions StrictOptions = MakeStrict();

    private static JsonSerializerOptions MakeStrict()
    {
        JsonSerializerOptions? options = null;
        KubernetesJson.AddJsonOptions(theirs => options = new(theirs) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow });
        return options!;
    }

    private static string Run(string program, string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return error + output.Result;
    }

    [GeneratedRegex(@"^# (?<name>\S+\.(service|target))\n(?<text>.*?)(?=^# \S+\.(service|target)\n|\z)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Unit();
}
