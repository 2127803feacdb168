using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Supervisor.Chaos;

/// <summary>One run from beginning to end.</summary>
internal static class Campaign
{
    private const int Clients = 8;
    private static readonly TimeSpan StartBound = TimeSpan.FromSeconds(120);

    /// <summary>Runs it, and cleans up whatever happens.</summary>
    /// <returns>0, or 1 if something does not hold.</returns>
    public static async Task<int> RunAsync(Options options, CancellationToken interrupted)
    {
        Console.Out.WriteLine($"chaos: seed {options.Seed}, {options.Services} services, {options.Minutes} minutes of faults");
        var findings = new Findings();
        try
        {
            await RunAsync(options, findings, interrupted);
        }
        catch (Exception e) when (e is IOException or TimeoutException or System.Text.Json.JsonException or System.Net.Sockets.SocketException)
        {
            findings.Violated($"the run could not go on: {e}");
        }
        return Summary.Print(options, findings, interrupted.IsCancellationRequested);
    }

    private static async Task RunAsync(Options options, Findings findings, CancellationToken interrupted)
    {
        await using var workspace = await Workspace.CreateAsync(options.Binary, (int)(64 + 10 * options.Minutes));
        var fleet = new Fleet(options.Services, workspace.Marker);
        await File.WriteAllTextAsync(workspace.ConfigurationFile, fleet.Configuration(), CancellationToken.None);
        await workspace.HandOverAsync();
        await using var subject = Subject.Start(workspace);
        var run = new Run(options, workspace, fleet, subject, findings);
        var watcher = new Watcher(run);
        using var aftermath = new Aftermath(run, watcher);
        var warm = await WarmUpAsync(run, aftermath);
        var bystanders = new Bystanders(run, watcher);
        bystanders.Remember();
        await RageAsync(run, watcher, interrupted);
        if (interrupted.IsCancellationRequested || subject.ExitCode is not null)
            return;
        await aftermath.CheckAsync(warm);
        var services = await aftermath.StatusAsync();
        bystanders.Check(services);
        aftermath.CheckRestarts(services);
        await aftermath.CheckDownAsync();
        foreach (var target in fleet.All)
            Audit(run, target);
        aftermath.CheckGrace();
        if (findings.Violations.Count > 0)
            await KeepAsync(run);
    }

    /// <summary>What a failed run leaves behind, for whoever wants to find out why.</summary>
    private static async Task KeepAsync(Run run)
    {
        var kept = await run.Workspace.KeepAsync();
        await File.WriteAllTextAsync(Path.Combine(kept, "transcript"), run.Subject.Transcript.Tail("", int.MaxValue), CancellationToken.None);
        await File.WriteAllTextAsync(Path.Combine(kept, "known.json"), JsonSerializer.Serialize(new { run.FullDisks, run.Witnesses }), CancellationToken.None);
        Console.Out.WriteLine($"kept:        {kept} (logs, state, events, what the supervisor said, and what is known of the logs)");
    }

    /// <summary>All up, every verb tried, as many clients as there will be: what it holds now, it may hold.</summary>
    private static async Task<Baseline> WarmUpAsync(Run run, Aftermath aftermath)
    {
        var begun = Shortages.Now;
        while (!await AllAreWellAsync(run, aftermath))
        {
            if (Shortages.Now - begun > StartBound || run.Subject.ExitCode is not null)
                throw new TimeoutException($"not all came up:\n{run.Subject.Transcript.Tail("", 20)}");
            await Task.Delay(100);
        }
        run.Findings.Largest("slowest", "all well after the start, ms", (long)(Shortages.Now - begun).TotalMilliseconds);
        await new VerbTour(run).GoAsync();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => AskAsync(aftermath)));
        return await Baseline.TakeAsync(run.Subject);
    }

    /// <summary>Not yet, too, while there is no socket, or nobody listens at it.</summary>
    private static async Task<bool> AllAreWellAsync(Run run, Aftermath aftermath)
    {
        try
        {
            return File.Exists(run.Workspace.Socket) && (await aftermath.StatusAsync()).All(service => service.IsWell);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return false;
        }
    }

    private static async Task AskAsync(Aftermath aftermath)
    {
        for (var i = 0; i < 50; i++)
            await aftermath.StatusAsync();
    }

    private static void Audit(Run run, Target target)
    {
        var log = run.Workspace.LogOf(target.Name);
        var text = File.Exists(log) ? File.ReadAllText(log, Encoding.Latin1) : "";
        new LogAudit(target.Name, text, [.. run.FullDisks.Select(disk => (disk.Before[target.Name], disk.After[target.Name]))], run.Findings).Check(run.Witnesses);
    }

    private static async Task RageAsync(Run run, Watcher watcher, CancellationToken interrupted)
    {
        var squeezer = new Squeezer(run);
        await squeezer.PrepareAsync();
        await watcher.LookAtProcessesAsync();
        using var tormentor = new Tormentor(run, watcher);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
        stop.CancelAfter(TimeSpan.FromMinutes(run.Options.Minutes));
        await Task.WhenAll(
        [
            WatchAsync(),
            tormentor.TormentAsync(stop.Token),
            squeezer.SqueezeAsync(stop.Token),
            new Successions(run).SucceedAsync(stop.Token),
            .. Enumerable.Range(1, Clients).Select(number => new Client(run, number).HammerAsync(stop.Token)),
        ]);
        if (run.Subject.ExitCode is { } code)
            run.Findings.Violated($"the supervisor ended with {code}; its last words:\n{run.Subject.Transcript.Tail("", 40)}");

        // Without a supervisor there is no point in going on.
        async Task WatchAsync()
        {
            await watcher.WatchAsync(stop.Token);
            await stop.CancelAsync();
        }
    }
}
