using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Supervisor.Chaos;

/// <summary>
/// The services: of ten, four daemons with a health check, one behind a shell, one before a pipe, a master with a worker, two shell scripts
/// without a health check, and a daemon to whom nothing is done.
/// </summary>
internal sealed class Fleet(int size, string marker)
{
    // Below the range from which the system takes ports for outgoing connections, such as every probe.
    private const int LowestPort = 12000;
    private const int HighestPort = 32000;

    private static readonly HashSet<int> Given = [];

    public IReadOnlyList<Target> All { get; } = [.. Enumerable.Range(1, size).Select(i => (i % 10) switch { 0 or 5 => Script(i), 1 => Bystander(i), 2 => Wrapped(i), 3 => Piped(i), 4 => Master(i, marker), _ => Daemon(i) })];

    /// <summary>Those to whom something is done.</summary>
    public IReadOnlyList<Target> Victims => field ??= [.. All.Where(target => !target.IsBystander)];

    /// <summary>The others.</summary>
    public IReadOnlyList<Target> Bystanders => field ??= [.. All.Where(target => target.IsBystander)];

    /// <summary>The configuration, with everything quick enough for ten minutes.</summary>
    public string Configuration()
    {
        var variable = marker.Split('=');
        return new JsonObject
        {
            ["state_dir"] = "disk/state",
            ["log_dir"] = "disk/logs",
            ["alert_cmd"] = new JsonArray("true"),
            ["defaults"] = new JsonObject
            {
                ["environment"] = new JsonObject { [variable[0]] = variable[1] },
                ["health_interval"] = "500ms",
                ["health_start_period"] = "20s",
                ["backoff_initial"] = "100ms",
                ["backoff_max"] = "4s",
                ["backoff_reset"] = "5s",
                ["stop_timeout"] = "2s",
            },
            ["services"] = new JsonObject(All.Select(target => KeyValuePair.Create(target.Name, (JsonNode?)target.ToJson()))),
        }.ToJsonString(new() { WriteIndented = true });
    }

    /// <summary>Some are slow to start, slow to stop, deaf to SIGTERM, or parents of one who is.</summary>
    private static Target Daemon(int number)
    {
        var (name, port) = ($"daemon-{number:D2}", FreePort());
        string[] habit = (number % 11) switch
        {
            1 => ["--start-delay", "1s"],
            3 => ["--stop-delay", "500ms"],
            7 => ["--ignore-term"],
            9 => ["--fork"],
            _ => [],
        };
        return new(name, port, ["dotnet", "bin/dispatch.dll", name, $"{port}", "--log-rate", "50", .. habit]) { IsObedient = true };
    }

    private static Target Bystander(int number)
    {
        var (name, port) = ($"bystander-{number:D2}", FreePort());
        return new(name, port, ["dotnet", "bin/dispatch.dll", name, $"{port}", "--log-rate", "50"]) { IsBystander = true };
    }

    /// <summary>A shell that waits for the daemon, and ends at once when its group is told to.</summary>
    private static Target Wrapped(int number)
    {
        var (name, port) = ($"wrapped-{number:D2}", FreePort());
        return new(name, port, ["sh", "-c", $"dotnet bin/dispatch.dll {name} {port} --log-rate 50 --stop-delay 500ms; true"]) { IsWrapped = true };
    }

    private static Target Piped(int number)
    {
        var (name, port) = ($"piped-{number:D2}", FreePort());
        return new(name, port, ["sh", "-c", $"dotnet bin/dispatch.dll {name} {port} --log-rate 50 | cat"]);
    }

    /// <summary>It writes over its title, and so over its environment. Its worker, which comes later and holds the port, does the same.</summary>
    private static Target Master(int number, string marker)
    {
        var (name, port) = ($"master-{number:D2}", FreePort());
        return new(name, port, ["perl", "bin/master.pl", name, $"{port}", marker]) { Title = $"{name} {marker}" };
    }

    /// <summary>Every other one lets a stray loose, which lives for ever: one with its mark, one without, one that does not listen.</summary>
    private static Target Script(int number)
    {
        var (name, lifetime) = ($"script-{number:D2}", $"{100_000 + number}");
        var stray = (number % 30) switch
        {
            0 => $"(trap '' TERM; exec setsid sleep {lifetime}) & ",
            10 => $"env -i CHAOS_RUN=$CHAOS_RUN setsid sleep {lifetime} & ",
            20 => $"setsid sleep {lifetime} & ",
            _ => "",
        };
        return new(name, null, ["sh", "-c", $"{stray}n=0; while :; do n=$((n + 1)); printf '{name} %09d\\n' $n; sleep 0.5; done"]) { Stray = stray.Length > 0 ? $"sleep\0{lifetime}\0" : null };
    }

    private static int FreePort()
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, Random.Shared.Next(LowestPort, HighestPort));
            try
            {
                listener.Start();
                var port = ((IPEndPoint)listener.LocalEndpoint).Port;
                if (Given.Add(port))
                    return port;
            }
            catch (SocketException)
            {
                // Somebody's; another one, then.
            }
        }
    }
}
