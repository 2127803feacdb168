using System.Text.Json.Nodes;

namespace Supervisor.EndToEnd.Tests;

/// <summary>Services to supervise, quick enough for tests.</summary>
internal static class Daemons
{
    private static readonly HttpClient Client = new();

    /// <summary>The sample daemon on this port, with these options of its own.</summary>
    public static JsonObject Dispatch(string name, int port, params string[] options) => new()
    {
        ["cmd"] = new JsonArray(["dotnet", Programs.Dispatch, name, $"{port}", .. options.Select(option => (JsonNode)option)]),
        ["health_port"] = port,
        ["health_interval"] = "200ms",
        ["backoff_initial"] = "200ms",
    };

    /// <summary>A shell script, whose dollar signs are its own.</summary>
    public static JsonObject Shell(string script) => new()
    {
        ["cmd"] = new JsonArray("sh", "-c", script.Replace("$", "$$", StringComparison.Ordinal)),
        ["backoff_initial"] = "200ms",
    };

    /// <summary>Some keys more, or others.</summary>
    public static JsonObject With(this JsonObject service, params (string Key, JsonNode? Value)[] keys)
    {
        foreach (var (key, value) in keys)
            service[key] = value;
        return service;
    }

    /// <summary>Tells a sample daemon to do something, as soon as it listens, and gives its answer.</summary>
    public static async Task<string> TellAsync(int port, string what) =>
        (await Commands.UntilAsync(() => TryTellAsync(port, what), answer => answer is not null))!;

    /// <summary>The pid that a daemon wrote into a file, once it has.</summary>
    public static async Task<int> ReadPidAsync(string path) =>
        int.Parse(await Commands.UntilAsync(async () => File.Exists(path) ? await File.ReadAllTextAsync(path) : "", text => text.EndsWith('\n')));

    private static async Task<string?> TryTellAsync(int port, string what)
    {
        try
        {
            return await Client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/do/{what}"));
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConnectionError)
        {
            return null;
        }
    }
}
