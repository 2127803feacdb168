namespace Supervisor.Tests.Configuration;

/// <summary>One mistake at a time: what is said of it, and of what place.</summary>
public sealed class ProblemLinesTests
{
    [Theory]
    // The whole.
    [InlineData("[]", "1:1: must be an object, not an array")]
    [InlineData("{}", """1:1: services: is missing; write for example {"services": {"NAME": {"cmd": ["PROGRAM", "ARGUMENT"]}}}""")]
    [InlineData("""{"services": {}}""", """1:14: services: needs at least one service; write for example {"services": {"NAME": {"cmd": ["PROGRAM", "ARGUMENT"]}}}""")]
    [InlineData("""{"services": []}""", "1:14: services: must be an object, not an array")]
    [InlineData("""{"services": {"a": "sh"}}""", "1:20: services.a: must be an object, not 'sh'")]
    [InlineData("""{"services": {"../../etc": {"cmd": ["/bin/sh"]}}}""", "1:15: services.../../etc: '../../etc' is not a service name; a name is a letter or digit, then up to 62 of letters, digits, '.', '_' and '-'")]
    [InlineData("""{"defaults": {"instances": 2}, "services": {"a": {"cmd": ["/bin/sh"], "instances": null}}}""", "1:15: defaults.instances: cannot be a default; give each service that has instances a number of its own")]
    public void Structure(string json, string line) => Assert.Equal([line], Read.Problems(json));

    [Theory]
    [InlineData("\"service\": {}", "1:44: service: is not a known key; did you mean services?")]
    [InlineData("\"colour\": 1", "1:44: colour: is not a known key; known are $schema, services, include, defaults, log_dir, state_dir, alert_cmd, alert_url, control_group, heartbeat_url, heartbeat_interval")]
    [InlineData("\"heartbeat_url\": 1", "1:61: heartbeat_url: must be an absolute http:// or https:// URL, not 1")]
    [InlineData("\"heartbeat_interval\": 0", "1:66: heartbeat_interval: must be at least 1ms, not 0")]
    [InlineData("\"control_group\": \"nogruop\"", "1:61: control_group: there is no group 'nogruop' on this machine; create it, or name another")]
    [InlineData("\"control_group\": true", "1:61: control_group: must be a group's name or number, not true")]
    [InlineData("\"$schema\": 1", "1:55: $schema: must be a string, not 1")]
    [InlineData("\"log_dir\": \"\"", "1:55: log_dir: must not be empty; write . for the folder of this file")]
    [InlineData("\"log_dir\": null", "1:55: log_dir: must be a string, not null")]
    [InlineData("\"state_dir\": \"a\\u0000b\"", "1:57: state_dir: must not contain a NUL character")]
    [InlineData("\"alert_cmd\": \"mail\"", """1:57: alert_cmd: must be an array, such as ["python3", "guardian.py"]""")]
    [InlineData("\"alert_cmd\": [\"./none\"]", "1:58: alert_cmd[0]: /none does not exist; name an existing program (a relative path starts from working_dir)")]
    [InlineData("\"alert_url\": \"ftp://x\"", "1:57: alert_url: must be an absolute http:// or https:// URL, not 'ftp://x'")]
    [InlineData("\"alert_url\": \"http://u:p@x/\"", "1:57: alert_url: must not hold a user name or password: they would not be sent")]
    [InlineData("\"defaults\": 1", "1:56: defaults: must be an object, not 1")]
    [InlineData("\"defaults\": {\"cmd\": [\"/bin/sh\"]}", "1:57: defaults.cmd: cannot be a default; give each service a cmd of its own")]
    [InlineData("\"defaults\": {\"stop_timout\": 1}", "1:57: defaults.stop_timout: is not a known key; did you mean stop_timeout?")]
    [InlineData("\"defaults\": {\"health_url\": \"http://x\", \"health_port\": 1}", "1:71: defaults.health_url: excludes health_port and health_path; keep either the URL, or the port and its path")]
    [InlineData("\"defaults\": {\"backoff_max\": \"1ms\"}", "1:72: defaults.backoff_max: must be at least backoff_initial (1s), not 1ms")]
    [InlineData("\"defaults\": {\"working_dir\": \"/none\"}", "1:72: defaults.working_dir: /none does not exist; name an existing folder")]
    [InlineData("\"services\": {}", "1:44: services: is given twice, first at 1:2; keep one of them")]
    public void Top_level(string member, string line) =>
        Assert.Equal([line], Read.Problems("""{"services": {"a": {"cmd": ["/bin/sh"]}},  """ + member + "}"));

