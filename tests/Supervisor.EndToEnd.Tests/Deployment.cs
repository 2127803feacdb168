using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Supervisor.EndToEnd.Tests;

/// <summary>A folder with a configuration, and a supervisor that runs it for as long as a test lasts.</summary>
internal sealed class Deployment : IAsyncDisposable
{
    /// <summary>Far above anything that happens here; who runs into it has a bug, or a very slow machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Log log = new();
    private Process? process;

    private Deployment(JsonObject configuration)
    {
        File.WriteAllText(ConfigurationFile, configuration.ToJsonString());
    }

    /// <summary>By the path that the supervisor has for it: on macOS, /var is a link.</summary>
    public string Folder { get; } = (OperatingSystem.IsMacOS() ? "/private" : "") + Directory.CreateTempSubdirectory("supervisor-").FullName;

    public string ConfigurationFile => Path.Combine(Folder, "supervisor.json");

    public string Socket => Path.Combine(Folder, ".supervisor", "supervisor.sock");

    public string StateFile => Path.Combine(Folder, ".supervisor", "state.json");

    /// <summary>The supervisor that is run; a copy that a test may replace, perhaps.</summary>
    public string Program { get; set; } = Programs.Supervisor;

    public int Pid => process!.Id;

    /// <summary>Whether the supervisor has ended, and how.</summary>
    public int? ExitCode => process is { HasExited: true } ? process.ExitCode : null;

    public IReadOnlyList<string> Lines => log.Lines;

    /// <summary>A deployment that is not started yet.</summary>
    public static Deployment Of(params (string Name, JsonObject Service)[] services) => Of([], services);

    /// <summary>The same with more at the top level.</summary>
    public static Deployment Of(JsonObject top, params (string Name, JsonObject Service)[] services)
    {
        top["services"] = new JsonObject(services.Select(service => KeyValuePair.Create(service.Name, (JsonNode?)service.Service)));
        return new(top);
    }

    /// <summary>Starts the supervisor in the foreground.</summary>
    public Deployment Start(params string[] args)
    {
        process = Process.Start(new ProcessStartInfo(Program, args)
        {
            WorkingDirectory = Folder,
            RedirectStandardError = true,
        })!;
        process.ErrorDataReceived += (_, line) => log.Add(line.Data);
        process.BeginErrorReadLine();
        return this;
    }

    /// <summary>Starts it and waits until every service is healthy.</summary>
    public async Task<Deployment> StartHealthyAsync()
    {
        Start();
        await ListeningAsync();
        var waited = await RunAsync("wait");
        Assert.True(waited.ExitCode == 0, waited.Error + string.Join('\n', Lines));
        return this;
    }

    /// <summary>Starts it and waits until it takes requests.</summary>
    public async Task<Deployment> StartListeningAsync()
    {
        Start();
        await ListeningAsync();
        return this;
    }

    /// <summary>Waits until it takes requests.</summary>
    public async Task ListeningAsync()
    {
        while (await RunAsync("status") is { ExitCode: 3 } && ExitCode is null)
            continue;
    }

    /// <summary>Waits for a line on stderr, from this number on, that contains a text, and gives its number.</summary>
    public Task<int> SaidAsync(string text, int from = 0) => log.FindAsync(text, from).WaitAsync(Patience);

    /// <summary>Runs another command on the same configuration.</summary>
    public async Task<CommandResult> RunAsync(params string[] args)
    {
        using var command = Process.Start(new ProcessStartInfo(Programs.Supervisor, args)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["NO_COLOR"] = "1" },
        })!;
        var output = command.StandardOutput.ReadToEndAsync();
        var error = command.StandardError.ReadToEndAsync();
        await command.WaitForExitAsync().WaitAsync(Patience);
        return new(command.ExitCode, await output, await error);
    }

    /// <summary>The same, of one that has to succeed.</summary>
    public async Task DoneAsync(params string[] args)
    {
        var result = await RunAsync(args);
        Assert.True(result.ExitCode == 0, result.Output + result.Error + string.Join('\n', Lines));
    }

    /// <summary>One service as <c>status --json</c> has it.</summary>
    public async Task<JsonElement> StatusAsync(string name)
    {
        var report = await RunAsync("status", "--json");
        return report.Json.GetProperty("services").EnumerateArray().Single(service => service.GetProperty("name").GetString() == name);
    }

    public async Task<int> PidAsync(string name) => (await StatusAsync(name)).GetProperty("pid").GetInt32();

    /// <summary>The process of a service; 0 while it has none.</summary>
    public async Task<int> PidOrNoneAsync(string name) => (await StatusAsync(name)).GetProperty("pid") is { ValueKind: JsonValueKind.Number } pid ? pid.GetInt32() : 0;

    /// <summary>Edits the configuration's services.</summary>
    public void Rewrite(Action<JsonObject> edit) => RewriteTop(configuration => edit(configuration["services"]!.AsObject()));

    /// <summary>Edits the configuration.</summary>
    public void RewriteTop(Action<JsonObject> edit)
    {
        var configuration = JsonNode.Parse(File.ReadAllText(ConfigurationFile))!.AsObject();
        edit(configuration);
        File.WriteAllText(ConfigurationFile, configuration.ToJsonString());
    }

    /// <summary>Deletes the state folder, which the supervisor may be putting something into meanwhile.</summary>
    public void DeleteState()
    {
        while (true)
            try
            {
                Directory.Delete(Path.GetDirectoryName(StateFile)!, recursive: true);
                return;
            }
            catch (IOException e) when (e is not DirectoryNotFoundException)
            {
                // It is not empty: once more.
            }
    }

    /// <summary>A file in its folder.</summary>
    public Task<string> ReadAsync(string path) => File.ReadAllTextAsync(Path.Combine(Folder, path));

    /// <summary>Sends the supervisor a signal.</summary>
    public void Signal(string signal) => Signals.Send(Pid, signal);

    /// <summary>SIGKILL to the supervisor; its services run on.</summary>
    public async Task KillAsync()
    {
        Signal("KILL");
        await EndedAsync();
    }

    /// <summary>Waits for the end of the supervisor.</summary>
    public async Task<int> EndedAsync()
    {
        await process!.WaitForExitAsync().WaitAsync(Patience);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
            await EndAsync().WaitAsync(Patience);
        process?.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>A second signal ends it at once; but those that come within half a second are one.</summary>
    public async Task EndAsync()
    {
        while (!process!.HasExited)
        {
            Signal("TERM");
            await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(200));
        }
    }

    /// <summary>Lines as they come, for those who wait for one.</summary>
    private sealed class Log
    {
        private readonly List<string> lines = [];
        private TaskCompletionSource more = new();

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (lines)
                    return [.. lines];
            }
        }

        public void Add(string? line)
        {
            TaskCompletionSource woken;
            lock (lines)
            {
                if (line is not null)
                    lines.Add(line);
                woken = more;
                more = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
            woken.TrySetResult();
        }

        public async Task<int> FindAsync(string text, int from)
        {
            while (true)
            {
                Task wait;
                lock (lines)
                {
                    var found = lines.FindIndex(Math.Min(from, lines.Count), line => line.Contains(text, StringComparison.Ordinal));
                    if (found >= 0)
                        return found;
                    wait = more.Task;
                }
                await wait;
            }
        }
    }
}
