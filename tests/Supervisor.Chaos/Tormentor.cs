using System.Text.Json;

namespace Supervisor.Chaos;

/// <summary>Does to the daemons what the plan says.</summary>
internal sealed class Tormentor(Run run, Watcher watcher) : IDisposable
{
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(1) };
    private readonly List<Task> underWay = [];

    /// <summary>Works off the plan, in its time.</summary>
    public async Task TormentAsync(CancellationToken stop)
    {
        var begun = Shortages.Now;
        foreach (var fault in Fault.Plan(run.Options))
        {
            await Task.Delay(Max(fault.At - (Shortages.Now - begun), TimeSpan.Zero), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested)
                break;
            underWay.RemoveAll(task => task.IsCompletedSuccessfully);
            underWay.Add(DoAsync(fault));
        }
        await Task.WhenAll(underWay);
    }

    public void Dispose() => http.Dispose();

    private async Task DoAsync(Fault fault)
    {
        var victim = run.Fleet.Victims[fault.Victim % run.Fleet.Victims.Count];
        if (await DoAsync(fault, victim))
            run.Findings.Count("faults", fault.Kind.ToString());
    }

    /// <summary>Whether it could be done: the victim may be down as it is.</summary>
    private Task<bool> DoAsync(Fault fault, Target victim) => fault.Kind switch
    {
        FaultKind.Kill => Signal(victim, Signals.Kill),
        FaultKind.Freeze => Signal(victim, Signals.Stop),
        FaultKind.Slow => PauseAsync(victim),
        FaultKind.Hang => TellAsync(victim, "hang"),
        FaultKind.Sick => TellAsync(victim, "unhealthy"),
        FaultKind.BrieflySick => TellAsync(victim, "unhealthy?for=2"),
        FaultKind.Crash => TellAsync(victim, "crash"),
        FaultKind.Exit => TellAsync(victim, "exit?code=7"),
        FaultKind.Deaf => TellAsync(victim, "ignore-term"),
        FaultKind.Fork => TellAsync(victim, "fork?ignore-term=true"),
        FaultKind.Massacre => MassacreAsync(fault.Victim),
    };

    private Task<bool> Signal(Target victim, int signal) => Task.FromResult(!IsSpared(victim) && watcher.ProcessOf(victim)?.Signal(signal) == true);

    private bool IsSpared(Target victim) => (victim.Title ?? victim.Stray) is not null && (run.MayBeForgotten || run.MayNotBeWritten(watcher.ProcessOf(victim)));

    private async Task<bool> PauseAsync(Target victim)
    {
        if (watcher.ProcessOf(victim) is not { } process || !process.Signal(Signals.Stop))
            return false;
        await Task.Delay(800);
        process.Signal(Signals.Continue);
        return true;
    }

    private async Task<bool> MassacreAsync(int first)
    {
        var count = Math.Max(2, run.Fleet.All.Count / 10);
        for (var i = 0; i < count; i++)
            await Signal(run.Fleet.Victims[(first + i) % run.Fleet.Victims.Count], Signals.Kill);
        return true;
    }

    /// <summary>A shell script cannot be told anything, so it is killed; so is a shell before or behind which a daemon stands, and a master.</summary>
    private async Task<bool> TellAsync(Target victim, string what)
    {
        if (victim is not { IsObedient: true, Port: { } port })
            return await Signal(victim, Signals.Kill);
        try
        {
            var word = JsonElement.Parse(await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/do/probes")));
            lock (run.Witnesses)
                run.Witnesses.Add(new(victim.Name, word.GetProperty("pid").GetInt32(), word.GetProperty("lines").GetInt32()));
            await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/do/{what}"));
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
