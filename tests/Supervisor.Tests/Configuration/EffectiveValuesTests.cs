using System.Collections.Immutable;

namespace Supervisor.Tests.Configuration;

/// <summary>What a valid configuration comes to.</summary>
public sealed class EffectiveValuesTests
{
    // The request's own table, written as JSON.
    private const string Dispatch = """
        {
          "services": {
            "guardian": { "cmd": ["python3", "guardian.py"], "health_port": 8091, "health_path": "/health" },
            "reaper": { "cmd": ["python3", "pipeline/reaper_daemon.py"], "health_port": 8092, "health_path": "/health" },
            "factory": { "cmd": ["python3", "pipeline/factory_daemon.py"], "health_port": 8093, "health_path": "/health" },
          },
        }
        """;

    [Fact]
    public void Three_daemons_with_a_port_each_need_nothing_more()
    {
        using var bin = new TempFolder();
        bin.WriteExecutable("python3");
        var withPath = Dispatch.Replace("\"services\"", $"\"defaults\": {{\"environment\": {{\"PATH\": \"{bin.Path}\"}}}}, \"services\"", StringComparison.Ordinal);

        var config = Read.Valid(withPath);

        Assert.Equal(["guardian", "reaper", "factory"], config.Services.Select(service => service.Spec.Name));
        Assert.Equal(["python3", "pipeline/reaper_daemon.py"], config.Services[1].Cmd);
        Assert.Equal("http://127.0.0.1:8093/health", config.Services[2].HealthUrl?.ToString());
    }

    [Fact]
    public void What_is_not_said_has_its_default()
    {
        var config = Read.Valid("""{"$schema": "x", "services": {"a": {"cmd": ["/bin/sh"]}}}""");

        Assert.Equal(Read.File, config.File);
        Assert.Equal("/logs", config.LogDir);
        Assert.Equal("/.supervisor", config.StateDir);
        Assert.Empty(config.AlertCmd);
        Assert.Null(config.AlertUrl);
        var expected = new ServiceConfig { Spec = new() { Name = "a" }, Cmd = [], WorkingDir = "/" };
        Assert.Equal(expected, config.Services.Single() with { Cmd = [], Written = expected.Written });
    }

    [Fact]
    public void Every_key_of_a_service_takes_effect()
    {
        var service = Read.ValidService("""
            "working_dir": "bin/..//bin/", "environment": {"B": "2", "A": ""},
            "health_port": 80, "health_path": "/x?y=1", "health_interval": 0.25, "health_timeout": "1.5s",
            "health_retries": 7.0, "health_start_period": 0, "restart": "on-failure", "backoff_initial": "250ms",
            "backoff_max": "1m30s", "backoff_reset": "1h", "alert_after": 0, "stop_signal": "SIGINT",
            "stop_timeout": 0, "depends_on": [], "restart_dependents": true, "autostart": false, "log_max_size": "512KB", "log_keep": 2, "log_compress": true,
            "health_method": "HEAD", "memory_max": "1GB"
            """);

        var expected = new ServiceSpec
        {
            Name = "a",
            Checked = true,
            HealthInterval = TimeSpan.FromMilliseconds(250),
            HealthRetries = 7,
            HealthStartPeriod = TimeSpan.Zero,
            Restart = RestartMode.OnFailure,
            BackoffInitial = TimeSpan.FromMilliseconds(250),
            BackoffMax = TimeSpan.FromSeconds(90),
            BackoffReset = TimeSpan.FromHours(1),
            AlertAfter = 0,
            RestartDependents = true,
            StopTimeout = TimeSpan.Zero,
        };
        Assert.Equal(expected, service.Spec);
        Assert.Equal(["/bin/sh"], service.Cmd);
        Assert.Equal("/bin", service.WorkingDir);
        Assert.Equal("http://127.0.0.1:80/x?y=1", service.HealthUrl?.OriginalString);
        Assert.Equal(TimeSpan.FromSeconds(1.5), service.HealthTimeout);
        Assert.Equal([new("A", ""), new("B", "2")], service.Environment);
        Assert.Equal("SIGINT", service.StopSignal);
        Assert.False(service.Autostart);
        Assert.Equal("HEAD", service.HealthMethod);
        Assert.Equal(1L << 30, service.MemoryMax);
        Assert.Equal(new RotationPolicy(512 * 1024, 2, Compress: true), service.Log);
    }

    [Fact]
    public void Every_key_of_the_top_level_takes_effect()
    {
        var config = Read.Valid("""
            {"log_dir": "/var/log/x/", "state_dir": "../run/x", "alert_cmd": ["/bin/sh", "-c", ""], "alert_url": "https://example.org/x",
             "heartbeat_url": "https://example.org/y", "heartbeat_interval": "5m",
             "services": {"a": {"cmd": ["/bin/sh"]}}}
            """);

        Assert.Equal("/var/log/x", config.LogDir);
        Assert.Equal("/run/x", config.StateDir);
        Assert.Equal(["/bin/sh", "-c", ""], config.AlertCmd);
        Assert.Equal("https://example.org/x", config.AlertUrl?.ToString());
        Assert.Equal(("https://example.org/y", TimeSpan.FromMinutes(5)), (config.HeartbeatUrl?.ToString(), config.HeartbeatInterval));
    }

