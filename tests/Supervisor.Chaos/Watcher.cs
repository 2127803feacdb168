using System.Collections.Immutable;
using System.Net.Sockets;

namespace Supervisor.Chaos;

/// <summary>Looks at the machine several times a second: never two, no zombie that stays, restarts that only grow.</summary>
internal sealed class Watcher(Run run)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ZombiePatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StatusPatience = TimeSpan.FromSeconds(20);

    private readonly Dictionary<(int Pid, string StartTime), TimeSpan> zombies = [];
    private readonly Dictionary<string, int> restarts = [];
    private ImmutableDictionary<string, Proc> latest = ImmutableDictionary<string, Proc>.Empty;

    /// <summary>The service's process as of the last look, or null.</summary>
    public Proc? ProcessOf(Target target) => latest.GetValueOrDefault(target.Name);

    /// <summary>Looks until it is told to stop.</summary>
    public Task WatchAsync(CancellationToken stop) => Task.WhenAll(
        RepeatAsync(Interval, LookAtProcessesAsync, stop),
        RepeatAsync(Interval * 5, LookAtSupervisorAsync, stop));

    /// <summary>Looks once, so that it is known who is who.</summary>
    public Task LookAtProcessesAsync()
    {
        var copies = Copies();
        foreach (var group in copies.GroupBy(copy => copy.Target.Name))
            LookForTwo(group.Key, [.. group.Select(copy => copy.Process)]);
        latest = copies.GroupBy(copy => copy.Target.Name).ToImmutableDictionary(group => group.Key, group => group.Last().Process);
        run.Findings.Largest("largest", "services alive", latest.Count);
        run.Findings.Largest("largest", "services not alive", run.Fleet.All.Count - latest.Count);
        foreach (var group in Strays().GroupBy(stray => stray.Target.Name))
            LookForTwo($"the strays of {group.Key}", [.. group.Select(stray => stray.Process)]);
        LookForZombies();
        return Task.CompletedTask;
    }

    /// <summary>Every process of every service: those that lead a session and have the service's command line.</summary>
    public List<(Target Target, Proc Process)> Copies()
    {
        var byCommand = run.Fleet.All.ToDictionary(target => target.CommandLine);
        var byTitle = run.Fleet.All.Where(target => target.Title is not null).ToDictionary(target => target.Title!);
        return
        [
            .. from process in Proc.All()
               where process.Session == process.Pid && !process.IsZombie
               let command = process.CommandLine()
               let target = byCommand.GetValueOrDefault(command) ?? byTitle.GetValueOrDefault(command.TrimEnd('\0', ' '))
               where target is not null && process.Has(run.Workspace.Marker)
               select (target, process),
        ];
    }

    /// <summary>What services have let loose.</summary>
    public List<(Target Target, Proc Process)> Strays()
    {
        var byCommand = run.Fleet.All.Where(target => target.Stray is not null).ToDictionary(target => target.Stray!);
        return
        [
            .. from process in run.Workspace.Processes()
               let target = byCommand.GetValueOrDefault(process.CommandLine())
               where target is not null
               select (target, process),
        ];
    }

    private async Task RepeatAsync(TimeSpan interval, Func<Task> look, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && run.Subject.ExitCode is null)
        {
            await look();
            run.Findings.Count("samples", look.Method.Name[6..^5]);
            await Task.Delay(interval, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>One may have taken over from the other while we looked: two is what both are at one moment.</summary>
    private void LookForTwo(string service, Proc[] processes)
    {
        var now = processes.Where(process => process.IsStillThere()).ToList();
        if (now.Count > 1 && now.All(process => process.IsStillThere()))
            run.Findings.Violated($"two of {service}: {string.Join(", ", now)}\n{run.Subject.Transcript.Tail(service, 20)}");
    }

    private void LookForZombies()
    {
        var now = Proc.All().Where(process => process.IsZombie && process.Parent == run.Subject.Pid).Select(process => (process.Pid, process.StartTime)).ToHashSet();
        foreach (var gone in zombies.Keys.Except(now).ToList())
            zombies.Remove(gone);
        foreach (var zombie in now)
        {
            var since = zombies.TryGetValue(zombie, out var first) ? first : zombies[zombie] = Shortages.Now;
            run.Findings.Expect(Shortages.Now - since < ZombiePatience || run.Shortages.AnySince(since), $"zombie {zombie} stays");
        }
    }

    private async Task LookAtSupervisorAsync()
    {
        var begun = Shortages.Now;
        try
        {
            var self = run.Subject.Proc;
            run.Findings.Largest("largest", "descriptors", self.Descriptors());
            run.Findings.Largest("largest", "threads", self.Threads());
            run.Findings.Largest("largest", "PSS, KiB", self.Pss());
            using var patience = new CancellationTokenSource(StatusPatience);
            using var connection = await Rpc.ConnectAsync(run.Workspace.Socket, patience.Token);
            foreach (var service in ServiceView.AllOf(await connection.CallAsync(new("status", null, 20), patience.Token)))
                LookAtRestarts(service, begun);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException or OperationCanceledException or InvalidOperationException)
        {
            run.Findings.Expect(run.WasInterruptedSince(begun) || run.Subject.ExitCode is not null, $"status got no answer: {e.Message}");
        }
    }

    /// <summary>What was counted in the last moment before a SIGKILL, or while the disk was full, may not be written down yet.</summary>
    private void LookAtRestarts(ServiceView service, TimeSpan begun)
    {
        var before = restarts.GetValueOrDefault(service.Name);
        var slack = run.Losses.AnySince(begun - (Interval * 10)) ? before : run.Kills.AnySince(begun - (Interval * 10)) ? run.Shortages.AnySince(begun) ? before : 1 : 0;
        run.Findings.Expect(service.Restarts >= before - slack, $"restarts of {service.Name} went from {before} to {service.Restarts}");
        run.Findings.Expect(service.ConsecutiveRestarts <= service.Restarts, $"more restarts in a row than at all: {service}");
        restarts[service.Name] = service.Restarts;
    }
}
