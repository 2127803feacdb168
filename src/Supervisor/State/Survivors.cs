using Supervisor.Os;

namespace Supervisor.State;

/// <summary>Processes that an earlier supervisor left behind when it was killed, and that are proven to be these.</summary>
internal static class Survivors
{
    /// <summary>Those that are alive, by the mark they carry, or where that cannot be read, by what the state file says.</summary>
    /// <exception cref="IOException">The record cannot be read, so it cannot be known.</exception>
    public static IReadOnlyList<(int Pid, string Service)> Of(string stateDir) => OperatingSystem.IsLinux()
        ? Mark.Bearers(stateDir)
        : Recorded(StateFolder.StateFileIn(stateDir));

    /// <summary>What to do about them.</summary>
    public static string Explain(IReadOnlyList<(int Pid, string Service)> survivors) =>
        $"left running by an earlier supervisor: {string.Join(", ", survivors.Select(survivor => $"{survivor.Service} (pid {survivor.Pid})"))}; "
        + $"no second copy is started. Stop them first: kill {string.Join(' ', survivors.Select(survivor => survivor.Pid))}";

    private static List<(int Pid, string Service)> Recorded(string stateFile)
    {
        var document = StateFile.Read(stateFile);
        return document is null || document.BootId != ProcessIdentity.BootId()
            ? []
            : [.. document.Services.Where(IsAlive).Select(entry => (entry.Pid, entry.Name))];
    }

    private static bool IsAlive(StateEntry entry) => entry.StartTime is not null && ProcessIdentity.StartTimeOf(entry.Pid) == entry.StartTime;
}
