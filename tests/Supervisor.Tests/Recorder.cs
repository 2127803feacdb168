namespace Supervisor.Tests;

/// <summary>Keeps the events that it is told.</summary>
internal sealed class Recorder
{
    private readonly List<EventRecord> records = [];

    public IReadOnlyList<EventRecord> All => records;

    /// <summary>The names of all.</summary>
    public IEnumerable<string> Names => records.Select(record => record.Event);

    /// <summary>The sentences of those of one name.</summary>
    public IEnumerable<string> Texts(string name) => records.Where(record => record.Event == name).Select(record => record.Text);

    public void Tell(EventRecord record) => records.Add(record);

    /// <summary>Whether there is one of this name.</summary>
    public bool Has(string name) => records.Any(record => record.Event == name);
}
