using Supervisor.Daemon.Polling;

namespace Supervisor.Daemon.Supervision;

/// <summary>
/// Condemns a process whose group keeps more than <c>memory_max</c> in memory in three samples in a row. Samples are due at multiples of
/// <c>health_interval</c> on the clock, not on each process's own, so one walk through the processes of the machine serves all services.
/// Without such a service nothing is ever due.
/// </summary>
internal sealed class MemoryWatch(IWorld world, ServiceSet services, ServiceDriver driver, Deadlines deadlines) : Deadline
{
    private const int Tolerated = 3;

    private readonly Dictionary<ManagedService, Sample> samples = [];
    private bool isMeasuring;

    /// <summary>Plans the next measurement. To be asked when something has changed.</summary>
    public void Settle(TimeSpan now)
    {
        if (isMeasuring)
            return;
        TimeSpan? next = null;
        foreach (var service in Watched())
            if (SampleOf(service, now).Due is var due && !(next <= due))
                next = due;
        if (next is null)
            samples.Clear();
        deadlines.Set(this, next);
    }

    public override void OnDue(TimeSpan now)
    {
        isMeasuring = true;
        world.Measure([.. Watched().Select(service => ((Phase.Running)service.State.Phase).Pid)]);
    }

    /// <summary>A measurement is back.</summary>
    public void Judge(IReadOnlyDictionary<int, GroupUsage> usage, TimeSpan now)
    {
        isMeasuring = false;
        foreach (var service in Watched().ToList())
            if (SampleOf(service, now) is var sample && sample.Due <= now && service.State.Phase is Phase.Running running)
                Judge(service, sample, usage.TryGetValue(running.Pid, out var used) ? used.Memory : null, now);
        foreach (var gone in samples.Keys.Except(Watched()).ToList())
            samples.Remove(gone);
        Settle(now);
    }

    /// <summary>What could not be measured is no verdict: the count stays.</summary>
    private void Judge(ManagedService service, Sample sample, long? memory, TimeSpan now)
    {
        var most = service.Config.MemoryMax!.Value;
        var over = memory is { } bytes ? (bytes > most ? sample.Over + 1 : 0) : sample.Over;
        samples[service] = sample with { Due = After(service, now), Over = over };
        if (over < Tolerated)
            return;
        service.Complaint = $"memory {Wording.Memory(memory!.Value)} above memory_max {Size.Format(most)} in {Tolerated} samples";
        driver.Apply(service, new ServiceEvent.Condemned(service.State.Generation));
    }

    private IEnumerable<ManagedService> Watched() => services.All.Where(service => service is { Config.MemoryMax: not null, State.Phase: Phase.Running });

    /// <summary>A new process starts with a clean count.</summary>
    private Sample SampleOf(ManagedService service, TimeSpan now)
    {
        if (!samples.TryGetValue(service, out var sample) || sample.Generation != service.State.Generation)
            samples[service] = sample = new(service.State.Generation, After(service, now), 0);
        return sample;
    }

    private static TimeSpan After(ManagedService service, TimeSpan now)
    {
        var interval = service.Config.Spec.HealthInterval.Ticks;
        return TimeSpan.FromTicks(((now.Ticks / interval) + 1) * interval);
    }

    private sealed record Sample(int Generation, TimeSpan Due, int Over);
}