    [Theory]
    [InlineData("", """1:20: services.a.cmd: is missing; write for example ["python3", "guardian.py"]""")]
    [InlineData("\"cmd\": \"sh run.sh\"", """1:28: services.a.cmd: must be an array, such as ["python3", "guardian.py"]""")]
    [InlineData("\"cmd\": []", """1:28: services.a.cmd: must not be empty; write an array, such as ["python3", "guardian.py"]""")]
    [InlineData("\"cmd\": [\"\"]", "1:29: services.a.cmd[0]: must name the program to run, but is empty")]
    [InlineData("\"cmd\": [\"sh\", 1]", "1:35: services.a.cmd[1]: must be a string, not 1")]
    [InlineData("\"cmd\": [\"sh\", \"\\u0000\"]", "1:35: services.a.cmd[1]: must not contain a NUL character")]
    [InlineData("\"cmd\": [\"/bin\"]", "1:29: services.a.cmd[0]: /bin is a folder; name the program in it")]
    [InlineData("\"cmd\": [\"/etc/passwd\"]", "1:29: services.a.cmd[0]: /etc/passwd is not executable; chmod +x it")]
    [InlineData("\"cmd\": [\"../none/run\"], \"working_dir\": \"/bin\"", "1:29: services.a.cmd[0]: /none/run does not exist; name an existing program (a relative path starts from working_dir)")]
    [InlineData("\"cmd\": [\"sh\"], \"environment\": {\"PATH\": \"/none:/void\"}", "1:29: services.a.cmd[0]: no executable 'sh' in any folder of PATH (/none:/void); install it, or write its path")]
    [InlineData("\"cmd\": [\"./run\"], \"working_dir\": \"/none\"", "1:54: services.a.working_dir: /none does not exist; name an existing folder")]
    [InlineData("\"cmd\": [\"./run\"], \"working_dir\": \"/etc/passwd\"", "1:54: services.a.working_dir: /etc/passwd is not a folder; name an existing folder")]
    [InlineData("\"cmd\": [\"./run\"], \"working_dir\": 7", "1:54: services.a.working_dir: must be a string, not 7")]
    public void Command(string keys, string line) => Assert.Equal([line], Read.Problems("""{"services": {"a": {""" + keys + "}}}"));

