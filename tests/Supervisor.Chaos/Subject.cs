using System.Diagnostics;

namespace Supervisor.Chaos;

/// <summary>The supervisor under test, and the small loop that starts it again at once when it was killed.</summary>
internal sealed class Subject : IAsyncDisposable
{
    private const int KilledBySigkill = 128 + Signals.Kill;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(20);

    private readonly Workspace workspace;
    private readonly Task<int> guarding;
    private Process process;
    private int pendingKills;

    private Subject(Workspace workspace)
    {
        this.workspace = workspace;
        process = StartProcess();
        guarding = GuardAsync();
    }

    public Transcript Transcript { get; } = new();

    /// <summary>Of the one that runs, or ran last.</summary>
    public int Pid => Volatile.Read(ref process).Id;

    /// <summary>As /proc has it.</summary>
    public Proc Proc => Proc.Of(Pid) ?? throw new IOException($"the supervisor has gone, exit code {ExitCode}");

    /// <summary>Its exit code, once it has ended otherwise than by <see cref="Kill"/>; else null.</summary>
    public int? ExitCode => guarding.IsCompleted ? guarding.Result : null;

    /// <summary>Starts it in the foreground.</summary>
    public static Subject Start(Workspace workspace) => new(workspace);

    /// <summary>SIGKILL. The next one is started as soon as it is dead.</summary>
    public void Kill()
    {
        Interlocked.Increment(ref pendingKills);
        Signals.Send(Pid, Signals.Kill);
    }

    /// <summary>Waits for its end; null if that does not come soon.</summary>
    public async Task<int?> EndedAsync()
    {
        try
        {
            return await guarding.WaitAsync(Grace);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Two signals: it kills what is left. If even that does not help, so be it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (ExitCode is null)
        {
            Signals.Send(Pid, Signals.Continue);
            Signals.Send(Pid, Signals.Term);
            Signals.Send(Pid, Signals.Term);
            if (await EndedAsync() is null)
                Signals.Send(Pid, Signals.Kill);
        }
        process.Dispose();
    }

    private async Task<int> GuardAsync()
    {
        while (true)
        {
            await process.WaitForExitAsync();
            if (process.ExitCode != KilledBySigkill || Interlocked.Decrement(ref pendingKills) < 0)
                return process.ExitCode;
            Volatile.Write(ref process, StartProcess());
        }
    }

    private Process StartProcess()
    {
        var started = Command.Start(workspace.Supervisor());
        started.ErrorDataReceived += (_, line) => Transcript.Add(line.Data);
        started.OutputDataReceived += (_, line) => Transcript.Add(line.Data);
        started.BeginErrorReadLine();
        started.BeginOutputReadLine();
        return started;
    }
}
