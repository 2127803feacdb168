namespace Supervisor.Kernel;

/// <summary>What the shell has to do, as a set. The state that comes with it says to which process.</summary>
[Flags]
public enum Effects
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Start a process and answer <see cref="ServiceEvent.Spawned"/> or <see cref="ServiceEvent.SpawnFailed"/>.</summary>
    Spawn = 1,

    /// <summary>Send the stop signal to the process group.</summary>
    Terminate = 2,

    /// <summary>Send SIGKILL to the process group.</summary>
    Kill = 4,

    /// <summary>Ask the health endpoint once and answer <see cref="ServiceEvent.Probed"/>, always.</summary>
    Probe = 8,

    /// <summary>Tell the people in charge that the service does not come back.</summary>
    Alert = 16,

    /// <summary>Tell them that it did.</summary>
    Recover = 32,

    /// <summary>Examine the process, which lives, and answer <see cref="ServiceEvent.Examined"/>. The answer may come late, or never.</summary>
    Examine = 64,
}

/// <summary>The outcome of a step.</summary>
/// <param name="State">The new state.</param>
/// <param name="Effects">What to do about it.</param>
public readonly record struct Decision(ServiceState State, Effects Effects = Effects.None);