    [Theory]
    [InlineData("\"health_prot\": 1", "1:49: services.a.health_prot: is not a known key; did you mean health_port?")]
    [InlineData("\"depends_on\": \"b\"", """1:63: services.a.depends_on: must be an array of names of services, such as ["postgres"], or an object, such as {"postgres": "healthy"}, not 'b'""")]
    [InlineData("\"depends_on\": [1]", "1:64: services.a.depends_on[0]: must be a string, not 1")]
    [InlineData("\"depends_on\": [\"xyz\"]", "1:64: services.a.depends_on[0]: no service is named 'xyz'; there are a")]
    [InlineData("\"depends_on\": [\"a\"]", "1:64: services.a.depends_on[0]: a cannot depend on itself; remove it")]
    [InlineData("\"depends_on\": [\"b\", \"b\"]", "1:69: services.a.depends_on[1]: 'b' is named twice; once is enough")]
    [InlineData("\"health_port\": 70000", "1:64: services.a.health_port: must be a whole number from 1 to 65535, not 70000")]
    [InlineData("\"health_port\": 1.5", "1:64: services.a.health_port: must be a whole number from 1 to 65535, not 1.5")]
    [InlineData("\"health_port\": \"80\"", "1:64: services.a.health_port: must be a whole number from 1 to 65535, not '80'")]
    [InlineData("\"health_port\": 1e999", "1:64: services.a.health_port: must be a whole number from 1 to 65535, not 1e999")]
    [InlineData("\"health_port\": 1, \"health_path\": \"health\"", "1:82: services.a.health_path: must be a path that starts with / and has no spaces, such as /health, not 'health'")]
    [InlineData("\"health_port\": 1, \"health_path\": \"/a b\"", "1:82: services.a.health_path: must be a path that starts with / and has no spaces, such as /health, not '/a b'")]
    [InlineData("\"health_path\": \"/x\"", "1:64: services.a.health_path: needs a health_port beside it")]
    [InlineData("\"health_path\": \"/x\", \"health_port\": 0", "1:85: services.a.health_port: must be a whole number from 1 to 65535, not 0")]
    [InlineData("\"health_url\": \"localhost:80\"", "1:63: services.a.health_url: must be an absolute http:// or https:// URL, not 'localhost:80'")]
    [InlineData("\"health_url\": \"http://x\", \"health_path\": \"/\"", "1:63: services.a.health_url: excludes health_port and health_path; keep either the URL, or the port and its path")]
    [InlineData("\"health_url\": \"http://x\", \"health_port\": 1", "1:63: services.a.health_url: excludes health_port and health_path; keep either the URL, or the port and its path")]
    [InlineData("\"health_tcp\": 0", "1:63: services.a.health_tcp: must be a whole number from 1 to 65535, not 0")]
    [InlineData("\"health_tcp\": 1, \"health_port\": 2", "1:63: services.a.health_tcp: stands beside health_port, but a service has one kind of health check; keep one of them")]
    [InlineData("\"health_cmd\": [\"sh\"], \"health_tcp\": 1, \"health_url\": \"http://x\"", "1:63: services.a.health_cmd: stands beside health_url and health_tcp, but a service has one kind of health check; keep one of them")]
    [InlineData("\"health_cmd\": [\"./none\"]", "1:64: services.a.health_cmd[0]: /none does not exist; name an existing program (a relative path starts from working_dir)")]
    [InlineData("\"health_tcp\": 1, \"health_path\": \"/\"", "1:81: services.a.health_path: needs a health_port beside it")]
    [InlineData("\"health_tcp\": 1, \"health_method\": \"HEAD\"", "1:83: services.a.health_method: needs a health_port or health_url beside it")]
    [InlineData("\"health_url\": \"http://x\", \"health_method\": \"POST\"", "1:92: services.a.health_method: must be GET or HEAD, not 'POST'")]
    [InlineData("\"health_url\": \"http://x\", \"health_insecure\": true", "1:94: services.a.health_insecure: needs a health_url that begins with https:// beside it")]
    [InlineData("\"before_restart_cmd\": [\"/bin/sh\"], \"health_retries\": 2", "1:71: services.a.before_restart_cmd: needs a health check or memory_max beside it: it runs on what is found unhealthy")]
    [InlineData("\"memory_max\": \"1\"", "1:63: services.a.memory_max: '1' is not a size of at least 1KB; write for example 512KB, 50MB, 1GB, or a number of bytes")]
    [InlineData("\"health_interval\": 0", "1:68: services.a.health_interval: must be at least 1ms, not 0")]
    [InlineData("\"health_timeout\": \"0.5ms\"", "1:67: services.a.health_timeout: must be at least 1ms, not '0.5ms'")]
    [InlineData("\"health_retries\": 0", "1:67: services.a.health_retries: must be a whole number from 1 to 1000, not 0")]
    [InlineData("\"stop_timeout\": \"-1s\"", "1:65: services.a.stop_timeout: '-1s' is not a duration; write for example 250ms, 2s, 1m30s, 1h, or a number of seconds")]
    [InlineData("\"stop_timeout\": -1", "1:65: services.a.stop_timeout: -1 is not a duration; write for example 250ms, 2s, 1m30s, 1h, or a number of seconds")]
    [InlineData("\"stop_timeout\": 3600000001", "1:65: services.a.stop_timeout: 3600000001 is not a duration; write for example 250ms, 2s, 1m30s, 1h, or a number of seconds")]
    [InlineData("\"restart\": \"never\"", "1:60: services.a.restart: must be always, on-failure or no, not 'never'")]
    [InlineData("\"restart\": false", "1:60: services.a.restart: must be always, on-failure or no, not false")]
    [InlineData("\"backoff_initial\": \"2m\"", "1:68: services.a.backoff_initial: must be at most backoff_max (1m), not 2m; lower it, or raise backoff_max")]
    [InlineData("\"backoff_initial\": 10, \"backoff_max\": \"1m30s\", \"backoff_reset\": {}", "1:113: services.a.backoff_reset: an object is not a duration; write for example 250ms, 2s, 1m30s, 1h, or a number of seconds")]
    [InlineData("\"backoff_initial\": 10, \"backoff_max\": 5", "1:87: services.a.backoff_max: must be at least backoff_initial (10s), not 5s")]
    [InlineData("\"backoff_initial\": \"x\", \"backoff_max\": 0", "1:68: services.a.backoff_initial: 'x' is not a duration; write for example 250ms, 2s, 1m30s, 1h, or a number of seconds")]
    [InlineData("\"alert_after\": -1", "1:64: services.a.alert_after: must be a whole number from 0 to 1000000, not -1")]
    [InlineData("\"stop_signal\": \"TERM\"", "1:64: services.a.stop_signal: must be one of SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGKILL, SIGWINCH, not 'TERM'")]
    [InlineData("\"log_max_size\": \"50\"", "1:65: services.a.log_max_size: '50' is not a size of at least 1KB; write for example 512KB, 50MB, 1GB, or a number of bytes")]
    [InlineData("\"log_max_size\": 1023", "1:65: services.a.log_max_size: 1023 is not a size of at least 1KB; write for example 512KB, 50MB, 1GB, or a number of bytes")]
    [InlineData("\"log_keep\": 0", "1:61: services.a.log_keep: must be a whole number from 1 to 1000, not 0")]
    [InlineData("\"depends_on\": {\"a\": \"healthy\"}", "1:69: services.a.depends_on.a: a cannot depend on itself; remove it")]
    [InlineData("\"depends_on\": {\"b\": \"started\"}", "1:69: services.a.depends_on.b: no service is named 'b'; did you mean a?")]
    [InlineData("\"depends_on\": {\"a\": \"done\"}", "1:69: services.a.depends_on.a: must be started, healthy or completed, not 'done'")]
    [InlineData("\"autostart\": {}", "1:62: services.a.autostart: must be true or false, not an object")]
    [InlineData("\"autostart\": \"yes\"", "1:62: services.a.autostart: must be true or false, not 'yes'")]
    [InlineData("\"environment\": []", "1:64: services.a.environment: must be an object, not an array")]
    [InlineData("\"environment\": {\"PORT\": 80}", "1:73: services.a.environment.PORT: must be a string; write \"80\"")]
    [InlineData("\"environment\": {\"A=B\": \"x\"}", "1:65: services.a.environment.A=B: 'A=B' is not a variable name; it must not be empty nor contain = or NUL")]
    [InlineData("\"environment\": {\"A\": \"1\", \"A\": \"2\"}", "1:75: services.a.environment.A: is given twice, first at 1:65; keep one of them")]
    public void Service(string keys, string line) =>
        Assert.Equal([line], Read.Problems("""{"services": {"a": {"cmd": ["/bin/sh"],         """ + keys + "}}}"));

