using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Supervisor.EndToEnd.Tests;

/// <summary>samples/stack: programs that were not written for this one.</summary>
public sealed class StackTests
{
    private static readonly string[] Needed = ["nginx", "redis-server", "redis-cli", "pg_isready", "node", "python3"];

    private static readonly string[] Names = ["postgres", "redis", "node", "python", "nginx"];

    private static readonly string Sample = Path.GetDirectoryName(Path.GetDirectoryName(Programs.SampleConfiguration)) + "/stack";

    /// <summary>The ports that the sample has, in its files.</summary>
    private static readonly int[] SamplePorts = [18180, 18181, 18182, 18183, 18184];

    [Fact]
    public async Task Each_is_started_killed_hung_reloaded_and_stopped()
    {
        SkipWithoutPrograms();
        await using var stack = Deploy();
        stack.Start();
        await stack.ListeningAsync();
        await WellAsync(stack);
        var status = await stack.RunAsync("status");
        Assert.Equal(Names, status.Rows.Keys);
        Assert.All(status.Rows.Values, row => Assert.Equal(("running", "healthy"), (row[2], row[4])));
        await InOrderAsync(stack, 0, "healthy", "started");

        foreach (var name in Names)
            await KillAsync(stack, name);
        await HangAllAsync(stack);
        await ReloadAsync(stack);

        var (pids, from) = (await PidsAsync(stack), stack.Lines.Count);
        Assert.Equal(0, (await stack.RunAsync("down", "--timeout", "50s")).ExitCode);
        Assert.Equal(0, await stack.EndedAsync());
        Assert.All(pids.Values, pid => Assert.False(Signals.IsAlive(pid)));
        await InOrderAsync(stack, from, "stopping", "stopped", isReversed: true);
    }

    private static async Task KillAsync(Deployment stack, string name)
    {
        var (before, from) = (await PidsAsync(stack), stack.Lines.Count);
        Signals.Send(before[name], "KILL");
        await stack.SaidAsync($"{name}: healthy", await stack.SaidAsync($"{name}: killed by SIGKILL (pid {before[name]})", from));
        await WellAsync(stack);
        Assert.Equal([name], await ChangedAsync(stack, before));
    }

    /// <summary>Stops all processes of each: nginx's workers would go on without their master.</summary>
    private static async Task HangAllAsync(Deployment stack)
    {
        var (before, from) = (await PidsAsync(stack), stack.Lines.Count);
        foreach (var pid in before.Values)
            Signals.Send(-pid, "STOP");
        foreach (var name in Names)
            await stack.SaidAsync($"{name}: healthy", await stack.SaidAsync($"{name}: unhealthy: 3 failures in a row, the last: no answer within", from));
        Assert.Equal(Names, await ChangedAsync(stack, before));
    }

    /// <summary>The database as another user, if that may be; and one that has to start first, which nobody who runs has to wait for.</summary>
    private static async Task ReloadAsync(Deployment stack)
    {
        var before = await PidsAsync(stack);
        var key = Environment.IsPrivilegedProcess ? "user" : "umask";
        stack.Rewrite(services =>
        {
            services["postgres"]![key] = key == "user" ? "postgres" : "077";
            services["python"]!["depends_on"] = new JsonArray("redis");
        });
        var reload = await stack.RunAsync("reload", "--timeout", "50s");
        Assert.Equal((0, ""), (reload.ExitCode, reload.Error));
        Assert.Equal($"postgres: changed ({key}): restarted\nredis: unchanged\nnode: unchanged\npython: changed (depends_on): applied live\nnginx: unchanged\n", reload.Output);
        Assert.Equal(["postgres"], await ChangedAsync(stack, before));
        Assert.All((await stack.RunAsync("status")).Rows.Values, row => Assert.Equal(("running", "healthy"), (row[2], row[4])));
    }

    private static async Task WellAsync(Deployment stack)
    {
        var wait = await stack.RunAsync("wait", "--timeout", "55s");
        Assert.True(wait.ExitCode == 0, wait.Error + string.Join('\n', stack.Lines));
    }

    private static async Task<Dictionary<string, int>> PidsAsync(Deployment stack) =>
        (await stack.RunAsync("status")).Rows.ToDictionary(row => row.Key, row => int.Parse(row.Value[1]));

    private static async Task<IEnumerable<string>> ChangedAsync(Deployment stack, Dictionary<string, int> before)
    {
        var after = await PidsAsync(stack);
        return Names.Where(name => after[name] != before[name]);
    }

    /// <summary>That what happened to a service came before what happened to each that depends on it, or the other way round.</summary>
    private static async Task InOrderAsync(Deployment stack, int from, string toDependency, string toDependent, bool isReversed = false)
    {
        foreach (var (dependent, dependency) in new[] { ("node", "postgres"), ("node", "redis"), ("nginx", "node"), ("nginx", "python") })
        {
            var (first, second) = (await stack.SaidAsync($"{dependency}: {toDependency}", from), await stack.SaidAsync($"{dependent}: {toDependent}", from));
            Assert.True(isReversed ? second < first : first < second, $"{dependent} and {dependency} in the wrong order:\n{string.Join('\n', stack.Lines.Skip(from))}");
        }
    }

    /// <summary>The sample in a folder of its own, at ports of its own.</summary>
    private static Deployment Deploy()
    {
        var options = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
        var ports = SamplePorts.ToDictionary(port => $"{port}", _ => $"{Ports.Free()}");
        var configuration = JsonNode.Parse(Moved(File.ReadAllText(Path.Combine(Sample, "supervisor.json"))), null, options)!.AsObject();
        configuration.Remove("$schema");
        var stack = Deployment.Of(configuration, [.. configuration["services"]!.AsObject().Select(service => (service.Key, service.Value!.DeepClone().AsObject()))]);
        foreach (var name in new[] { "nginx.conf", "postgres.sh", "server.js" })
            File.WriteAllText(Path.Combine(stack.Folder, name), Moved(File.ReadAllText(Path.Combine(Sample, name))));
        foreach (var name in new[] { "data", "www" })
            Directory.CreateDirectory(Path.Combine(stack.Folder, name));
        // PostgreSQL is another user where the test is root.
        const UnixFileMode Open = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(stack.Folder, Open);
        File.SetUnixFileMode(Path.Combine(stack.Folder, "postgres.sh"), Open);
        return stack;

        string Moved(string text) => ports.Aggregate(text, (moved, port) => moved.Replace(port.Key, port.Value, StringComparison.Ordinal));
    }

    private static void SkipWithoutPrograms()
    {
        foreach (var program in Needed)
            Assert.SkipUnless(Commands.Exist(program), $"{program} is not installed");
        Assert.SkipUnless(Directory.Exists("/usr/lib/postgresql") || Commands.Exist("postgres", "initdb"), "postgresql is not installed");
        Assert.SkipUnless(Environment.UserName != "root" || Commands.Exist("setpriv"), "setpriv is not installed, and PostgreSQL refuses to be root");
    }
}
