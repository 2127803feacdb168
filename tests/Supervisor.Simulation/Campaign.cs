using System.Diagnostics;

namespace Supervisor.Simulation;

/// <summary>Many runs, one seed after the other.</summary>
internal static class Campaign
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(10);

    /// <summary>Runs until one fails, or all are done.</summary>
    /// <returns>0, or 1 if one has failed.</returns>
    public static int Run(string profile, ulong first, long runs)
    {
        var (clock, reported, events, years) = (Stopwatch.StartNew(), TimeSpan.Zero, 0L, 0.0);
        for (var i = 0L; i < runs; i++)
        {
            var scenario = Make(profile, first + (ulong)i);
            if (Failure.Of(scenario, out var count) is { } failure)
            {
                Console.Error.WriteLine(Shrinker.Shrink(failure));
                return 1;
            }
            events += count;
            years += scenario.ServiceYears;
            if (clock.Elapsed - reported > ReportEvery || i == runs - 1)
            {
                reported = clock.Elapsed;
                Console.Out.WriteLine($"{i + 1} runs, {events:N0} events, {years:N1} service-years, {events / clock.Elapsed.TotalSeconds:N0} events/s");
            }
        }
        return 0;
    }

    /// <summary>A scenario of one of the profiles.</summary>
    public static Scenario Make(string profile, ulong seed) => profile switch
    {
        "wild" => Scenario.Wild(seed),
        "crowd" => Scenario.Crowd(seed),
        "disguised" => Scenario.Disguised(seed),
        "calm" => Scenario.Calm(seed),
        _ => throw new ArgumentException($"no profile is named '{profile}'; there are wild, crowd, disguised and calm"),
    };
}
