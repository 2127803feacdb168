using Supervisor.Os;

namespace Supervisor.State;

/// <summary>Daemons that an earlier supervisor left behind when it was killed, and that are proven to be these.</summary>
internal static class Survivors
{
    /// <summary>Those that are alive.</summary>
    /// <exception cref="IOException">The record cannot be read, so it cannot be known.</exception>
    public static IReadOnlyList<StateEntry> Of(string stateDir)
    {
        var document = StateFile.Read(StateFolder.StateFileIn(stateDir));
        return document is null || document.BootId != ProcessIdentity.BootId()
            ? []
            : [.. document.Services.Where(entry => entry.StartTime is not null && ProcessIdentity.StartTimeOf(entry.Pid) == entry.StartTime)];
    }

    /// <summary>What to do about them.</summary>
    public static string Explain(IReadOnlyList<StateEntry> survivors) =>
        $"left running by an earlier supervisor: {string.Join(", ", survivors.Select(entry => $"{entry.Name} (pid {entry.Pid})"))}; "
        + $"no second copy is started. Stop them first: kill {string.Join(' ', survivors.Select(entry => $"-{entry.Pid}").Prepend("-TERM --"))}";
}
