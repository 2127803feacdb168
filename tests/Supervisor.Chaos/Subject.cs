using System.Diagnostics;

namespace Supervisor.Chaos;

/// <summary>The supervisor under test.</summary>
internal sealed class Subject : IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(20);

    private readonly Process process;

    private Subject(Process process)
    {
        this.process = process;
        process.ErrorDataReceived += (_, line) => Transcript.Add(line.Data);
        process.OutputDataReceived += (_, line) => Transcript.Add(line.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
    }

    public Transcript Transcript { get; } = new();

    public int Pid => process.Id;

    /// <summary>As /proc has it.</summary>
    public Proc Proc => Proc.Of(Pid) ?? throw new IOException($"the supervisor has gone, exit code {ExitCode}");

    /// <summary>Its exit code, or null while it lives.</summary>
    public int? ExitCode => process.HasExited ? process.ExitCode : null;

    /// <summary>Starts it in the foreground.</summary>
    public static Subject Start(Workspace workspace) => new(Command.Start(workspace.Supervisor()));

    /// <summary>Waits for its end; null if that does not come soon.</summary>
    public async Task<int?> EndedAsync()
    {
        try
        {
            await process.WaitForExitAsync().WaitAsync(Grace);
        }
        catch (TimeoutException)
        {
            return null;
        }
        return process.ExitCode;
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
}
