namespace Supervisor.Daemon;

/// <summary>Keeps what the next supervisor has to know if this one dies.</summary>
internal interface IStateStore
{
    /// <summary>Notes how things stand. Never blocks and never throws; a later note may overtake an earlier one.</summary>
    void Save(IReadOnlyList<ServiceRecord> services);
}
