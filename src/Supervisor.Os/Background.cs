namespace Supervisor.Os;

/// <summary>
/// Programs that put themselves into the background: what was started ends well at once, and what works goes on where nobody supervises it.
/// </summary>
public static class Background
{
    /// <summary>What went there of each of these; null for nothing, or where it cannot be seen. Linux only.</summary>
    public static IReadOnlyList<(int Pid, string Program)?> Of(IReadOnlyList<Sought> sought)
    {
        var found = new (int, string)?[sought.Count];
        foreach (var pid in OperatingSystem.IsLinux() ? ProcFiles.Processes() : [])
        {
            var (mark, comm) = (MarkedProcess.Of(pid), ProcFiles.Text($"/proc/{pid}/comm").Trim());
            for (var i = 0; i < sought.Count; i++)
                if (found[i] is null && sought[i].MayBe(mark, comm) && ProcessStat.Read(pid) is { IsEnded: false } stat && stat.Group != sought[i].Group && (mark is not null || stat.Parent == Environment.ProcessId))
                    found[i] = (pid, comm);
        }
        return found;
    }

    /// <summary>What may have gone there.</summary>
    /// <param name="Mark">What it says of itself.</param>
    /// <param name="Program">The program that was started; a daemon that writes its title over its environment has lost the mark.</param>
    /// <param name="Group">The group that it has left.</param>
    public sealed record Sought(MarkedProcess Mark, string Program, int Group)
    {
        internal bool MayBe(MarkedProcess? mark, string comm) =>
            mark is null ? comm.Length > 0 && Path.GetFileName(Program).StartsWith(comm, StringComparison.Ordinal) : mark == Mark;
    }

    /// <summary>What to do about it.</summary>
    public static string Remedy(string program) => $"have it stay in the foreground{(OptionOf(program) is { } option ? $": {option}" : "")}";

    // Of each program, by the beginning of its name, what its manual says.
    private static string? OptionOf(string program) => program switch
    {
        "nginx" => "nginx -g 'daemon off;'",
        "redis-server" or "valkey-server" => $"{program} --daemonize no",
        "apache2" or "httpd" => $"{program} -DFOREGROUND",
        "sshd" => "sshd -D",
        "cron" or "vixie-cron" => "cron -f",
        "crond" => "crond -n, or -f",
        "php-fpm" => "php-fpm --nodaemonize",
        "haproxy" => "haproxy -db",
        "dnsmasq" => "dnsmasq --keep-in-foreground",
        "named" => "named -f",
        "unbound" => "unbound -d",
        "rsyslogd" => "rsyslogd -n",
        "chronyd" or "ntpd" => $"{program} -n",
        "lighttpd" => "lighttpd -D",
        "memcached" or "mosquitto" => $"{program} without -d",
        "mongod" => "mongod without --fork",
        "squid" => "squid -N",
        "dovecot" => "dovecot -F",
        "varnishd" => "varnishd -F",
        "vsftpd" => "background=NO in its configuration",
        "stunnel" or "stunnel4" => "foreground = yes in its configuration",
        "openvpn" => "openvpn without --daemon",
        "gunicorn" or "celery" or "uwsgi" => $"{program} without its daemon option",
        "supervisord" => "supervisord --nodaemon",
        "smbd" or "nmbd" => $"{program} --foreground --no-process-group",
        "slapd" => "slapd -d 0",
        _ when program.StartsWith("php-fpm", StringComparison.Ordinal) => $"{program} --nodaemonize",
        _ => null,
    };
}

/// <summary>What a process says of itself by the mark in its environment. Linux only.</summary>
/// <param name="Service">The service that it was started for.</param>
/// <param name="Folder">The state folder of the supervisor that started it.</param>
public sealed record MarkedProcess(string Service, string? Folder)
{
    /// <summary>What it says; null if it bears no mark, or none that can be seen.</summary>
    public static MarkedProcess? Of(int pid)
    {
        var variables = ProcFiles.Text($"/proc/{pid}/environ").Split('\0');
        return Mark.Value(variables, Mark.Service) is { } service ? new(service, Mark.Value(variables, Mark.StateDir)) : null;
    }
}
