using System.Net.Sockets;
using System.Text.Json;

namespace Supervisor.Chaos;

/// <summary>One of those who ask for everything all the time.</summary>
internal sealed class Client(Run run, int number)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly Random random = new(run.Options.Seed + number);
    private Rpc? connection;
    private TimeSpan soundAt;

    /// <summary>Asks until it is told to stop.</summary>
    public async Task HammerAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (!run.Losses.IsUnderWay)
                await OneAsync(Next());
            await Task.Delay(random.Next(150), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        connection?.Dispose();
    }

    private Call Next()
    {
        var target = run.Fleet.Victims[random.Next(run.Fleet.Victims.Count)].Name;
        return random.Next(100) switch
        {
            < 35 => new("status", random.Next(2) == 0 ? null : target, 1),
            < 55 => new("restart", target, random.Next(1, 6)),
            < 57 => new("restart", target[..^1] + "*", random.Next(1, 10)),
            < 64 => new("stop", target, random.Next(1, 6)),
            < 85 => new("start", random.Next(8) == 0 ? null : target, random.Next(1, 6)),
            _ => new("wait", random.Next(4) == 0 ? null : target, random.Next(4)),
        };
    }

    private Task OneAsync(Call call)
    {
        run.ManualStarts.Note(call);
        return random.Next(50) switch
        {
            0 => ByCommandLineAsync(call),
            1 => HangUpAsync(call),
            _ => BySocketAsync(call),
        };
    }

    private async Task BySocketAsync(Call call)
    {
        var begun = Shortages.Now;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(call.Timeout) + Patience);
        try
        {
            if (connection is null)
            {
                connection = await Rpc.ConnectAsync(run.Workspace.Socket, patience.Token);
                soundAt = Shortages.Now;
            }
            Judge(call, await connection.CallAsync(call, patience.Token));
            soundAt = Shortages.Now;
            run.Findings.Count("commands", call.Method);
            if (call.Method == "status" && !run.WasInterruptedSince(begun))
                run.Findings.Largest("slowest", "status, ms", (long)(Shortages.Now - begun).TotalMilliseconds);
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            // It may have broken when the supervisor was killed or replaced, while nobody used it.
            var since = connection is null || soundAt > begun ? begun : soundAt;
            connection?.Dispose();
            connection = null;
            run.Findings.Count("commands", "lost in a shortage", run.Shortages.AnySince(begun) ? 1 : 0);
            run.Findings.Expect(run.WasInterruptedSince(since), $"{call} got no answer after {Shortages.Now - begun}: {e.Message}");
        }
    }

    /// <summary>Asks, and leaves without an answer. What was asked goes on.</summary>
    private async Task HangUpAsync(Call call)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            using var rude = await Rpc.ConnectAsync(run.Workspace.Socket, patience.Token);
            await rude.SendAsync(call, patience.Token);
            run.Findings.Count("commands", "hung up on");
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            // In a shortage. The others look for answers.
        }
    }

    private async Task ByCommandLineAsync(Call call)
    {
        var begun = Shortages.Now;
        var result = await Command.RunAsync(run.Workspace.Supervisor(call.ToArguments()));
        run.Findings.Count("commands", "by command line");
        run.Findings.Expect(
            result.ExitCode is 0 or 1 || run.WasAwaySince(begun),
            $"'{string.Join(' ', call.ToArguments())}' exited with {result.ExitCode}: {result.Error}");
    }

    /// <summary>A success must be one: what is asked for is there in the report that comes with it.</summary>
    private void Judge(Call call, JsonElement answer)
    {
        if (answer.TryGetProperty("error", out var error))
        {
            run.Findings.Expect(error.GetProperty("code").GetInt32() is -32000 or -32001, $"{call} got {error}");
            return;
        }
        foreach (var service in answer.GetProperty("result").GetProperty("services").EnumerateArray())
            run.Findings.Expect(IsDone(call, ServiceView.Of(service)), $"{call} is said to be done, with {service}");
    }

    private static bool IsDone(Call call, ServiceView service) => call.Method switch
    {
        "start" or "restart" or "wait" => service.IsWell,
        "stop" => service.Status == "stopped",
        _ => true,
    };
}
