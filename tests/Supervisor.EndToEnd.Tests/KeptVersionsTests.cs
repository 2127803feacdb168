using System.Net.Sockets;
using System.Text.Json.Nodes;
using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

/// <summary>What released versions have written is kept as data, and the program of today goes on with it. See docs/versions.md.</summary>
public sealed class KeptVersionsTests
{
    // What depends on the machine, the moment and the wording. Everything else in an answer is a promise.
    private static readonly string[] s_ofTheMoment = ["pid", "version", "started_at", "uptime_seconds", "next_start_seconds", "at", "message", "reason"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Versions => [.. Directory.GetDirectories(Kept("")).Select(folder => Path.GetFileName(folder))];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task The_state_of_an_earlier_version_is_gone_on_with(string version)
    {
        await using var deployment = await StartAsync();
        var steady = await deployment.PidAsync("steady");
        await TakeOverAsync(deployment, version);

        Assert.Equal(steady, await deployment.PidAsync("steady"));
        var status = await deployment.StatusAsync("steady");
        Assert.Equal((2, 2), (status.GetProperty("restarts").GetInt32(), status.GetProperty("consecutive_restarts").GetInt32()));
        Assert.Equal("killed by SIGKILL", status.GetProperty("last_exit").GetProperty("reason").GetString());
        Assert.Equal("stopped", (await deployment.StatusAsync("idle")).GetProperty("status").GetString());
        Assert.Equal("exited", (await deployment.StatusAsync("done")).GetProperty("status").GetString());
        Assert.Equal("backoff", (await deployment.StatusAsync("failing")).GetProperty("status").GetString());
        // The streak counts on.
        Signals.Send(steady, "KILL");
        await deployment.SaidAsync("steady: restarting in 40ms (restart 3 in a row)");
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task The_requests_of_an_earlier_version_are_answered_as_it_would(string version)
    {
        await using var deployment = await StartAsync();
        // As it stood then: restarted twice.
        for (var restart = 1; restart <= 2; restart++)
        {
            Signals.Send(await deployment.PidAsync("steady"), "KILL");
            await deployment.SaidAsync($"steady: restarting in {10 * restart}ms");
            await deployment.DoneAsync("wait", "steady");
        }
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(deployment.Socket), Cancel);
        await using var stream = new NetworkStream(socket);
        using var answers = new StreamReader(stream);

        foreach (var exchange in (await File.ReadAllLinesAsync(Kept(version, "protocol.jsonl"), Cancel)).Chunk(2))
        {
            await stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(exchange[0] + "\n"), Cancel);
            var answer = await answers.ReadLineAsync(Cancel) ?? throw new EndOfStreamException(exchange[0]);
            Assert.Empty(Missing(JsonNode.Parse(exchange[1]), JsonNode.Parse(answer), "").Select(path => $"{exchange[0]}: {path}: {answer}"));
        }
    }

    /// <summary>A comparison that finds nothing wrong with anything would hold no promise.</summary>
    [Theory]
    [InlineData("""{"a":{"b":1}}""", """{"a":{"b":1,"c":2}}""", "")]
    [InlineData("""{"a":{"b":1}}""", """{"a":{}}""", "/a/b")]
    [InlineData("""{"a":{"b":1}}""", """{"a":{"b":2}}""", "/a/b")]
    [InlineData("""{"a":[1,2]}""", """{"a":[1]}""", "/a")]
    [InlineData("""{"pid":1}""", """{"pid":2}""", "")]
    [InlineData("""{"pid":1}""", """{"pid":"1"}""", "/pid")]
    [InlineData("""{"pid":1}""", """{"pid":null}""", "/pid")]
    [InlineData("""{"a":null}""", """{"a":null}""", "")]
    [InlineData("""{"a":null}""", "{}", "/a")]
    public void What_was_there_has_to_be_there(string then, string now, string missing) =>
        Assert.Equal(missing, string.Join(' ', Missing(JsonNode.Parse(then), JsonNode.Parse(now), "")));

    private static string Kept(params string[] path) => Path.Combine([AppContext.BaseDirectory, "Kept", .. path]);

    /// <summary>The services of the kept files.</summary>
    private static async Task<Deployment> StartAsync()
    {
        var deployment = await Deployment.Of(
            ("steady", Shell("exec sleep 1000").With(("backoff_initial", "10ms"))),
            ("idle", Shell("exec sleep 1000")),
            ("done", Shell("true").With(("restart", "no"))),
            ("failing", Shell("exit 1").With(("backoff_initial", "50s")))).StartListeningAsync();
        await deployment.SaidAsync("failing: restarting in 50s");
        await deployment.DoneAsync("stop", "idle");
        await deployment.DoneAsync("wait", "steady", "done");
        return deployment;
    }

    /// <summary>Kills it, puts the state of an earlier version in the place of its own, and starts it again.</summary>
    private static async Task TakeOverAsync(Deployment deployment, string version)
    {
        await deployment.KillAsync();
        var own = JsonNode.Parse(await File.ReadAllTextAsync(deployment.StateFile, Cancel))!;
        var kept = JsonNode.Parse(await File.ReadAllTextAsync(Kept(version, "state.json"), Cancel))!;
        Take(kept, own, "boot_id", "folder", "folder_id", "proven_at");
        foreach (var (service, today) in kept["services"]!.AsArray().Zip(own["services"]!.AsArray()))
        {
            Take(service!, today!, "start_time", "fingerprint");
            Take(service!["phase"]!, today!["phase"]!, "pid", "since", "well_at", "until");
        }
        await File.WriteAllTextAsync(deployment.StateFile, kept.ToJsonString(), Cancel);
        await deployment.StartListeningAsync();
    }

    /// <summary>What is of this machine and this moment.</summary>
    private static void Take(JsonNode kept, JsonNode own, params string[] members)
    {
        foreach (var member in members.Where(member => kept[member] is not null && own[member] is not null))
            kept[member] = own[member]!.DeepClone();
    }

    /// <summary>Where an answer of today lacks what was in one of then.</summary>
    private static IEnumerable<string> Missing(JsonNode? then, JsonNode? now, string path) => (then, now) switch
    {
        (JsonObject was, JsonObject has) => was.SelectMany(member => !has.ContainsKey(member.Key) ? [$"{path}/{member.Key}"]
            : s_ofTheMoment.Contains(member.Key) ? (member.Value?.GetValueKind() == has[member.Key]?.GetValueKind() ? [] : [$"{path}/{member.Key}"])
            : Missing(member.Value, has[member.Key], $"{path}/{member.Key}")),
        (JsonArray was, JsonArray has) => was.Count != has.Count ? [path] : was.Zip(has).SelectMany((pair, index) => Missing(pair.First, pair.Second, $"{path}/{index}")),
        _ => JsonNode.DeepEquals(then, now) ? [] : [path],
    };
}
