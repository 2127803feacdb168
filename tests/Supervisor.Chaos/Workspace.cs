using System.Reflection;

namespace Supervisor.Chaos;

/// <summary>The folder that holds all: copies of the programs, the configuration, and a small disk for state and logs.</summary>
internal sealed class Workspace : IAsyncDisposable
{
    /// <summary>A master whose worker comes 300 ms later. Both write over their titles, and so over their environments.</summary>
    private const string Master = """
        use IO::Socket::INET;
        use IO::Select;
        my ($name, $number, $marker) = @ARGV;
        $0 = "$name $marker";
        select undef, undef, undef, 0.3;
        my $worker = fork;
        defined $worker or die "fork: $!";
        if ($worker == 0) {
            $0 = "worker $marker";
            my $port = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $number, Listen => 64, ReuseAddr => 1) or die "port $number: $!";
            my $select = IO::Select->new($port);
            for (my $n = 1; ; $n++) {
                syswrite STDOUT, sprintf("%s %09d\n", $name, $n);
                $select->can_read(0.5) or next;
                my $client = $port->accept or next;
                sysread $client, my $request, 4096;
                syswrite $client, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                close $client;
            }
        }
        wait;
        exit 1;
        """;

    private Workspace(string folder, RunAs user)
    {
        Folder = folder;
        User = user;
    }

    public string Folder { get; }

    public RunAs User { get; }

    /// <summary>Whether <see cref="Disk"/> is a file system of its own, which may be filled.</summary>
    public bool HasDisk { get; private set; }

    public string Disk => Path.Combine(Folder, "disk");

    public string Socket => Path.Combine(Disk, "state", "supervisor.sock");

    public string StateFile => Path.Combine(Disk, "state", "state.json");

    public string ConfigurationFile => Path.Combine(Folder, "supervisor.json");

    /// <summary>What every process of this run has in its environment.</summary>
    public string Marker => $"CHAOS_RUN={Path.GetFileName(Folder)}";

    public string LogOf(string service) => Path.Combine(Disk, "logs", $"{service}.log");

    /// <summary>Makes it. Copies, for a checkout may lie where its user cannot read.</summary>
    public static async Task<Workspace> CreateAsync(string binary, int megabytes)
    {
        var folder = Directory.CreateTempSubdirectory("chaos-").FullName;
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        Copy(Dispatch, Directory.CreateDirectory(Path.Combine(folder, "bin")).FullName);
        await File.WriteAllTextAsync(Path.Combine(folder, "bin", "master.pl"), Master);
        File.Copy(binary, Path.Combine(folder, "supervisor"));
        var workspace = new Workspace(folder, await RunAs.ChooseAsync(Path.Combine(folder, "bin", "dispatch.dll")));
        Directory.CreateDirectory(workspace.Disk);
        workspace.HasDisk = Environment.UserName == "root"
            && await Command.EndsWithAsync(0, "mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "chaos", workspace.Disk);
        return workspace;
    }

    /// <summary>Gives everything in it to the user who is going to run there.</summary>
    public async Task HandOverAsync()
    {
        if (User.Owner is { } owner)
            await Command.RunAsync("chown", "-R", owner, Folder);
    }

    /// <summary>The supervisor's command line.</summary>
    public IReadOnlyList<string> Supervisor(params IReadOnlyList<string> args) =>
        [.. User.Prefix, Path.Combine(Folder, "supervisor"), "-c", ConfigurationFile, .. args];

    /// <summary>
    /// Puts another file with the same content in the binary's place. Another process writes it: what this one has open for writing,
    /// a child that it forks at the same moment keeps from being executed (ETXTBSY).
    /// </summary>
    public async Task ReplaceBinaryAsync()
    {
        var binary = Path.Combine(Folder, "supervisor");
        await Command.RunAsync("cp", "-p", binary, binary + ".new");
        File.Move(binary + ".new", binary, overwrite: true);
    }

    /// <summary>Every living process of this run, whoever its parent is by now.</summary>
    public IEnumerable<Proc> Processes() => Proc.All().Where(process => !process.IsZombie && process.Has(Marker));

    /// <summary>Copies the logs, and the state and events, to where they stay, and gives that folder.</summary>
    public async Task<string> KeepAsync()
    {
        var kept = Folder + "-failed";
        await Command.RunAsync("cp", "-r", Disk, kept);
        return kept;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Processes())
            process.Signal(Signals.Kill);
        if (HasDisk)
            await Command.RunAsync("umount", "--lazy", Disk);
        Directory.Delete(Folder, recursive: true);
    }

    private static string Dispatch =>
        typeof(Workspace).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Dispatch").Value!;

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
