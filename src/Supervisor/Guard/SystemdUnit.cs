namespace Supervisor.Guard;

/// <summary>The unit for systemd; see systemd.service(5).</summary>
internal static class SystemdUnit
{
    /// <summary>The unit that was ordered.</summary>
    public static GuardUnit For(GuardOrder order)
    {
        var user = order.ForUser ? " --user" : "";
        return new(
            Path.Combine(Folder(order.ForUser), $"{order.Name}.service"),
            Content(order),
            [$"systemctl{user} daemon-reload", $"systemctl{user} enable --now {order.Name}.service", .. order.ForUser ? ["loginctl enable-linger    # keeps it running when you log out"] : Array.Empty<string>()]);
    }

    private static string Folder(bool forUser) => forUser
        ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify), "systemd/user")
        : "/etc/systemd/system";

    private static string Content(GuardOrder order) => $"""
        [Unit]
        Description=The daemons of {order.ConfigFile.Replace("%", "%%", StringComparison.Ordinal)} (supervisor)
        {(order.ForUser ? "" : "After=network.target\n")}# Never give up.
        StartLimitIntervalSec=0

        [Service]
        Type=notify
        NotifyAccess=main
        Environment={Quote($"PATH={order.SearchPath}")}
        ExecStart={Quote(order.Program)} -c {QuoteArgument(order.ConfigFile)} up
        ExecReload=/bin/kill -HUP $MAINPID
        Restart=always
        RestartSec=1
        # The loop of the supervisor says that it is alive; a supervisor that hangs is killed and started anew.
        WatchdogSec=30
        # If the supervisor dies, its daemons run on, and the next one adopts them. A stop is its own work.
        KillMode=process
        # Longer than the longest stop_timeout of the configuration; those of services that depend on each other add up.
        TimeoutStopSec={order.StopSeconds}
        # A daemon that is killed for want of memory is the supervisor's business, no reason to stop everything.
        OOMPolicy=continue
        # All daemons count as tasks of this unit.
        TasksMax=infinity

        [Install]
        WantedBy={(order.ForUser ? "default.target" : "multi-user.target")}

        """;

    /// <summary>A word of a command line, in which a $ begins a variable; but not in the first one (systemd.service(5), "Command lines").</summary>
    private static string QuoteArgument(string text) => Quote(text).Replace("$", "$$", StringComparison.Ordinal);

    /// <summary>One word, in quotes if it needs them (systemd.syntax(7), "Quoting"). A % begins a specifier (systemd.unit(5)).</summary>
    private static string Quote(string text)
    {
        var word = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("%", "%%", StringComparison.Ordinal);
        return text.All(letter => char.IsAsciiLetterOrDigit(letter) || "/._-=:+,@".Contains(letter)) ? word : $"\"{word}\"";
    }
}
