namespace Supervisor.Tests.Import;

public sealed class Pm2ImportTests
{
    [Fact]
    public void An_app_becomes_a_service()
    {
        var imported = Imported.From("ecosystem.config.json", """
            {
              "apps": [
                {
                  "name": "api", "script": "./api.js", "args": "--port 3000", "node_args": ["--inspect"], "cwd": "/usr",
                  "env": { "NODE_ENV": "production", "PORT": 3000 },
                  "instances": 4,
                  "max_memory_restart": "300M",
                  "kill_timeout": 3000, "restart_delay": 250, "min_uptime": "1m",
                  "uid": "nobody",
                  "env_staging": {},
                  "exec_mode": "cluster",
                  "watch": true
                },
                { "script": "worker.py", "interpreter": "/bin/sh", "autorestart": false },
                { "name": "tool", "script": "sleep", "args": ["10 0"], "stop_exit_codes": [0], "exec_mode": "fork", "watch": false }
              ],
              "deploy": {}
            }
            """);
        Assert.Equal(["api", "worker", "tool"], imported.Services.Select(service => service.Key));
        imported
            .Has("api", "cmd", """["node","--inspect","./api.js","--port","3000"]""", "")
            .Has("api", "working_dir", "\"/usr\"", "")
            .Has("api", "environment", """{"NODE_ENV":"production","PORT":"3000"}""", "")
            .Has("api", "instances", "4", "6:20: apps[0].instances")
            .Has("api", "memory_max", "\"300MB\"", "apps[0].max_memory_restart")
            .Has("api", "stop_timeout", "\"3s\"", "")
            .Has("api", "stop_signal", "\"SIGINT\"", "")
            .Has("api", "backoff_initial", "\"250ms\"", "")
            .Has("api", "backoff_reset", "\"1m\"", "")
            .Has("api", "user", "\"nobody\"", "apps[0].uid")
            .Has("worker", "cmd", """["/bin/sh","worker.py"]""", "")
            .Has("worker", "restart", "\"no\"", "")
            .Has("tool", "cmd", """["sleep","10 0"]""", "")
            .Has("tool", "restart", "\"on-failure\"", "")
            .Lost("10:22: apps[0].env_staging", "no environments to choose from")
            .Lost("11:20: apps[0].exec_mode", "no cluster mode")
            .Lost("12:16: apps[0].watch", "files are not watched")
            .Lost("17:13: deploy", "it is about PM2 itself");
        Assert.DoesNotContain(imported.Losses, loss => loss.Contains("apps[2]", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""[{"script": "a.sh"}]""")]
    [InlineData("""{"script": "a.sh"}""")]
    [InlineData("""{"apps": {"script": "a.sh"}}""")]
    public void Apps_may_stand_in_a_list_or_alone(string text) => Imported.From("x.json", text).Has("a", "cmd", """["bash","a.sh"]""", "");

    [Fact]
    public void A_program_in_the_folder_goes_before_one_on_the_path()
    {
        using var folder = new TempFolder();
        folder.WriteExecutable("sleep");
        Imported.From("x.json", """{"script": "sleep"}""", folder.Path).Has("sleep", "cmd", """["./sleep"]""", "");
    }

    [Fact]
    public void A_name_that_cannot_be_one_is_changed_and_said()
    {
        var imported = Imported.From("x.json", """[{"name": "my api", "script": "a.sh"}, {"name": "my/api", "script": "b.sh"}]""");
        Assert.Equal(["my-api", "my-api-2"], imported.Services.Select(service => service.Key));
        Assert.StartsWith("1:2: [0]: is called 'my-api' now", imported.Losses[0], StringComparison.Ordinal);
    }
}
