using System.Security;

namespace Supervisor.Client;

/// <summary>A file that tells a guard how to run the supervisor, and how a person has it do so.</summary>
/// <param name="Path">Where the guard looks for it.</param>
/// <param name="Content">What is in it.</param>
/// <param name="Rivals">Where the guard looks for units of the same name, too: one that is found before it, it hides, or would be hidden by it.</param>
/// <param name="Commands">What to type to have it take effect, and start at every boot.</param>
internal sealed record GuardUnit(string Path, string Content, IEnumerable<string> Rivals, IReadOnlyList<string> Commands);

/// <summary>What a unit is made of.</summary>
/// <param name="Name">What the guard calls it.</param>
/// <param name="Program">The supervisor's binary.</param>
/// <param name="ConfigFile">The configuration.</param>
/// <param name="SearchPath">PATH, on which the daemons' programs are looked up; a guard's own is not the user's.</param>
/// <param name="StopSeconds">How long a stop may take.</param>
/// <param name="ForUser">Whether it is for the user's own guard rather than the system's.</param>
internal sealed record GuardOrder(string Name, string Program, string ConfigFile, string SearchPath, int StopSeconds, bool ForUser);

/// <summary>Puts a unit where its guard looks for it.</summary>
internal static class UnitFile
{
    private const UnixFileMode ForAllToRead =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Writes it whole or not at all, and never over anything else.</summary>
    /// <returns>False if something else is there.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static bool Write(string path, string content)
    {
        if (Path.Exists(path))
            return File.Exists(path) && File.ReadAllText(path) == content;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var draft = $"{path}.new";
        try
        {
            File.WriteAllText(draft, content);
            File.SetUnixFileMode(draft, ForAllToRead);
            File.Move(draft, path, overwrite: false);
            return true;
        }
        finally
        {
            File.Delete(draft);
        }
    }
}

/// <summary>How long a guard has to wait for a supervisor that it asked to stop, before it may think of killing it.</summary>
internal static class StopAllowance
{
    // For a machine that is busy, as it is when everything is shut down at once.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    /// <summary>In whole seconds: the graces of those that are stopped one after the other, for they depend on each other, and a margin.</summary>
    public static int Seconds(SupervisorConfig config) => (int)Math.Ceiling((LongestChain(config) + Margin).TotalSeconds);

    private static TimeSpan LongestChain(SupervisorConfig config)
    {
        var services = config.Services.ToDictionary(service => service.Spec.Name, service => service.Spec);
        var chains = new Dictionary<string, TimeSpan>();
        return services.Keys.Select(ChainFrom).DefaultIfEmpty().Max();

        TimeSpan ChainFrom(string name) => chains.TryGetValue(name, out var known) ? known
            : chains[name] = services[name].StopTimeout + services[name].DependsOn.Select(ChainFrom).DefaultIfEmpty().Max();
    }
}

/// <summary>The property list for launchd; see launchd.plist(5).</summary>
internal static class LaunchdJob
{
    /// <summary>The job that was ordered.</summary>
    public static GuardUnit For(GuardOrder order)
    {
        var path = Path.Combine(order.ForUser ? InHome("Library/LaunchAgents") : "/Library/LaunchDaemons", $"{order.Name}.plist");
        var log = order.ForUser ? InHome($"Library/Logs/{order.Name}.log") : $"/var/log/{order.Name}.log";
        var folders = new[] { InHome("Library/LaunchAgents"), "/Library/LaunchAgents", "/Library/LaunchDaemons", "/System/Library/LaunchAgents", "/System/Library/LaunchDaemons" };
        return new(path, Content(order, log), folders.Select(folder => Path.Combine(folder, $"{order.Name}.plist")), [$"launchctl bootstrap {(order.ForUser ? "gui/$(id -u)" : "system")} '{path}'"]);
    }

    private static string InHome(string path) =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), path);

    private static string Content(GuardOrder order, string log) => $"""
        <?xml version="1.0" encoding="UTF-8"?>
        <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
        <plist version="1.0">
        <dict>
            <key>Label</key>
            {Text(order.Name)}
            <key>ProgramArguments</key>
            <array>
                {Text(order.Program)}
                <string>-c</string>
                {Text(order.ConfigFile)}
                <string>up</string>
            </array>
            <key>EnvironmentVariables</key>
            <dict>
                <key>PATH</key>
                {Text(order.SearchPath)}
            </dict>
            <key>RunAtLoad</key>
            <true/>
            <key>KeepAlive</key>
            <true/>
            <key>ThrottleInterval</key>
            <integer>1</integer>
            <!-- Longer than the longest stop_timeout of the configuration; those of services that depend on each other add up. -->
            <key>ExitTimeOut</key>
            <integer>{order.StopSeconds}</integer>
            <!-- If the supervisor dies, its daemons run on, and the next one adopts them. A stop is its own work. -->
            <key>AbandonProcessGroup</key>
            <true/>
            <key>StandardErrorPath</key>
            {Text(log)}
        </dict>
        </plist>

        """;

    private static string Text(string text) => $"<string>{SecurityElement.Escape(text)}</string>";
}

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
            SearchPath(order.ForUser).Select(folder => Path.Combine(folder, $"{order.Name}.service")),
            [$"systemctl{user} daemon-reload", $"systemctl{user} enable --now {order.Name}.service", .. order.ForUser ? ["loginctl enable-linger    # keeps it running when you log out"] : Array.Empty<string>()]);
    }

    private static string Folder(bool forUser) => forUser
        ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify), "systemd/user")
        : "/etc/systemd/system";

    /// <summary>systemd.unit(5), "Unit File Load Path". What a script of System V comes to lies in a folder named after its generator.</summary>
    private static IEnumerable<string> SearchPath(bool forUser)
    {
        var (kind, own) = (forUser ? "user" : "system", Folder(forUser));
        var run = $"{(forUser ? Variable("XDG_RUNTIME_DIR", "/run") : "/run")}/systemd";
        var shared = forUser ? $"{Variable("XDG_CONFIG_DIRS", "/etc/xdg")}:{Variable("XDG_DATA_HOME", $"{Variable("HOME", "/")}/.local/share")}:{Variable("XDG_DATA_DIRS", "/usr/local/share:/usr/share")}" : "";
        return
        [
            own, $"{own}.control", $"{own}.attached", $"{run}/{kind}", $"{run}/{kind}.control", $"{run}/{kind}.attached",
            $"{run}/transient", $"{run}/generator.early", $"{run}/generator", $"{run}/generator.late", $"/run/systemd/{kind}",
            $"/etc/systemd/{kind}", $"/usr/local/lib/systemd/{kind}", $"/usr/lib/systemd/{kind}", $"/lib/systemd/{kind}",
            .. shared.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(folder => $"{folder}/systemd/user"),
        ];
    }

    private static string Variable(string name, string otherwise) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : otherwise;

    private static string Content(GuardOrder order) => $"""
        [Unit]
        Description=The daemons of {order.ConfigFile.Replace("%", "%%", StringComparison.Ordinal)} (supervisor)
        {(order.ForUser ? "" : "After=network.target\n")}# Never give up.
        StartLimitIntervalSec=0

        [Service]
        Type=notify
        NotifyAccess=main
        Environment={UnitText.Quote($"PATH={order.SearchPath}")}
        ExecStart={UnitText.Quote(order.Program)} -c {UnitText.QuoteArgument(order.ConfigFile)} up
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
}