    [Fact]
    public void Each_kind_of_health_check_takes_effect()
    {
        var tcp = Read.ValidService("\"health_tcp\": 6379");
        var cmd = Read.ValidService("\"health_cmd\": [\"/bin/sh\", \"-c\", \"true\"]");
        var url = Read.ValidService("\"health_url\": \"https://localhost/x\", \"health_insecure\": true");

        Assert.Equal((6379, true), (tcp.HealthTcp, tcp.Spec.Checked));
        Assert.True(cmd.Spec.Checked);
        Assert.Equal(["/bin/sh", "-c", "true"], cmd.HealthCmd);
        Assert.Equal(("https://localhost/x", true, true), (url.HealthUrl?.ToString(), url.HealthInsecure, url.Spec.Checked));
    }

    [Theory]
    [InlineData("no", RestartMode.No)]
    [InlineData("always", RestartMode.Always)]
    public void Restart_words_mean_their_mode(string word, object mode) =>
        Assert.Equal(mode, Read.ValidService($"\"restart\": \"{word}\"").Spec.Restart);

    [Fact]
    public void Defaults_give_way_to_the_service_and_environments_are_merged()
    {
        var services = Read.Valid("""
            {"services": {
               "a": {"cmd": ["/bin/sh"], "health_port": 80, "stop_timeout": "1s", "environment": {"B": "own"}},
               "b": {"cmd": ["/bin/sh"], "health_url": "http://x/"},
               "c": {"cmd": ["/bin/sh"]}},
             "defaults": {"stop_timeout": "5s", "health_path": "/up", "environment": {"A": "shared", "B": "shared"}}}
            """).Services;

        Assert.Equal([1, 5, 5], services.Select(service => (int)service.Spec.StopTimeout.TotalSeconds));
        Assert.Equal(["http://127.0.0.1:80/up", "http://x/", null], services.Select(service => service.HealthUrl?.OriginalString));
        Assert.Equal([true, true, false], services.Select(service => service.Spec.Checked));
        Assert.Equal(Variables(("A", "shared"), ("B", "own")), services[0].Environment);
        Assert.Equal(Variables(("A", "shared"), ("B", "shared")), services[1].Environment);
    }

    [Fact]
    public void A_service_can_mend_a_default_that_would_not_do_for_it() =>
        Assert.Equal(TimeSpan.FromMinutes(5), Read.Valid("""
            {"defaults": {"backoff_max": "10s"},
             "services": {"a": {"cmd": ["/bin/sh"], "backoff_initial": "1m", "backoff_max": "5m"}}}
            """).Services.Single().Spec.BackoffMax);

    [Fact]
    public void A_wrong_default_is_reported_once_however_many_services_take_it() =>
        Assert.Single(Read.Problems("""
            {"defaults": {"backoff_initial": "2m", "backoff_max": "1m"},
             "services": {"a": {"cmd": ["/bin/sh"]}, "b": {"cmd": ["/bin/sh"]}}}
            """));

    [Theory]
    [InlineData("\"backoff_max\": 0", 1)]
    [InlineData("\"backoff_max\": 5, \"backoff_initial\": 10", 2)]
    public void An_unreadable_default_is_not_compared_with_unless_it_is_mended(string keys, int problems) =>
        Assert.Equal(problems, Read.Problems(
            """{"defaults": {"backoff_initial": "x"}, "services": {"a": {"cmd": ["/bin/sh"], """ + keys + "}}}").Length);

    private static ImmutableSortedDictionary<string, string> Variables(params (string Name, string Value)[] variables) =>
        variables.ToImmutableSortedDictionary(variable => variable.Name, variable => variable.Value);

    [Fact]
    public void Null_takes_back_what_the_defaults_give()
    {
        var services = Read.Valid("""
            {
              "defaults": {
                "health_port": 80, "health_path": "/up", "env_file": "/none", "stop_timeout": "1m", "limits": {"core": 0, "nofile": 9},
                "environment": {"A": "a", "B": "${UNSET_FOR_ALL}"}
              },
              "services": {
                "a": {
                  "cmd": ["/bin/sh"], "health_port": null, "env_file": null, "stop_timeout": null, "limits": {"core": null},
                  "environment": {"B": null, "C": "c"}, "user": null
                },
                "b": {"cmd": ["/bin/sh"], "health_port": null, "health_tcp": 81, "env_file": null, "limits": null, "environment": null}
              }
            }
            """).Services;

        Assert.Equal([(false, 10), (true, 60)], services.Select(service => (service.Spec.Checked, (int)service.Spec.StopTimeout.TotalSeconds)));
        Assert.Equal(["A=a C=c", ""], services.Select(service => string.Join(' ', service.Environment.Select(variable => $"{variable.Key}={variable.Value}"))));
        Assert.Equal(["nofile", ""], services.Select(service => string.Join(' ', service.Terms.Limits.Keys)));
    }
}
