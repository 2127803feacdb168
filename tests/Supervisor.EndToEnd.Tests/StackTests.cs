using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Supervisor.EndToEnd.Tests;

/// <summary>samples/stack: programs that were not written for this one.</summary>
public sealed class StackTests
{
    private static readonly string[] Needed = ["nginx", "redis-server", "node", "python3"];

    private static readonly string Sample = Path.GetDirectoryName(Path.GetDirectoryName(Programs.SampleConfiguration)) + "/stack";

    /// <summary>The ports that the sample has, in its files.</summary>
    private static readonly int[] SamplePorts = [18180, 18181, 18182, 18183, 18184];

    [Fact]
    public async Task Each_is_started_killed_hung_and_stopped()
    {
        SkipWithoutPrograms();
        await using var stack = Deploy();
        stack.Start();
        await stack.ListeningAsync();
        Assert.Equal(0, (await stack.RunAsync("wait", "--timeout", "50s")).ExitCode);
        await ReadyAsync(stack, "postgres", "database system is ready to accept connections", 1);
        await ReadyAsync(stack, "redis", "Ready to accept connections", 1);
        var status = await stack.RunAsync("status");
        Assert.Equal(["postgres", "redis", "node", "python", "nginx"], status.Rows.Keys);
        Assert.All(status.Rows.Values, row => Assert.Equal("running", row[2]));

        foreach (var name in status.Rows.Keys)
            await KillAsync(stack, name);
        await ReadyAsync(stack, "postgres", "database system is ready to accept connections", 2);
        await ReadyAsync(stack, "redis", "Ready to accept connections", 2);

        // Only what is checked is known to hang.
        foreach (var name in new[] { "node", "python", "nginx" })
            await HangAsync(stack, name);

        var groups = await Task.WhenAll(status.Rows.Keys.Select(stack.PidAsync));
        Assert.Equal(0, (await stack.RunAsync("down", "--timeout", "50s")).ExitCode);
        Assert.Equal(0, await stack.EndedAsync());
        Assert.All(groups, pid => Assert.False(Signals.IsAlive(pid)));
    }

    private static async Task KillAsync(Deployment stack, string name)
    {
        var (pid, from) = (await stack.PidAsync(name), stack.Lines.Count);
        Signals.Send(pid, "KILL");
        await stack.SaidAsync($"{name}: started", await stack.SaidAsync($"{name}: killed by SIGKILL (pid {pid})", from));
        Assert.Equal(0, (await stack.RunAsync("wait", name, "--timeout", "50s")).ExitCode);
    }

    /// <summary>Stops all of its processes: nginx's workers would go on without their master.</summary>
    private static async Task HangAsync(Deployment stack, string name)
    {
        var (pid, from) = (await stack.PidAsync(name), stack.Lines.Count);
        Signals.Send(-pid, "STOP");
        await stack.SaidAsync($"{name}: healthy", await stack.SaidAsync($"{name}: unhealthy: 3 failures in a row", from));
        Assert.NotEqual(pid, await stack.PidAsync(name));
    }

    /// <summary>Waits until a daemon wrote a line so many times.</summary>
    private static Task<int> ReadyAsync(Deployment stack, string name, string line, int times) => Commands.UntilAsync(
        async () => (await File.ReadAllTextAsync(Path.Combine(stack.Folder, "logs", $"{name}.log"))).Split(line).Length - 1,
        seen => seen >= times);

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
