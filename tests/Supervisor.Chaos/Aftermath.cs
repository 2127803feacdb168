using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Supervisor.Chaos;

/// <summary>When the faults have stopped: all must come back by itself, and everything must be as it was.</summary>
internal sealed class Aftermath(Run run, Watcher watcher) : IDisposable
{
    private static readonly TimeSpan RecoveryBound = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private const int LinesInGrace = 5; // of 25
    private const int Near = 64 * 1024; // bytes of a log

    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(2) };

    /// <summary>Waits until all are well, and compares with what was at the warm start.</summary>
    public async Task CheckAsync(Baseline warm)
    {
        var begun = Shortages.Now;
        foreach (var (_, process) in watcher.Copies().Where(copy => copy.Process.State == 'T'))
            process.Signal(Signals.Continue); // Without a health check nobody can know that they hang.
        var start = new Call("start", null, 1);
        run.ManualStarts.Note(start);
        await Command.RunAsync(run.Workspace.Supervisor(start.ToArguments()));
        await RecoverAsync(begun);
        await ExpectSoonAsync("processes that belong to no service", Orphans);
        var strays = watcher.Strays();
        foreach (var target in run.Fleet.All.Where(target => target.Stray is not null))
            run.Findings.Expect(strays.Count(stray => stray.Target == target) == 1, $"{target.Name} has let loose {string.Join(", ", strays.Where(stray => stray.Target == target).Select(stray => stray.Process))}, and each of its processes lets loose one");
        await ExpectSoonAsync("zombies", () => [.. Proc.All().Where(process => process.IsZombie && process.Parent == run.Subject.Pid).Select(process => $"{process}")]);
        var now = await Baseline.TakeAsync(run.Subject);
        warm.Compare(now, run.Fleet.All.Count, run.Findings);
        Console.Out.WriteLine($"warm start:  {warm}\nat the end:  {now}");
        JsonElement.Parse(await File.ReadAllTextAsync(run.Workspace.StateFile));
    }

    /// <summary>Has everything stopped, and looks that nothing is left.</summary>
    public async Task CheckDownAsync()
    {
        var begun = Shortages.Now;
        var down = await Command.RunAsync(run.Workspace.Supervisor("down"));
        run.Findings.Largest("slowest", "down, ms", (long)(Shortages.Now - begun).TotalMilliseconds);
        run.Findings.Expect(down.ExitCode == 0, $"'down' exited with {down.ExitCode}: {down.Error}");
        var code = await run.Subject.EndedAsync();
        run.Findings.Expect(code == 0, $"after 'down' the supervisor's exit code is {code}");
        var left = run.Workspace.Processes().Select(process => process.CommandLine()).ToList();
        run.Findings.Expect(left.Count == 0, $"after 'down' there are left: {string.Join(", ", left)}");
        run.Findings.Expect(!File.Exists(run.Workspace.Socket) && !File.Exists(run.Workspace.StateFile), "after 'down' the socket or the state is left");
    }

    /// <summary>
    /// Restarts are at most as many as were announced, and at least the launches that nobody asked for. What happened
    /// just before a SIGKILL may not have been told or written down; while the disk was full, nothing was written down.
    /// </summary>
    public void CheckRestarts(IReadOnlyList<ServiceView> services)
    {
        foreach (var service in services)
        {
            var announced = run.Subject.Transcript.Count(service.Name, "restarting in");
            var launched = run.Subject.Transcript.Count(service.Name, "started (pid", "could not be started");
            var byHand = run.ManualStarts.Of(service.Name) + 1;
            var (untold, forgotten) = (run.Kills.Count, run.Forgotten(service.Name));
            run.Findings.Expect(
                service.Restarts <= announced + untold && service.Restarts >= launched - byHand - forgotten,
                $"{service.Name} has {service.Restarts} restarts; {announced} were announced, {launched} launches made, {byHand} of them perhaps by hand, {forgotten} perhaps forgotten");
            run.Findings.Count("restarts", "perhaps forgotten", forgotten);
            run.Findings.Count("restarts", "automatic", service.Restarts);
            run.Findings.Count("restarts", "launches", launched);
            run.Findings.Largest("restarts", "most of one service", service.Restarts);
        }
    }

    public async Task<IReadOnlyList<ServiceView>> StatusAsync()
    {
        using var patience = new CancellationTokenSource(RecoveryBound);
        using var connection = await Rpc.ConnectAsync(run.Workspace.Socket, patience.Token);
        return ServiceView.AllOf(await connection.CallAsync(new("status", null, 20), patience.Token));
    }

    public void Dispose() => http.Dispose();

    /// <summary>Each is well in the supervisor's eyes and in ours, with one process, the one that it names.</summary>
    private async Task RecoverAsync(TimeSpan begun)
    {
        string[] ailing;
        while ((ailing = await AilingAsync()).Length > 0 && Shortages.Now - begun < RecoveryBound)
            await Task.Delay(Interval);
        foreach (var one in ailing)
            run.Findings.Violated($"not well {RecoveryBound} after the last fault: {one}\n{run.Subject.Transcript.Tail(one.Split(' ')[0], 20)}");
        run.Findings.Largest("slowest", "all well after the last fault, ms", (long)(Shortages.Now - begun).TotalMilliseconds);
    }

    private async Task<string[]> AilingAsync()
    {
        var status = (await StatusAsync()).ToDictionary(service => service.Name);
        var copies = watcher.Copies().ToLookup(copy => copy.Target.Name, copy => copy.Process.Pid);
        var answers = await Task.WhenAll(run.Fleet.All.Select(AnswersAsync));
        return
        [
            .. from pair in run.Fleet.All.Zip(answers)
               let service = status[pair.First.Name]
               let pids = copies[pair.First.Name].ToList()
               where !service.IsWell || !pair.Second || pids is not [var pid] || pid != service.Pid
               select $"{pair.First.Name} (answers: {pair.Second}, processes: {string.Join(' ', pids)}, {service})",
        ];
    }

    private async Task<bool> AnswersAsync(Target target)
    {
        if (target.Port is not { } port)
            return true;
        try
        {
            using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/health"));
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    /// <summary>
    /// A daemon behind a shell, which ends at once, writes on for half a second after the stop signal. Whose lines break off before that was not
    /// granted it, which is right only where the supervisor said so: before the next start, or at the end of the grace.
    /// </summary>
    public void CheckGrace()
    {
        var (stops, cut, told) = (0, 0, 0);
        foreach (var target in run.Fleet.All.Where(target => target.IsWrapped))
        {
            var text = File.ReadAllText(run.Workspace.LogOf(target.Name), Encoding.Latin1);
            foreach (Match end in Regex.Matches(text, $"{target.Name}: SIGTERM, ending\n"))
            {
                if (run.FullDisks.Any(disk => disk.Before[target.Name] - Near <= end.Index && end.Index <= disk.After[target.Name] + Near))
                    continue;
                stops++;
                var next = text.IndexOf(" 000000001\n", end.Index, StringComparison.Ordinal);
                var after = text[end.Index..(next < 0 ? text.Length : next)];
                if (Regex.Count(after, $@"{target.Name} \d{{9}}\n") < LinesInGrace)
                    cut++;
            }
            told += run.Subject.Transcript.Count(target.Name, "sent SIGKILL", "still there after");
        }
        run.Findings.Count("grace", "daemons behind a shell told to stop", stops);
        run.Findings.Count("grace", "of these not granted it, and told so", cut);
        run.Findings.Expect(cut <= told + run.Kills.Count, $"{cut} of {stops} daemons behind a shell were killed within their grace, and only {told} are said to be");
    }

    /// <summary>Whatever does not live in the session of a service's process, nor was let loose by one that lives.</summary>
    private List<string> Orphans()
    {
        var copies = watcher.Copies();
        var sessions = copies.Select(copy => copy.Process.Pid).ToHashSet();
        var strays = watcher.Strays().Where(stray => copies.Exists(copy => copy.Target == stray.Target)).Select(stray => stray.Process.Pid).ToHashSet();
        return [.. run.Workspace.Processes().Where(process => !sessions.Contains(process.Session) && !strays.Contains(process.Pid)).Select(process => $"{process} {process.CommandLine()}")];
    }

    /// <summary>What is about to end has a while for it.</summary>
    private async Task ExpectSoonAsync(string what, Func<List<string>> find)
    {
        var begun = Shortages.Now;
        while (find().Count > 0 && Shortages.Now - begun < RecoveryBound)
            await Task.Delay(Interval);
        var left = find();
        run.Findings.Expect(left.Count == 0, $"{what}: {string.Join(", ", left)}");
    }
}
