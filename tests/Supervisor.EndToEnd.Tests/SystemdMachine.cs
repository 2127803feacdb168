using System.Diagnostics;
using System.Text.Json.Nodes;
using Xunit;

namespace Supervisor.EndToEnd.Tests;

/// <summary>
/// A real systemd, as process 1 of pid, mount and cgroup namespaces of its own, with a unit that <c>install</c> wrote.
/// Its configuration lies in a folder whose name is hard to quote.
/// </summary>
internal sealed class SystemdMachine : IAsyncDisposable
{
    /// <summary>
    /// Only the few units that a machine needs to come up and go down: all others would mount, create and clean up on
    /// the machine that the tests run on. Nothing that is mounted here is seen outside.
    /// </summary>
    private const string Boot = """
        set -e
        units=/usr/lib/systemd/system
        mkdir "$1/units"
        for unit in sysinit.target basic.target multi-user.target network.target shutdown.target umount.target final.target poweroff.target systemd-poweroff.service; do
            cp "$units/$unit" "$1/units/"
        done
        mount --make-rprivate /
        mount -t proc proc /proc
        mount -t tmpfs tmpfs /run
        mount -t tmpfs tmpfs /etc/systemd/system
        mount -t tmpfs tmpfs /usr/lib/systemd/system-generators
        mount --bind "$1/units" "$units"
        umount -R /sys/fs/cgroup
        mount -t cgroup2 cgroup2 /sys/fs/cgroup
        echo booting
        exec env -i PATH="$PATH" container=other /usr/lib/systemd/systemd --system --unit=multi-user.target
        """;

    private readonly Process machine;
    private readonly string init;

    private SystemdMachine(Process machine, string init, string folder)
    {
        this.machine = machine;
        this.init = init;
        Folder = folder;
    }

    /// <summary>A folder that is the same inside and outside.</summary>
    public string Folder { get; }

    /// <summary>Whether the machine is off.</summary>
    public Task Off => machine.WaitForExitAsync();

    private string ConfigurationFile => Path.Combine(Folder, "100% $HOME \"quoted\" \\x", "supervisor.json");

    /// <summary>Boots one with the supervisor installed for these services, or skips the test and says why.</summary>
    public static async Task<SystemdMachine> BootAsync(string settings, params (string Name, JsonObject Service)[] services)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "systemd is Linux's");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root may start a systemd of its own");
        Assert.SkipUnless(File.Exists("/usr/lib/systemd/systemd") && Commands.Exist("unshare", "nsenter"), "no systemd is installed (Debian: apt install systemd)");
        var folder = Directory.CreateTempSubdirectory("supervisor-").FullName;
        var machine = Commands.Start("unshare", "--pid", "--fork", "--mount", "--cgroup", "--kill-child", "sh", "-c", Boot, "boot", folder);
        if (await machine.StandardOutput.ReadLineAsync() != "booting")
        {
            Directory.Delete(folder, recursive: true);
            Assert.Skip($"no systemd of its own may be started here: {await machine.StandardError.ReadToEndAsync()}");
        }
        var init = (await File.ReadAllTextAsync($"/proc/{machine.Id}/task/{machine.Id}/children")).Trim();
        var booted = new SystemdMachine(machine, init, folder);
        await booted.InstallAsync(settings, services);
        return booted;
    }

    /// <summary>Runs a command inside.</summary>
    public Task<CommandResult> RunAsync(params string[] command) => Commands.RunAsync("nsenter", ["-t", init, "-m", "-p", "-C", "--", .. command]);

    /// <summary>Runs a command inside that has to succeed.</summary>
    public async Task<string> DoAsync(params string[] command)
    {
        var result = await RunAsync(command);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', command)}: {result.ExitCode} {result.Output}{result.Error}");
        return result.Output;
    }

    /// <summary>Runs the supervisor's command line inside.</summary>
    public Task<CommandResult> SupervisorAsync(params string[] args) => RunAsync([Programs.Supervisor, "-c", ConfigurationFile, .. args]);

    /// <summary>A property of the unit, as systemd has it.</summary>
    public async Task<string> PropertyAsync(string name) =>
        (await DoAsync("systemctl", "show", "--value", "--property", name, "dispatch-supervisor.service")).Trim();

    /// <summary>The pid of a service, inside.</summary>
    public async Task<string> PidAsync(string service) => (await SupervisorAsync("status", service)).Rows[service][1];

    /// <summary>Whether a process is there.</summary>
    public async Task<bool> IsAliveAsync(string pid) => (await RunAsync("kill", "-0", pid)).ExitCode == 0;

    public async ValueTask DisposeAsync()
    {
        if (!machine.HasExited)
            machine.Kill();
        await Off;
        machine.Dispose();
        // Its first process is gone after all others, of which one might make a file yet.
        await Commands.UntilAsync(() => Task.FromResult(Signals.IsAlive(int.Parse(init))), isAlive => !isAlive);
        Directory.Delete(Folder, recursive: true);
    }

    private async Task InstallAsync(string settings, (string Name, JsonObject Service)[] services)
    {
        var top = new JsonObject { ["services"] = new JsonObject(services.Select(service => KeyValuePair.Create(service.Name, (JsonNode?)service.Service))) };
        Directory.CreateDirectory(Path.GetDirectoryName(ConfigurationFile)!);
        await File.WriteAllTextAsync(ConfigurationFile, top.ToJsonString());
        await Commands.UntilAsync(() => RunAsync("systemctl", "is-system-running"), answer => answer.Output is "running\n" or "degraded\n");
        Assert.Equal((0, ""), await SupervisorAsync("install", "systemd", "--write") is var installed ? (installed.ExitCode, installed.Error) : default);
        // Besides what the test sets: no journal runs here, and what the build makes, unlike the native binary, needs to find .NET.
        var dotnet = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../.."));
        var dropIn = $"[Service]\nStandardError=append:{Folder}/stderr\nEnvironment=DOTNET_ROOT={dotnet}\n{settings}\n";
        await DoAsync("sh", "-c", $"mkdir /etc/systemd/system/dispatch-supervisor.service.d && printf '%s' \"$1\" > /etc/systemd/system/dispatch-supervisor.service.d/test.conf", "sh", dropIn);
        await DoAsync("systemctl", "daemon-reload");
        await DoAsync("systemctl", "enable", "--now", "dispatch-supervisor.service");
    }
}
