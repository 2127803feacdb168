using Supervisor.Os;

namespace Supervisor.State;

/// <summary>Processes that an earlier supervisor left behind when it was killed, and that are proven to be these.</summary>
internal static class Survivors
{
    /// <summary>
    /// Those that are alive: by the mark they carry, which tells of every process but those that changed their user or
    /// wrote over their environment; and by the state file, which tells of these.
    /// </summary>
    /// <exception cref="IOException">There is no other way to know them than the state file, and it cannot be read.</exception>
    public static IReadOnlyList<(int Pid, string Service)> Of(string stateDir)
    {
        var file = StateFolder.StateFileIn(stateDir);
        return OperatingSystem.IsLinux() ? [.. Mark.Bearers(stateDir).Union(TryRecorded(file))] : Recorded(file);
    }

    private static List<(int Pid, string Service)> TryRecorded(string stateFile)
    {
        try
        {
            return Recorded(stateFile);
        }
        catch (IOException)
        {
            return [];
        }
    }

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
