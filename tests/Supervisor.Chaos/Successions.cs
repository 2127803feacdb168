using System.Net.Sockets;

namespace Supervisor.Chaos;

/// <summary>Has one supervisor follow the other: by SIGKILL every few seconds, and by <c>upgrade</c> in between. Now and then its state folder is deleted.</summary>
internal sealed class Successions(Run run)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    // Longer than the grace of those that were told to stop just before. What is left of a service whose leader is gone, and which nobody wrote down, could be taken for the service.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3);

    private readonly Random random = new(run.Options.Seed + 1000);

    /// <summary>Goes on until it is told to stop. Afterwards the last one answers.</summary>
    public async Task SucceedAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && run.Subject.ExitCode is null)
        {
            await Task.Delay(TimeSpan.FromSeconds(1 + (random.NextDouble() * 3)), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested)
                break;
            await run.Turn.WaitAsync(CancellationToken.None);
            await (random.Next(10) switch { < 4 => KillAsync(), < 8 => UpgradeAsync(), 8 => DeleteAsync(thenKill: false), _ => DeleteAsync(thenKill: true) });
            run.Turn.Release();
        }
    }

    private async Task KillAsync()
    {
        var kill = run.Kills.Begin("killed");
        run.Subject.Kill();
        await AnsweringAsync();
        kill.End = Shortages.Now;
        run.Findings.Count("outlived", "SIGKILL of the supervisor");
        if (!run.Shortages.AnySince(kill.Begin))
            run.Findings.Largest("slowest", "kill to answering again, ms", (long)(kill.End.Value - kill.Begin).TotalMilliseconds);
    }

    /// <summary>The state folder goes, with all that is in it. In a shortage it could not be made anew at once.</summary>
    private async Task DeleteAsync(bool thenKill)
    {
        if (run.Shortages.IsUnderWay)
            return;
        var deletion = run.Deletions.Begin("deleted");
        var loss = thenKill ? run.Losses.Begin("lost") : null;
        if (thenKill)
            await Task.Delay(Settling); // Nobody kills or asks meanwhile.
        var folder = Path.GetDirectoryName(run.Workspace.StateFile)!;
        await Command.RunAsync("rm", "-rf", folder);
        if (thenKill)
            await KillAsync();
        await AnsweringAsync();
        while (!File.Exists(run.Workspace.StateFile) && run.Subject.ExitCode is null)
        {
            run.Findings.Expect(Shortages.Now - deletion.Begin < Patience || run.Shortages.AnySince(deletion.Begin), $"the state is not there again after {Patience}");
            await Task.Delay(Interval);
        }
        deletion.End = Shortages.Now;
        if (loss is not null)
            loss.End = Shortages.Now;
        run.Findings.Count("outlived", thenKill ? "loss of the state" : "deletion of the state folder");
    }

    /// <summary>
    /// A new file each time, in the old one's place. It may be refused in a shortage; and since some services are always
    /// unwell here, or stopped by hand, what the command says of them is of no interest.
    /// </summary>
    private async Task UpgradeAsync()
    {
        var (pid, done, refused) = (run.Subject.Pid, run.Subject.Transcript.Count("upgraded in place"), run.Subject.Transcript.Count("not upgraded"));
        await run.Workspace.ReplaceBinaryAsync();
        var upgrade = run.Upgrades.Begin("upgraded");
        var result = await Command.RunAsync(run.Workspace.Supervisor("upgrade", "--timeout", "1s"));
        // It may take longer than the command waits. What counts is that it comes.
        while (run.Subject.ExitCode is null && Shortages.Now - upgrade.Begin < Patience && !run.Shortages.AnySince(upgrade.Begin)
            && run.Subject.Transcript.Count("upgraded in place") == done && run.Subject.Transcript.Count("not upgraded") == refused)
            await Task.Delay(Interval);
        await AnsweringAsync();
        upgrade.End = Shortages.Now;
        var isStarved = run.Shortages.AnySince(upgrade.Begin);
        run.Findings.Expect(result.ExitCode is 0 or 1, $"'upgrade' exited with {result.ExitCode}: {result.Error}");
        run.Findings.Expect(isStarved || run.Subject.Transcript.Count("not upgraded") == refused, $"'upgrade' was refused: {result.Error}");
        run.Findings.Expect(run.Subject.Pid == pid, $"'upgrade' changed the supervisor's pid from {pid} to {run.Subject.Pid}");
        var upgrades = run.Subject.Transcript.Count("upgraded in place") - done;
        run.Findings.Expect(isStarved || upgrades == 1, $"'upgrade' led to {upgrades} upgrades: {result.Output}{result.Error}");
        run.Findings.Count("outlived", "upgrade", upgrades);
    }

    /// <summary>Waits until a supervisor answers.</summary>
    private async Task AnsweringAsync()
    {
        var begun = Shortages.Now;
        while (run.Subject.ExitCode is null)
        {
            try
            {
                using var patience = new CancellationTokenSource(Patience);
                using var connection = await Rpc.ConnectAsync(run.Workspace.Socket, patience.Token);
                await connection.CallAsync(new("status", null, 20), patience.Token);
                return;
            }
            catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
            {
                run.Findings.Expect(Shortages.Now - begun < Patience || run.Shortages.AnySince(begun), $"no supervisor answers after {Patience}: {e.Message}");
                await Task.Delay(Interval);
            }
        }
    }
}
