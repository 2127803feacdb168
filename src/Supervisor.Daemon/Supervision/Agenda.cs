namespace Supervisor.Daemon.Supervision;

/// <summary>Who is due when: for each service one entry, which follows its state.</summary>
internal sealed class Agenda
{
    private readonly SortedSet<(TimeSpan Due, ManagedService Service)> entries = new(Comparer<(TimeSpan Due, ManagedService Service)>.Create(Compare));
    private readonly Dictionary<ManagedService, TimeSpan> noted = [];

    /// <summary>The next time that anybody is due; null for never.</summary>
    public TimeSpan? Next => entries.Count > 0 ? entries.Min.Due : null;

    /// <summary>Notes when the service is due now, in place of what was noted before.</summary>
    public void Note(ManagedService service)
    {
        if (noted.Remove(service, out var before))
            entries.Remove((before, service));
        if (service.State.Due is not { } due)
            return;
        noted.Add(service, due);
        entries.Add((due, service));
    }

    /// <summary>All that are due.</summary>
    public IReadOnlyList<ManagedService> DueAt(TimeSpan now) =>
        Next <= now ? [.. entries.TakeWhile(entry => entry.Due <= now).Select(entry => entry.Service)] : [];

    private static int Compare((TimeSpan Due, ManagedService Service) a, (TimeSpan Due, ManagedService Service) b) =>
        a.Due != b.Due ? a.Due.CompareTo(b.Due) : string.CompareOrdinal(a.Service.Name, b.Service.Name);
}
