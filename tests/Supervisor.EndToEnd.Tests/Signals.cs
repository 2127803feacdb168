using System.Diagnostics;

namespace Supervisor.EndToEnd.Tests;

/// <summary>Processes, as the tests see them.</summary>
internal static class Signals
{
    /// <summary>kill(1).</summary>
    public static void Send(int pid, string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, "--", $"{pid}"]);
        kill.WaitForExit();
    }

    /// <summary>SIGKILL, and it has ended: whoever starts next does not find it any more.</summary>
    public static async Task EndAsync(int pid)
    {
        Send(pid, "KILL");
        await Commands.UntilAsync(() => Task.FromResult(IsAlive(pid)), isAlive => !isAlive);
    }

    /// <summary>Whether there is a process of this id that is more than a zombie.</summary>
    public static bool IsAlive(int pid)
    {
        using var ps = Process.Start(new ProcessStartInfo("ps", ["-o", "stat=", "-p", $"{pid}"]) { RedirectStandardOutput = true })!;
        var state = ps.StandardOutput.ReadToEnd().Trim();
        return state.Length > 0 && state[0] != 'Z';
    }
}
