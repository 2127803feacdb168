namespace Supervisor.Kernel;

/// <summary>What the probes of one process have said so far, and when the next one is due. The default is that of a service without a health check.</summary>
/// <param name="Health">The judgement.</param>
/// <param name="Failures">Failures in a row that count.</param>
/// <param name="Next">When the next probe is due; null for a service without a health check.</param>
/// <param name="Asking">Whether a probe is under way. There is never more than one.</param>
public readonly record struct ProbeTally(Health Health, int Failures, TimeSpan? Next, bool Asking)
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(100);

    /// <summary>When to ask next; null while an answer is awaited.</summary>
    public TimeSpan? Due => Asking ? null : Next;

    /// <summary>A clean count for a process that starts now.</summary>
    public static ProbeTally Fresh(ServiceSpec spec, TimeSpan now) => spec.Checked
        ? new(Health.Starting, 0, now + Pause(spec, Health.Starting, TimeSpan.Zero), false)
        : default;

    /// <summary>
    /// The count for a process that a new supervisor goes on with: what was asked is void, and nothing is known of the
    /// time between; so failures are counted anew, and it is asked at once.
    /// </summary>
    public ProbeTally Resumed(ServiceSpec spec, TimeSpan now) => spec.Checked && Health != Health.Unchecked
        ? this with { Failures = 0, Next = now, Asking = false }
        : Fresh(spec, now);

    /// <summary>A probe starts.</summary>
    public ProbeTally Ask(ServiceSpec spec, TimeSpan now, TimeSpan uptime) =>
        this with { Asking = true, Next = now + Pause(spec, Health, uptime) };

    /// <summary>It came back.</summary>
    public ProbeTally Answer(ServiceSpec spec, Verdict verdict, TimeSpan uptime) => verdict switch
    {
        Verdict.Good => this with { Asking = false, Health = Health.Healthy, Failures = 0 },
        Verdict.Bad when Health == Health.Starting && uptime < spec.HealthStartPeriod => this with { Asking = false },
        Verdict.Bad => Fail(spec.HealthRetries),
        Verdict.None => this with { Asking = false },
    };

    private ProbeTally Fail(int retries) => this with
    {
        Asking = false,
        Failures = Failures + 1,
        Health = Failures + 1 >= retries ? Health.Unhealthy : Health,
    };

    /// <summary>
    /// The interval; but while a failure cannot count yet, asking sooner, in doubling steps, only finds out sooner
    /// that the service is up.
    /// </summary>
    private static TimeSpan Pause(ServiceSpec spec, Health health, TimeSpan uptime)
    {
        var early = TimeSpan.FromTicks(Math.Max(Soon.Ticks, uptime.Ticks));
        var uncounted = health == Health.Starting && uptime + early < spec.HealthStartPeriod;
        return uncounted ? TimeSpan.FromTicks(Math.Min(early.Ticks, spec.HealthInterval.Ticks)) : spec.HealthInterval;
    }
}

/// <summary>What is known of a running service's health.</summary>
public enum Health
{
    /// <summary>It has no health check.</summary>
    Unchecked,

    /// <summary>No probe of this process has succeeded yet.</summary>
    Starting,

    /// <summary>A probe has succeeded, and too few have failed since.</summary>
    Healthy,

    /// <summary>Too many probes failed in a row.</summary>
    Unhealthy,
}
