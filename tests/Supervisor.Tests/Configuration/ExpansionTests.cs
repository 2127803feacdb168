namespace Supervisor.Tests.Configuration;

/// <summary>Variables in texts.</summary>
public sealed class ExpansionTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("${SV_TEST}", "value")]
    [InlineData("a-${SV_TEST}/${SV_TEST}b", "a-value/valueb")]
    [InlineData("$$", "$")]
    [InlineData("$${SV_TEST}", "${SV_TEST}")]
    [InlineData("$$$$", "$$")]
    [InlineData("$$${SV_TEST}", "$value")]
    [InlineData("$HOME $(date) $1 $", "$HOME $(date) $1 $")]
    [InlineData("${SV_UNSET:-default}", "default")]
    [InlineData("${SV_UNSET:-}", "")]
    [InlineData("${SV_EMPTY:-default}", "default")]
    [InlineData("${SV_EMPTY}", "")]
    [InlineData("${SV_TEST:-default}", "value")]
    [InlineData("${SV_UNSET:-${SV_TEST}}", "value")]
    [InlineData("${SV_UNSET:-${SV_EMPTY:-a${SV_TEST}b}c}d", "avaluebcd")]
    [InlineData("${SV_UNSET:-$${x}}", "${x}")]
    [InlineData("${SV_TEST:-${SV_UNSET}}", "value")]
    public void A_text_becomes(string written, string expected)
    {
        using var folder = new TempFolder();
        var file = folder.Write("f.env", "SV_TEST=value\nSV_EMPTY=\n");
        var service = Read.ValidService($$"""
            "env_file": "{{file}}", "environment": {"A": "{{written}}"}, "health_cmd": ["/bin/sh", "{{written}}"]
            """);

        Assert.Equal(expected, service.Environment["A"]);
        Assert.Equal(expected, service.HealthCmd[1]);
    }

    [Fact]
    public void What_the_supervisor_has_in_its_environment_is_there() =>
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), Read.ValidService("""  "environment": {"A": "${PATH}"} """).Environment["A"]);

    [Theory]
    [InlineData("x${SV_UNSET}", "${SV_UNSET} is not set, neither for the supervisor nor in env_file; set it, give a default as in ${SV_UNSET:-default}, or write $${SV_UNSET} for the text itself")]
    [InlineData("${SV_UNSET", "has a ${ without }; write $${ for the text itself")]
    [InlineData("${SV_UNSET:-${SV_UNSET}}", "${SV_UNSET} is not set, neither for the supervisor nor in env_file; set it, give a default as in ${SV_UNSET:-default}, or write $${SV_UNSET} for the text itself")]
    [InlineData("${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-}}}}}}}}}}}}}}}}}", "has more than 16 ${ within each other")]
    [InlineData("${}", "has '${}', which names no variable; write $${ for the text itself")]
    [InlineData("${a b}", "has '${a b}', which names no variable; write $${ for the text itself")]
    public void A_wrong_one_is_told_once_at_its_place(string text, string problem)
    {
        const string Services = """{"services": {"a": {"cmd": ["/bin/sh"]}, "b": {"cmd": ["/bin/sh"]}}, "defaults": {"environment": {"A": "TEXT"}}}""";

        Assert.Equal([$"1:62: services.a.environment.A: {problem}"], Read.ServiceProblems($"\"environment\": {{\"A\": \"{text}\"}}"));
        Assert.Equal([$"1:67: services.a.health_cmd[1]: {problem}"], Read.ServiceProblems($"\"health_cmd\": [\"/bin/sh\", \"{text}\"]"));
        Assert.Equal([$"1:104: defaults.environment.A: {problem}"], Read.Problems(Services.Replace("TEXT", text, StringComparison.Ordinal)));
    }

    [Fact]
    public void Numbers_durations_sizes_and_flags_have_them_too()
    {
        using var folder = new TempFolder();
        var file = folder.Write("f.env", "PORT=8091\nWAIT=90\nSPAN=1m30s\nSIZE=64MB\nBYTES=2048\nNO=false\n");
        var service = Read.ValidService($$"""
            "env_file": "{{file}}", "health_port": "${PORT}", "stop_timeout": "${WAIT}", "backoff_max": "${SPAN}", "log_max_size": "${SIZE}",
            "memory_max": "${BYTES}", "autostart": "${NO}", "log_keep": "1${SV_UNSET:-2}", "limits": {"core": ["${SV_UNSET:-0}", "unlimited"]}
            """);

        Assert.Equal((8091, 90, 90), (service.HealthUrl!.Port, service.Spec.StopTimeout.TotalSeconds, service.Spec.BackoffMax.TotalSeconds));
        Assert.Equal((64 << 20, 2048, 12), ((int)service.Log.MaxSize, (int)service.MemoryMax!.Value, service.Log.Keep));
        Assert.False(service.Autostart);
        Assert.Equal(0UL, service.Terms.Limits["core"].Soft);
    }

    [Theory]
    [InlineData("health_port", "${SV_UNSET:-x}", "must be a whole number from 1 to 65535, not what '${SV_UNSET:-x}' stands for")]
    [InlineData("health_port", "${SV_UNSET:-0}", "must be a whole number from 1 to 65535, not what '${SV_UNSET:-0}' stands for")]
    [InlineData("health_port", "80", "must be a whole number from 1 to 65535, not '80'")]
    [InlineData("autostart", "${SV_UNSET:-yes}", "must be true or false, not what '${SV_UNSET:-yes}' stands for")]
    [InlineData("instances", "${SV_UNSET}", "${SV_UNSET} is not set, neither for the supervisor nor in env_file; set it, give a default as in ${SV_UNSET:-default}, or write $${SV_UNSET} for the text itself")]
    public void One_that_comes_to_something_else_is_told_and_not_shown(string key, string text, string problem) =>
        Assert.Equal($"services.a.{key}: {problem}", Assert.Single(Read.ServiceProblems($"\"{key}\": \"{text}\"")).Split(' ', 2)[1]);

    [Fact]
    public void So_has_the_number_of_instances() =>
        Assert.Equal(["a-1", "a-2"], Read.Valid("""{"services": {"a": {"cmd": ["/bin/sh"], "instances": "${SV_UNSET:-2}"}}}""").Services.Select(service => service.Spec.Name));

    [Fact]
    public void At_the_top_level_too() =>
        Assert.Equal("/x$y", Read.Valid("""{"log_dir": "${SV_UNSET:-/x}$$y", "services": {"a": {"cmd": ["/bin/sh"]}}}""").LogDir);

    [Fact]
    public void No_problem_shows_what_took_the_place_of_a_variable()
    {
        using var folder = new TempFolder();
        var file = folder.Write("f.env", "SECRET=hunter2\n");

        var problem = Assert.Single(Read.ServiceProblems($"\"env_file\": \"{file}\", \"health_url\": \"ftp://${{SECRET}}@x\""));

        Assert.Contains("${SECRET}", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", problem, StringComparison.Ordinal);
    }
}
