namespace Supervisor.Tests.Import;

public sealed class ComposeImportTests
{
    private static readonly string Dollar = Placeholders.IsSupported ? "$$" : "$";

    private const string Sample = """
        {
          "name": "shop",
          "services": {
            "db": {
              "image": "postgres:16",
              "command": ["postgres", "-c", "fsync=off"],
              "healthcheck": { "test": ["CMD-SHELL", "pg_isready -U postgres"], "interval": "10s", "retries": 5, "start_period": "1m0s" },
              "stop_signal": "SIGINT", "stop_grace_period": "1m30s", "restart": "unless-stopped",
              "ulimits": { "nofile": { "soft": 2000, "hard": 4000 }, "core": 0 }
            },
            "web": {
              "entrypoint": "sh -c", "command": ["exec serve $$HOME"],
              "environment": ["A=1", "INHERITED"],
              "env_file": ["web.env"],
              "user": "www-data:www-data",
              "depends_on": { "db": { "condition": "service_healthy" }, "migrate": { "condition": "service_completed_successfully" }, "cache": {} },
              "mem_limit": "536870912",
              "ports": ["80:80"]
            },
            "migrate": { "command": "rake 'db:migrate now'", "restart": "on-failure:3" },
            "cache": { "image": "redis" }
          },
          "volumes": {}
        }
        """;

    [Fact]
    public void What_is_said_about_processes_is_carried_over()
    {
        var imported = Imported.From("compose.json", Sample);
        Assert.Equal(["db", "web", "migrate"], imported.Services.Select(service => service.Key));
        imported
            .Has("db", "cmd", """["postgres","-c","fsync=off"]""", "")
            .Has("db", "health_cmd", """["sh","-c","pg_isready -U postgres"]""", "7:32: services.db.healthcheck.test")
            .Has("db", "stop_signal", "\"SIGINT\"", "")
            .Has("db", "stop_timeout", "\"1m30s\"", "")
            .Has("db", "restart", "\"always\"", "")
            .Has("db", "limits", """{"nofile":[2000,4000],"core":0}""", "services.db.ulimits.nofile")
            .Has("web", "cmd", $"""["sh","-c","exec serve {Dollar}HOME"]""", "")
            .Has("web", "environment", """{"A":"1"}""", "")
            .Has("web", "env_file", "\"web.env\"", "services.web.env_file")
            .Has("web", "user", "\"www-data\"", "services.web.user")
            .Has("web", "group", "\"www-data\"", "services.web.user")
            .Has("web", "depends_on", """{"db":"healthy","migrate":"completed"}""", "services.web.depends_on")
            .Has("web", "memory_max", "\"512MB\"", "services.web.mem_limit")
            .Has("web", "restart", "\"no\"", "")
            .Has("migrate", "cmd", """["rake","db:migrate now"]""", "")
            .Has("migrate", "restart", "\"on-failure\"", "");
        if (ServiceKeys.OfService.Names.Contains("health_cmd"))
            imported.Has("db", "health_interval", "\"10s\"", "").Has("db", "health_timeout", "\"30s\"", "").Has("db", "health_retries", "5", "").Has("db", "health_start_period", "\"1m\"", "");
    }

    [Fact]
    public void Who_depends_on_a_service_that_is_called_otherwise_here_names_it_as_it_is_called() =>
        Imported.From("compose.json", """
            { "services": {
                "web": { "command": "web", "depends_on": { "_db": { "condition": "service_healthy" }, "_": {} } },
                "db": { "command": "db" },
                "_db": { "command": "db", "depends_on": ["db"] },
                "_": { "command": [] }
            } }
            """)
            .Has("web", "depends_on", """["db-2"]""", "services.web.depends_on")
            .Has("db-2", "depends_on", """["db"]""", "services._db.depends_on")
            .Lost("services.web.depends_on._", "not among the services that are carried over")
            .Lost("services._", "its command is empty");

    [Fact]
    public void A_health_check_that_says_no_more_gets_what_compose_takes() =>
        Imported.From("compose.json", """{ "services": { "a": { "command": "a", "healthcheck": { "test": "true" } } } }""")
            .Has("a", "health_cmd", """["sh","-c","true"]""", "")
            .Has("a", "health_interval", "\"30s\"", "")
            .Has("a", "health_timeout", "\"30s\"", "")
            .Has("a", "health_retries", "3", "")
            .Has("a", "health_start_period", "\"0s\"", "");

    [Fact]
    public void What_is_left_behind_is_named_with_its_keys() =>
        Imported.From("compose.json", Sample)
            .Lost("5:16: services.db.image", "it has no counterpart")
            .Lost("services.web.depends_on.cache", "not among the services that are carried over")
            .Lost("services.web.ports", "it has no counterpart")
            .Lost("services.migrate.restart", "never given up")
            .Lost("services.cache", "neither command nor entrypoint")
            .Lost("volumes", "it has no counterpart");
}
