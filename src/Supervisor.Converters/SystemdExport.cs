using System.Globalization;
using System.Text;
using Supervisor.Kernel;

namespace Supervisor.Converters;

/// <summary>A unit for each service, and a target for all: systemd.service(5). Each begins with a line that names its file, as systemctl cat has it.</summary>
internal sealed class SystemdExport(SupervisorConfig config, Report report) : Export(config, report)
{
    public override string Text()
    {
        Lose(Weight.Note, null, "environment", "the supervisor's own environment is not there; systemd gives little more than a PATH of its own");
        var text = new StringBuilder($"""
            # {Project}.target
            [Unit]
            Description=The services of {Config.File.Replace("%", "%%", StringComparison.Ordinal)}
            Wants={string.Join(' ', Config.Services.Where(service => service.Autostart).Select(service => FileOf(service.Spec.Name)))}

            [Install]
            WantedBy=multi-user.target

            """);
        foreach (var service in Config.Services)
            text.Append('\n').Append(Unit(service));
        return text.ToString();
    }

    private string FileOf(string service) => $"{Project}-{service}.service";

    private string Unit(ServiceConfig service)
    {
        var spec = service.Spec;
        var isWork = Config.Services.Any(other => other.Spec.Conditions.GetValueOrDefault(spec.Name) == Condition.Completed);
        var text = new StringBuilder($"# {FileOf(spec.Name)}\n[Unit]\nDescription={spec.Name} of {Project}\nPartOf={Project}.target\n");
        foreach (var need in spec.DependsOn)
            text.Append($"{(spec.Conditions.GetValueOrDefault(need) == Condition.Completed ? "Requires" : "Wants")}={FileOf(need)}\nAfter={FileOf(need)}\n");
        if (spec.DependsOn.Any(need => !spec.Conditions.ContainsKey(need) && Config.Services.First(other => other.Spec.Name == need).Spec.Checked))
            Lose(Weight.Danger, service, "depends_on", "it starts once the others have been started, not once they are healthy");
        text.Append("# It is never given up.\nStartLimitIntervalSec=0\n\n[Service]\n");
        text.Append(isWork ? "Type=oneshot\nRemainAfterExit=yes\n" : "Type=exec\n");
        text.Append($"WorkingDirectory={service.WorkingDir.Replace("%", "%%", StringComparison.Ordinal)}\n");
        foreach (var file in EnvFiles(service))
            text.Append($"EnvironmentFile={file.Replace("%", "%%", StringComparison.Ordinal)}\n");
        foreach (var (name, value) in Variables(service, "put it into a file that EnvironmentFile= names"))
            text.Append($"Environment={UnitText.Quote($"{name}={value}")}\n");
        AppendTerms(text, service);
        text.Append($"ExecStart={UnitText.Quote(Program(service))}{string.Concat(service.Cmd.Skip(1).Select(word => $" {UnitText.QuoteArgument(word)}"))}\n");
        LoseIf(!Path.IsPathRooted(Program(service)), Weight.Danger, service, "cmd", $"{service.Cmd[0]} is not on this machine; systemd looks for it in folders of its own");
        AppendRestart(text, spec, isWork);
        if (service.StopSignal != "SIGTERM")
            text.Append($"KillSignal={service.StopSignal}\n");
        text.Append($"TimeoutStopSec={Span(spec.StopTimeout)}\n");
        if (service.MemoryMax is { } bytes)
        {
            text.Append($"MemoryMax={bytes}\n");
            Lose(Weight.Note, service, "memory_max", "the kernel kills a process at once that would need more");
        }
        AppendHealth(text, service);
        LoseCommon(service, "the output goes to the journal");
        return text.ToString();
    }

    private static void AppendTerms(StringBuilder text, ServiceConfig service)
    {
        var terms = service.Terms;
        if (terms.User is { } user)
            text.Append($"User={user.Name}\n");
        if (terms.Group is { } group)
            text.Append($"Group={group}\n");
        if (terms.Umask is { } umask)
            text.Append($"UMask={Convert.ToString(umask, 8).PadLeft(4, '0')}\n");
        if (terms.Nice is { } nice)
            text.Append($"Nice={nice}\n");
        foreach (var (name, limit) in terms.Limits)
            text.Append($"Limit{name.ToUpperInvariant()}={Limit(name, limit.Soft)}:{Limit(name, limit.Hard)}\n");
    }

    private static string Limit(string name, ulong value) => value == Platform.Current.Unlimited ? "infinity" : name == "rttime" ? $"{value}us" : value.ToString(CultureInfo.InvariantCulture);

    private static void AppendRestart(StringBuilder text, ServiceSpec spec, bool isWork)
    {
        var restart = spec.Restart switch { RestartMode.Always => isWork ? "on-failure" : "always", RestartMode.OnFailure => "on-failure", RestartMode.No => "no" };
        text.Append($"Restart={restart}\n");
        if (spec.Restart == RestartMode.No)
            return;
        text.Append($"RestartSec={Span(spec.BackoffInitial)}\n");
        // So many doublings as lead from the one to the other (systemd 254).
        if (spec.BackoffMax > spec.BackoffInitial && spec.BackoffInitial > TimeSpan.Zero)
            text.Append($"RestartSteps={Math.Ceiling(Math.Log2(spec.BackoffMax / spec.BackoffInitial)):0}\nRestartMaxDelaySec={Span(spec.BackoffMax)}\n");
    }

    private void AppendHealth(StringBuilder text, ServiceConfig service)
    {
        var spec = service.Spec;
        if (!spec.Checked)
            return;
        var check = service switch
        {
            { HealthUrl: { } url } => $"curl --fail --silent --show-error --output /dev/null --max-time {Seconds(service.HealthTimeout)}{(service.HealthInsecure ? " --insecure" : "")} '{url.OriginalString}'",
            { HealthTcp: { } port } => $"timeout {Seconds(service.HealthTimeout)} bash -c '</dev/tcp/127.0.0.1/{port}'",
            _ => string.Join(' ', service.HealthCmd.Select(word => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'")),
        };
        text.Append($"""
            # systemd asks nobody how it is. Have the program say WATCHDOG=1 (sd_notify(3)) and set WatchdogSec=, or have a timer run, every {Span(spec.HealthInterval)}:
            #   {Printable.Escape(check)} || systemctl restart {FileOf(spec.Name)}

            """);
        Lose(Weight.Danger, service, "health", "is not checked; a comment in the unit says what could");
    }

    /// <summary>systemd.time(7).</summary>
    private static string Span(TimeSpan time) => $"{(long)time.TotalMilliseconds}ms";
}