    [Fact]
    public void What_is_always_restarted_is_never_completed() => Assert.Equal(
        ["1:88: services.a.depends_on.b: b is never completed, for it is always restarted; give it \"restart\": \"on-failure\" or \"no\""],
        Read.Problems("""{"services": {"b": {"cmd": ["/bin/sh"]}, "a": {"cmd": ["/bin/sh"], "depends_on": {"b": "completed"}}}}"""));

    [Fact]
    public void A_circle_of_dependencies_is_told_with_its_path_once() => Assert.Equal(
        [
            "2:68: services.b.depends_on[0]: goes round in a circle: b -> c -> d -> b; none of them could ever start, so remove one of these",
            "4:67: services.d.depends_on[1]: no service is named 'bb'; did you mean b?",
        ],
        Read.Problems("""
            {"services": {"a": {"cmd": ["/bin/sh"], "depends_on": ["b", "c", "d"]},
                          "b": {"cmd": ["/bin/sh"], "depends_on":             ["c"]},
                          "c": {"cmd": ["/bin/sh"], "depends_on": ["d"]},
                          "d": {"cmd": ["/bin/sh"], "depends_on":       ["b", "bb"]}}}
            """));

    /// <summary>A reload reads on a thread with a small stack: what overflows it takes the supervisor down.</summary>
    [Fact]
    public void A_chain_of_dependencies_may_be_longer_than_a_stack_is_deep()
    {
        var services = Enumerable.Range(1, 8000).Select(i => $$"""  "s{{i}}": {"cmd": ["/bin/sh"], "depends_on": ["s{{(i % 8000) + 1}}"]}""");
        string[] problems = [];
        var reader = new Thread(() => problems = Read.Problems("{\"services\": {" + string.Join(",\n", services) + "}}"), 256 * 1024);
        reader.Start();
        reader.Join();
        Assert.StartsWith("1:", Assert.Single(problems), StringComparison.Ordinal);
        Assert.Contains("goes round in a circle: s1 -> s2 -> s3 -> ", problems[0], StringComparison.Ordinal);
    }
}
