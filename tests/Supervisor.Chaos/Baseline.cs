namespace Supervisor.Chaos;

/// <summary>
/// What the supervisor holds while nothing is asked of it: the least of several looks, for probes come and go. A process
/// that was adopted costs one descriptor while it lives, which is counted apart.
/// </summary>
internal sealed record Baseline(int Descriptors, int Adopted, int Pss, int Threads)
{
    private const int Looks = 30;
    private const int TolerablePssGrowth = 2048; // KiB
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>Takes it.</summary>
    public static async Task<Baseline> TakeAsync(Subject subject)
    {
        var (descriptors, adopted, pss, threads) = (int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue);
        for (var i = 0; i < Looks; i++)
        {
            var self = subject.Proc;
            (descriptors, adopted) = (Math.Min(descriptors, self.Descriptors() - self.ProcessDescriptors()), Math.Min(adopted, self.ProcessDescriptors()));
            (pss, threads) = (Math.Min(pss, self.Pss()), Math.Min(threads, self.Threads()));
            await Task.Delay(Interval);
        }
        return new(descriptors, adopted, pss, threads);
    }

    /// <summary>Has the later one against this one.</summary>
    public void Compare(Baseline later, int services, Findings findings)
    {
        findings.Expect(later.Adopted <= services, $"{later.Adopted} descriptors of processes are open, for {services} services");
        findings.Expect(later.Descriptors <= Descriptors, $"{later.Descriptors} descriptors are open, {Descriptors} were after the warm start");
        var limit = Math.Max(Pss + TolerablePssGrowth, Pss * 6 / 5);
        findings.Expect(later.Pss <= limit, $"PSS is {later.Pss} KiB; it was {Pss} after the warm start, and {limit} would be tolerable");
    }

    public override string ToString() => $"{Descriptors} descriptors, {Adopted} of adopted processes, PSS {Pss} KiB, {Threads} threads";
}
