namespace Supervisor.Tests.Import;

public sealed class SupervisordImportTests
{
    private const string Sample = """
        ; Sample of http://supervisord.org/configuration.html, shortened.
        [unix_http_server]
        file = /tmp/supervisor.sock

        [program:web]
        command=/bin/sh -c "exec sleep 1000"   ; a comment
        directory=%(here)s
        environment=A="1,2",B='x; y',
            C=%(program_name)s
        user=nobody
        umask=022
        autostart=false
        autorestart=unexpected
        startsecs=5
        startretries=3
        exitcodes=0,2
        stopsignal=QUIT
        stopwaitsecs=90
        numprocs=2
        process_name=%(program_name)s_%(process_num)02d
        redirect_stderr=true
        stdout_logfile=/var/log/web.log
        stdout_logfile_maxbytes=10MB
        stdout_logfile_backups=3
        priority=999

        [program:cat]
        command=/bin/cat --show-%%-all
        autorestart=true

        [include]
        files = conf.d/*.ini
        """;

    [Fact]
    public void A_program_becomes_a_service()
    {
        var imported = Imported.From("supervisord.conf", Sample);
        Assert.Equal(["web", "cat"], imported.Services.Select(service => service.Key));
        imported
            .Has("web", "cmd", """["/bin/sh","-c","exec sleep 1000"]""", "")
            .Has("web", "working_dir", "\"/\"", "")
            .Has("web", "environment", """{"A":"1,2","B":"x; y","C":"web"}""", "")
            .Has("web", "user", "\"nobody\"", "10:1: program:web.user")
            .Has("web", "umask", "\"022\"", "11:1: program:web.umask")
            .Has("web", "autostart", "false", "")
            .Has("web", "restart", "\"on-failure\"", "")
            .Has("web", "backoff_reset", "\"5s\"", "")
            .Has("web", "alert_after", "3", "")
            .Has("web", "stop_signal", "\"SIGQUIT\"", "")
            .Has("web", "stop_timeout", "\"1m30s\"", "")
            .Has("web", "instances", "2", "19:1: program:web.numprocs")
            .Has("web", "log_max_size", "\"10MB\"", "")
            .Has("web", "log_keep", "3", "")
            .Has("cat", "cmd", """["/bin/cat","--show-%-all"]""", "")
            .Has("cat", "restart", "\"always\"", "");
    }

    [Fact]
    public void What_is_left_behind_is_named_with_its_line() =>
        Imported.From("supervisord.conf", Sample)
            .Lost("2:1: unix_http_server", "it is about supervisord itself")
            .Lost("15:1: program:web.startretries", "a service is never given up")
            .Lost("16:1: program:web.exitcodes", "0 alone is an expected exit code")
            .Lost("22:1: program:web.stdout_logfile", "LOG_DIR/NAME.log")
            .Lost("25:1: program:web.priority", "there are no priorities; see depends_on")
            .Lost("31:1: include", "the files it names (conf.d/*.ini) are not read");

    [Theory]
    [InlineData("[program:a]\nautostart=true", "1:1: program:a", "it has no command")]
    [InlineData("[program:a]\ncommand=sh 'x", "2:1: program:a.command", "cannot be read as a value of cmd")]
    [InlineData("[program:a]\ncommand=sh\nautostart=perhaps", "3:1: program:a.autostart", "'perhaps' cannot be read as a value of autostart")]
    [InlineData("[program:a]\ncommand=sh\nstdout_logfile_maxbytes=0", "3:1: program:a.stdout_logfile_maxbytes", "always cut")]
    public void A_value_that_cannot_be_read_is_left_behind(string text, string place, string reason) =>
        Imported.From("x.ini", text).Lost(place, reason);

    [Fact]
    public void A_program_without_a_word_on_restarts_is_restarted_as_supervisord_would() =>
        Imported.From("x.ini", "[program:a]\ncommand=/bin/sh").Has("a", "restart", "\"on-failure\"", "");

    [Fact]
    public void Of_a_key_given_twice_the_last_counts() =>
        Imported.From("x.ini", "[program:a]\ncommand=/bin/cat\ncommand=/bin/sh").Has("a", "cmd", "[\"/bin/sh\"]", "");
}
