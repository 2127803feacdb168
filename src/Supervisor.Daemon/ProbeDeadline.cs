namespace Supervisor.Daemon;

/// <summary>The end of a probe's time.</summary>
internal static class ProbeDeadline
{
    // CancelAfter takes no more than 49 days; nobody waits for a probe for even one.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>Cancelled when the time is up.</summary>
    public static CancellationTokenSource After(TimeSpan timeout) => new(timeout < Longest ? timeout : Longest);
}
