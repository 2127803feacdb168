using Supervisor.Kernel;

namespace Supervisor.State;

/// <summary>Keeps what the next supervisor has to know if this one dies.</summary>
internal interface IStateStore
{
    /// <summary>Notes how things stand. Never blocks and never throws; a later note may overtake an earlier one.</summary>
    void Save(IReadOnlyList<ServiceRecord> services);
}

/// <summary>One service, as the next supervisor has to know it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="State">Its state.</param>
/// <param name="StartTime">What proves its process to be the one; null if there was none yet.</param>
internal sealed record ServiceRecord(string Name, ServiceState State, string? StartTime);
