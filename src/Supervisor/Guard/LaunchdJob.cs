using System.Security;

namespace Supervisor.Guard;

/// <summary>The property list for launchd; see launchd.plist(5).</summary>
internal static class LaunchdJob
{
    /// <summary>The job that was ordered.</summary>
    public static GuardUnit For(GuardOrder order)
    {
        var path = Path.Combine(order.ForUser ? InHome("Library/LaunchAgents") : "/Library/LaunchDaemons", $"{order.Name}.plist");
        var log = order.ForUser ? InHome($"Library/Logs/{order.Name}.log") : $"/var/log/{order.Name}.log";
        return new(path, Content(order, log), [$"launchctl bootstrap {(order.ForUser ? "gui/$(id -u)" : "system")} '{path}'"]);
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
